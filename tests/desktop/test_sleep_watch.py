"""The computer wakes up: a real message bus, with a program on it that says what logind says."""

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.system_bus import SystemBus
from trayapp.desktop.sleep_watch import SleepWatch


@pytest.fixture
def system_bus(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SystemBus]:
    bus = SystemBus(tmp_path_factory.mktemp("s"))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
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
    qtbot.waitUntil(system_bus.is_listened_to)
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
    qtbot.waitUntil(system_bus.is_listened_to)
    system_bus.stop()
    qtbot.waitUntil(lambda: watch._bus is None)
    system_bus.start()
    watch.listen()
    qtbot.waitUntil(system_bus.is_listened_to)
    system_bus.sleep(begins=False)
    qtbot.waitUntil(lambda: woken == ["woke"])


def test_without_a_system_bus_nothing_happens(
    told: tuple[SleepWatch, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
    watch, woken = told
    watch.listen()
    assert woken == []
