"""The settings window with what stands behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.presenters.settings_desk import Desk
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.presenters.settings import show
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings
from trayapp.ui.settings_dialog import SettingsDialog


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    assert change_settings(folders.settings_file, {"model": SELFTEST_MODEL}) is None
    desk = Desk(folders)
    yield desk
    desk.background.wait(10)


@pytest.fixture
def dialog(desk: Desk, qtbot: QtBot) -> Iterator[SettingsDialog]:
    dialog = show(desk.behind)
    yield dialog
    if isValid(dialog):
        with qtbot.waitSignal(desk.behind.windows.all_closed):
            dialog.close()
