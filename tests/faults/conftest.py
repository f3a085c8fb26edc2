"""What the proofs share: the whole app, and a controller without pixels, each above fakes."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.backends.test_one_address import address, model  # noqa: F401
from tests.fakes.nvml_library import FakeNvml
from tests.fakes.vllm_folder import FAKES, FakeVllmFolder
from tests.running_app import RunningApp
from tests.supervision.story import Story
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.desktop.secrets import Secrets

StoryMaker = Callable[..., tuple[Story, FakeVllmFolder]]
AppMaker = Callable[..., RunningApp]


@pytest.fixture
def story(
    qtbot: QtBot, tmp_path: Path, free_port: int, fake_vllm: Callable[..., FakeVllmFolder]
) -> Iterator[StoryMaker]:
    """story(*launches, settings={}, **always): a controller above a fake vLLM for the processor."""
    made: list[Story] = []

    def make(
        *launches: dict[str, Any],
        settings: dict[str, object] | None = None,
        secrets: Secrets | None = None,
        **always: Any,
    ) -> tuple[Story, FakeVllmFolder]:
        fake = fake_vllm("0.32.0+cpu", *launches, **always)
        fixed = {"model": "selftest", "port": free_port, "vllm_executable": fake.executable, **(settings or {})}
        made.append(Story(qtbot, tmp_path, fixed, secrets=secrets))
        return made[-1], fake

    yield make
    for each in made:
        each.end()


@pytest.fixture
def app(
    tmp_path: Path, fake_vllm: Callable[..., FakeVllmFolder], fake_nvml: FakeNvml, free_port: int
) -> Iterator[AppMaker]:
    """app(*launches, settings={}, start=True, **always): the whole app in a process of its own."""
    made: list[RunningApp] = []

    def make(
        *launches: dict[str, Any],
        version: str = "0.32.0+cpu",
        settings: dict[str, object] | None = None,
        start: bool = True,
        **always: Any,
    ) -> RunningApp:
        vllm = fake_vllm(version, *launches, **always)
        folder = tmp_path / f"app{len(made)}"
        folder.mkdir()
        values = {"model": SELFTEST_MODEL, "port": free_port, **(settings or {})}
        made.append(RunningApp(folder, vllm, fake_nvml, **values))
        if start:
            made[-1].start()
        return made[-1]

    yield make
    for running in made:
        running.end()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that other users reach, as pytest's own ones are not; its modes are the test's."""
    base = Path(tempfile.mkdtemp(prefix="trayapp-faults-"))
    base.chmod(0o755)
    folder = base / "home"
    folder.mkdir()
    yield folder
    folder.chmod(0o700)
    shutil.rmtree(base)


BUS_ALONE = """<busconfig>
  <type>session</type>
  <auth>EXTERNAL</auth>
  <listen>{address}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus that starts no service of this computer's by itself."""


@pytest.fixture
def session_bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    folder = tmp_path_factory.mktemp("bus")
    where, configuration = f"unix:path={folder / 'bus'}", folder / "bus.conf"
    configuration.write_text(BUS_ALONE.format(address=where))
    command = ["dbus-daemon", "--nofork", "--print-address=1", f"--config-file={configuration}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        daemon.stdout.readline()
        yield where, daemon
        daemon.kill()


@pytest.fixture
def notifications(session_bus: "tuple[str, subprocess.Popen[str]]", tmp_path: Path) -> Iterator[Path]:
    """Where a service on the session bus writes down every notification."""
    path = tmp_path / "notifications.jsonl"
    environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": session_bus[0]}
    command = [sys.executable, str(FAKES / "notification_service.py"), str(path)]
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as service:
        until = time.monotonic() + 10
        while not path.exists():
            assert time.monotonic() < until, "the notification service does not come up"
        yield path
        service.kill()
