"""The key of the server, in the settings: made, shown, copied, removed."""

import threading

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.presenters.settings_desk import PATIENCE_MS, Desk, holds
from trayapp.presenters.settings import show
from trayapp.storage.settings_file import load_settings
from trayapp.ui.settings_dialog import SettingsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")


def test_that_the_key_was_copied_is_said(desk: Desk, dialog: SettingsDialog) -> None:
    told = dialog.findChild(QLabel, "told")
    assert told is not None
    dialog.pressed.emit("copy_key")
    assert told.text() == "Copied: Key"


def test_a_new_key_is_kept_and_wanted_by_the_server(desk: Desk, dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.show_page("server")
    desk.settle()  # the keyring has been read: that answer shall not be taken for the new key's
    desk.button(dialog, "renew_key").click()
    copy = desk.button(dialog, "copy_key")
    qtbot.waitUntil(lambda: holds(copy.isEnabled()), timeout=PATIENCE_MS)
    assert len(desk.secrets.key) > 20
    assert load_settings(desk.folders.settings_file).settings.use_server_key
    facts = dialog.findChild(QLabel, "server_facts")
    assert facts is not None
    assert desk.secrets.key not in facts.text()
    desk.button(dialog, "show_key").click()
    assert desk.secrets.key in facts.text()
    desk.button(dialog, "remove_key").click()
    qtbot.waitUntil(lambda: holds(not copy.isEnabled()), timeout=PATIENCE_MS)
    assert not load_settings(desk.folders.settings_file).settings.use_server_key


def test_a_keyring_that_answers_late_does_not_hide_the_new_key(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, may_answer = threading.Event(), threading.Event()

    def read(_name: str) -> str:
        key = desk.secrets.key
        asked.set()
        may_answer.wait(10)
        return key

    monkeypatch.setattr(desk.secrets, "read", read)
    dialog = show(desk.behind)
    dialog.show_page("server")
    qtbot.waitUntil(asked.is_set, timeout=PATIENCE_MS)
    desk.button(dialog, "renew_key").click()
    copy = desk.button(dialog, "copy_key")
    qtbot.waitUntil(lambda: holds(copy.isEnabled()), timeout=PATIENCE_MS)
    may_answer.set()
    desk.settle()
    assert copy.isEnabled()
    with qtbot.waitSignal(desk.behind.windows.all_closed):
        dialog.close()
