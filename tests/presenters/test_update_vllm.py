"""The button of a failure that a newer vLLM would mend: one click leads to what is new."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from tests.presenters.stub_command import StubCommand
from tests.presenters.test_settings import PATIENCE_MS, Desk
from trayapp.presenters.update_vllm import show
from trayapp.storage.folders import Folders

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")


def test_the_page_opens_with_the_answer_of_the_index(qtbot: QtBot, tmp_path: Path) -> None:
    command = StubCommand(tmp_path)
    desk = Desk(Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs"))
    behind = replace(desk.behind, own_command=command.own_command)
    dialog = show(behind)
    install = dialog.findChild(QPushButton, "install")
    assert install is not None
    qtbot.waitUntil(lambda: install.text() == "&Install 0.33.0", timeout=PATIENCE_MS)
    assert install.isVisible()
    assert "runtime check --json" in command.asked()
    with qtbot.waitSignal(desk.behind.windows.all_closed):
        dialog.close()
    desk.background.wait(10)
