"""The computer sleeps and wakes up while the model serves: logind's own words on a real bus, to the app as a whole.

Sleep itself cannot be had here: the processes are stopped (SIGSTOP) in its place, and what died is killed meanwhile.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.desktop.system_bus import SystemBus
from tests.fakes.nvml_library import GPU_IS_LOST, FakeNvml, NvmlGpu
from tests.faults.conftest import AppMaker
from tests.faults.table import fault
from tests.running_app import RunningApp
from trayapp.supervision.health_check import READY_PAUSE_MS

if TYPE_CHECKING:
    import subprocess

WAIT = ("--wait", "60")
AT_ONCE_S = 3.0
"""Well below the pause between two ordinary questions, with a busy computer in mind."""


@pytest.fixture
def system_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SystemBus]:
    bus = SystemBus(tmp_path_factory.mktemp("s"))
    yield bus
    bus.stop()


def until(holds: Callable[[], object], within_s: float = 30.0) -> None:
    due = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < due, "it did not happen in time"
        time.sleep(0.02)


def serving(running: RunningApp, bus: SystemBus) -> RunningApp:
    """Start the app on this bus, and the model."""
    running.environment["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
    running.start()
    assert running.run("start", *WAIT).returncode == 0
    return running


def sleeps(running: RunningApp, bus: SystemBus) -> None:
    bus.sleep(begins=True)
    assert running.process is not None
    running.process.send_signal(signal.SIGSTOP)


def wakes(running: RunningApp, bus: SystemBus) -> None:
    assert running.process is not None
    running.process.send_signal(signal.SIGCONT)
    bus.sleep(begins=False)


@fault("the computer wakes up and the server is well", "it is asked at once how it is, and stays ready")
def test_a_server_that_is_well(app: AppMaker, system_bus: SystemBus) -> None:
    running = serving(app(start=False), system_bus)
    asked = running.vllm.asked_at_s
    known = len(asked())
    until(lambda: len(asked()) > known)  # an ordinary question: the next one is far away
    sleeps(running, system_bus)
    known = len(asked())
    woke_at_s = time.monotonic()
    wakes(running, system_bus)
    until(lambda: len(asked()) > known)
    assert asked()[known] - woke_at_s < AT_ONCE_S < READY_PAUSE_MS / 1000
    assert running.status()["state"] == "ready"
    assert len(running.vllm.launches()) == 1


@fault("the server died while the computer slept", "known as a crash at once, never called ready; started again")
def test_a_server_that_died(app: AppMaker, system_bus: SystemBus) -> None:
    running = serving(app(start=False, workers=1), system_bus)
    sleeps(running, system_bus)
    old = running.vllm.launches()[0]["pid"]
    os.kill(old, signal.SIGKILL)
    wakes(running, system_bus)
    seen = running.wait_for("waiting", "checking", "starting")  # not ready, from the first answer on
    assert seen["pid"] != old
    assert running.wait_for("ready")["pid"] == running.vllm.launches()[1]["pid"] != old
    assert old not in running.vllm.alive()
    assert running.run("stop", *WAIT).returncode == 0
    assert running.vllm.alive() == []


@pytest.mark.long
@fault("the server hangs after the computer woke up", "said within a minute; a restart ends it and brings a new one")
def test_a_server_that_hangs(app: AppMaker, system_bus: SystemBus) -> None:
    running = serving(app(start=False), system_bus)
    sleeps(running, system_bus)
    os.kill(running.vllm.launches()[0]["pid"], signal.SIGSTOP)
    wakes(running, system_bus)
    until(lambda: "answer" in running.run("status").stdout, within_s=60)
    assert running.run("restart", "--wait", "60", within_s=70).returncode == 0
    assert len(running.vllm.alive()) == 1


@fault("the GPU has not woken up with the computer", "the driver is asked at once, and a notification says it")
def test_a_gpu_that_stays_asleep(
    app: AppMaker,
    system_bus: SystemBus,
    fake_nvml: FakeNvml,
    session_bus: "tuple[str, subprocess.Popen[str]]",
    notifications: Path,
) -> None:
    running = app(start=False, version="0.32.0")
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = session_bus[0]
    serving(running, system_bus)
    until(lambda: "ready" in notifications.read_text())
    sleeps(running, system_bus)
    fake_nvml.describe(replace(NvmlGpu(), error=GPU_IS_LOST))
    before = len(notifications.read_text())
    wakes(running, system_bus)
    until(lambda: "GPU" in notifications.read_text()[before:])
    assert running.status()["state"] == "ready"  # it may serve on: only its own end says that it does not
