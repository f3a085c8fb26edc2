"""The computer wakes up: a real message bus, with a program on it that says what logind says."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.session import until
from trayapp.desktop.sleep_watch import SleepWatch

BUS = """<busconfig>
  <type>system</type>
  <auth>EXTERNAL</auth>
  <listen>unix:path={path}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
SIGNAL = ("dbus-send", "--type=signal", "/org/freedesktop/login1", "org.freedesktop.login1.Manager.PrepareForSleep")


class SystemBus:
    """A bus at an address of its own."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bus"
        self._configuration = folder / "bus.conf"
        self._configuration.write_text(BUS.format(path=self.path))
        self.start()

    def start(self) -> None:
        command = ("dbus-daemon", "--nofork", f"--config-file={self._configuration}")
        self._daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until("the bus", self.path.exists)

    def stop(self) -> None:
        self._daemon.terminate()
        self._daemon.wait(10)
        self.path.unlink(missing_ok=True)

    def sleep(self, *, begins: bool) -> None:
        address = f"--bus=unix:path={self.path}"
        subprocess.run([SIGNAL[0], address, *SIGNAL[1:], f"boolean:{str(begins).lower()}"], check=True)


@pytest.fixture
def system_bus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    bus = SystemBus(tmp_path_factory.mktemp("s"))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={bus.path}")
    yield bus
    bus.stop()


@pytest.fixture
def told(qtbot: QtBot) -> Iterator[tuple[SleepWatch, list[str]]]:
    watch, woken = SleepWatch(), []
    watch.woke.connect(lambda: woken.append("woke"))
    yield watch, woken
    watch.deleteLater()


def test_waking_is_told_and_falling_asleep_is_not(
    qtbot: QtBot, system_bus: SystemBus, told: tuple[SleepWatch, list[str]]
) -> None:
    watch, woken = told
    watch.listen()
    watch.listen()  # twice is once
    qtbot.wait(200)  # it has said what it listens for
    system_bus.sleep(begins=True)
    qtbot.wait(200)
    assert woken == []
    system_bus.sleep(begins=False)
    qtbot.waitUntil(lambda: woken == ["woke"])


def test_a_bus_that_comes_back_is_listened_to_again(
    qtbot: QtBot, system_bus: SystemBus, told: tuple[SleepWatch, list[str]]
) -> None:
    watch, woken = told
    watch.listen()
    qtbot.wait(200)
    system_bus.stop()
    qtbot.wait(200)
    system_bus.start()
    watch.listen()
    qtbot.wait(200)
    system_bus.sleep(begins=False)
    qtbot.waitUntil(lambda: woken == ["woke"])


def test_without_a_system_bus_nothing_happens(
    told: tuple[SleepWatch, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    watch, woken = told
    watch.listen()
    assert woken == []
