"""The settings file is watched: whoever writes it, the app hears of it once it has settled."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from trayapp.actions import Actions
from trayapp.presenters.settings_watch import SettingsWatch
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings, peek_settings
from trayapp.supervision.background import Background

SOON_MS = 5_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "settings.json"


@pytest.fixture
def watch(path: Path) -> Iterator[SettingsWatch]:
    watch = SettingsWatch(path)
    yield watch
    watch.deleteLater()


def written_in_place(path: Path, port: int) -> None:
    path.write_text(json.dumps({"version": 1, "port": port}))


def put_in_its_place(path: Path, port: int) -> None:
    assert change_settings(path, {"port": port}) is None


@pytest.mark.parametrize("write", [written_in_place, put_in_its_place])
def test_it_tells_of_a_file_that_is_made_and_of_each_change_however_it_is_written(
    qtbot: QtBot, path: Path, watch: SettingsWatch, write: Callable[[Path, int], None]
) -> None:
    for port in (8_100, 8_200, 8_300):
        with qtbot.waitSignal(watch.changed, timeout=SOON_MS):
            write(path, port)
        settings = peek_settings(path)
        assert settings is not None
        assert settings.port == port


def test_a_file_behind_a_link_is_watched(qtbot: QtBot, path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dot-files.json"
    written_in_place(real, 8_100)
    path.symlink_to(real)
    watch = SettingsWatch(path)
    for port in (8_200, 8_300):
        with qtbot.waitSignal(watch.changed, timeout=SOON_MS):
            put_in_its_place(path, port)
    assert path.is_symlink()


class NoWindows(QObject):
    """Windows none of which was opened."""

    all_closed = Signal()


def test_what_is_written_while_the_app_comes_up_is_not_missed(qtbot: QtBot, tmp_path: Path) -> None:
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    parts: Any = SimpleNamespace(folders=folders, background=Background(), windows=NoWindows())
    actions = Actions(parts)
    put_in_its_place(folders.settings_file, 8_100)
    with qtbot.waitSignal(actions.settings_changed, timeout=SOON_MS) as read:
        actions.watch_settings()
    assert read.args is not None
    assert read.args[0].port == 8_100
    with qtbot.waitSignal(actions.settings_changed, timeout=SOON_MS) as read:
        put_in_its_place(folders.settings_file, 8_200)
    assert read.args[0].port == 8_200
    parts.background.wait(5)


def test_a_file_that_is_half_written_is_left_where_it_is(path: Path) -> None:
    path.write_text('{"version": 1, "po')
    assert peek_settings(path) is None
    assert path.exists()
