"""The app killed at any moment of a start of the real vLLM, and starts and stops of it: what is left behind."""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fakes.nvml_library import FakeNvml
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.faults.table import fault
from tests.running_app import RunningApp
from trayapp.core.server_mark import MARK_VARIABLE

pytestmark = [pytest.mark.real, pytest.mark.long]
STARTS_WITHIN_S = 300
GONE_WITHIN_S = 60.0
SHARED = Path("/dev/shm")  # noqa: S108 - what vLLM leaves there is what this is about
SHARED_NAMES = ("psm_", "sem.mp-", "vllm_")


@pytest.fixture
def app(tmp_path: Path, fake_nvml: FakeNvml, free_port: int, vllm_runtime: Path) -> Iterator[RunningApp]:
    """The app with the real vLLM for the processor."""
    fake_nvml.describe()
    real = FakeVllmFolder(vllm_runtime)  # only its executable is used
    running = RunningApp(
        tmp_path,
        real,
        fake_nvml,
        model="selftest",
        port=free_port,
        environment={"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"},
    )
    yield running
    running.end()


def shared_memory() -> set[str]:
    """What is in shared memory that could be vLLM's."""
    return {entry.name for entry in SHARED.iterdir() if entry.name.startswith(SHARED_NAMES)}


def servers_of(running: RunningApp) -> list[psutil.Process]:
    """Every process that carries the mark of this app, whatever it is called."""
    assert running.process is not None
    found = []
    for process in psutil.process_iter():
        try:
            mark = process.environ().get(MARK_VARIABLE, "")
            if mark.startswith(f"{running.process.pid}:") and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def wait_until_nothing_lives(running: RunningApp) -> None:
    until = time.monotonic() + GONE_WITHIN_S
    while living := servers_of(running):
        assert time.monotonic() < until, [process.cmdline() for process in living]
        os.sched_yield()


@fault("the app is killed at {count} random moments of a start of the real vLLM", "0 survivors, no shared memory left")
@pytest.mark.parametrize("count", [10])
def test_an_app_that_is_killed_at_any_moment(app: RunningApp, count: int) -> None:
    moments = random.Random(4)
    for number in range(count):
        before = shared_memory()
        app.start()
        app.run("start")
        due = time.monotonic() + moments.uniform(0.5, 45.0)
        while time.monotonic() < due:
            app.status()
        seen = len(servers_of(app))
        app.end()
        wait_until_nothing_lives(app)
        print(f"kill {number}: {seen} processes before, 0 after")
        assert seen
        assert shared_memory() <= before


@fault(
    "the real vLLM is started and stopped {count} times",
    "each time nothing is left: no process, no shared memory, the port free",
)
@pytest.mark.parametrize("count", [10])
def test_starts_and_stops(app: RunningApp, count: int) -> None:
    app.start()
    for number in range(count):
        before = shared_memory()
        done = app.run("start", "--wait", str(STARTS_WITHIN_S), within_s=STARTS_WITHIN_S + 10)
        assert done.returncode == 0, done.stderr
        assert app.run("stop", "--wait", "60", within_s=70).returncode == 0
        assert servers_of(app) == []
        assert shared_memory() <= before
        print(f"start and stop {number}: nothing left")
