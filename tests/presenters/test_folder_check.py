"""A folder with models that cannot be looked through is said beside its field, and nothing waits for a silent one."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.presenters.settings_desk import ICONS, PATIENCE_MS, Desk, holds
from trayapp.core.folder_trouble import FolderTrouble, Trouble
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Draft
from trayapp.presenters.folder_check import FolderCheck
from trayapp.storage.settings_file import load_settings
from trayapp.ui.settings_dialog import SettingsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")


def said(dialog: SettingsDialog) -> str:
    label = dialog.findChild(QLabel, "model_folders_error")
    assert label is not None
    return label.text()


def test_a_folder_that_is_away_is_said_beside_the_field_and_can_be_kept(
    desk: Desk, dialog: SettingsDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    dialog.show_page("advanced")
    field = dialog.findChild(QPlainTextEdit, "model_folders")
    assert field is not None
    folder, file = tmp_path / "disk" / "models", tmp_path / "list.txt"
    file.touch()
    field.setPlainText(f"{folder}\n{tmp_path}\n{file}")
    qtbot.waitUntil(lambda: holds(f"{folder} is not there now" in said(dialog)), timeout=PATIENCE_MS)
    assert f"{file} is a file" in said(dialog)
    assert len(said(dialog).splitlines()) == 2, "nothing about the folder that is there"
    assert field.accessibleDescription().startswith(str(folder)), "said to who cannot see it, too"
    desk.button(dialog, "apply").click()  # the disk may come back
    qtbot.waitUntil(lambda: holds(desk.read_again == 1), timeout=PATIENCE_MS)
    assert load_settings(desk.folders.settings_file).settings.model_folders[0] == str(folder)
    folder.mkdir(parents=True)
    field.setPlainText(str(folder))
    qtbot.waitUntil(lambda: holds(not said(dialog)), timeout=PATIENCE_MS)
    field.setPlainText(str(file))
    qtbot.waitUntil(lambda: holds("is a file" in said(dialog)), timeout=PATIENCE_MS)
    field.clear()
    assert not said(dialog), "what was wrong with a folder goes with it"


def test_a_folder_that_does_not_answer_is_asked_once_and_keeps_no_other_waiting(desk: Desk, qtbot: QtBot) -> None:
    answers, asked = threading.Event(), []

    def find(folders: Sequence[str]) -> tuple[FolderTrouble, ...]:
        asked.append(tuple(folders))
        if folders == ("/silent",):
            answers.wait(PATIENCE_MS / 1000)
        return tuple(FolderTrouble(each, Trouble.MISSING) for each in folders)

    dialog = SettingsDialog(ICONS)
    qtbot.addWidget(dialog)
    settings = Settings(model_folders=("/other",))
    dialog.show_page("advanced")
    dialog.render_draft(Draft(settings, settings), running=False)
    check = FolderCheck(desk.behind, dialog, find)
    for folders in (("/silent",), ("/silent",), ("/other",)):
        check.look(folders)
    qtbot.waitUntil(lambda: holds(said(dialog).startswith("/other")), timeout=PATIENCE_MS)
    assert sorted(asked) == [("/other",), ("/silent",)]
    answers.set()
    desk.settle()
    assert said(dialog).startswith("/other"), "an answer that nobody waits for any more"
