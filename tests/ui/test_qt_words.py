"""Qt's own words speak the language of the windows: they come with the first one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLineEdit
from pytestqt.qtbot import QtBot

from trayapp.ui.icons import Icons
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes
from trayapp.wording.translation import use_language

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints|raise")
ICONS = Path(__file__).parents[2] / "resources" / "icons"


@pytest.fixture
def windows(qapp: QApplication) -> Iterator[Windows]:
    _be_silent(qapp)  # a window that another test opened in German has made Qt German for all that follow
    made = Windows(Icons(ICONS), Wishes(), list)
    yield made
    made.deleteLater()
    _be_silent(qapp)
    use_language("en")


def _be_silent(application: QApplication) -> None:
    for translator in application.findChildren(QTranslator):
        application.removeTranslator(translator)
        translator.deleteLater()


@pytest.mark.parametrize(
    ("language", "menu", "button"),
    [
        ("en", ["Undo", "Redo", "Select All"], "Cancel"),
        ("de", ["Rückgängig", "Wiederherstellen", "Alles auswählen"], "Abbrechen"),
    ],
)
def test_the_menu_of_a_text_field_and_the_buttons_of_a_box_speak_the_language(
    windows: Windows, qtbot: QtBot, language: str, menu: list[str], button: str
) -> None:
    use_language(language)
    line = windows.show("line", lambda: QLineEdit("text"))
    qtbot.addWidget(line)
    actions = line.createStandardContextMenu().actions()
    said = [action.text().partition("\t")[0].replace("&", "") for action in actions if action.text()]
    assert [said[0], said[1], said[-1]] == menu
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
    qtbot.addWidget(box)
    assert [each.text().replace("&", "") for each in box.buttons()] == [button]
