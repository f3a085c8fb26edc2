"""The status window and the log window, drawn into memory."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from tests.ui.test_views import view
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis, Evidence
from trayapp.core.states import Course, Failed
from trayapp.ui.icons import Icons
from trayapp.ui.log_window import LogWindow
from trayapp.ui.status_window import StatusWindow
from trayapp.ui.views import Wish
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

# Said by the platform that draws into memory whenever a window is shown.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
PROOF = "(EngineCore pid=2) ERROR ValueError: more KV cache is needed"
ICONS = Path(__file__).parents[2] / "resources" / "icons"


@pytest.fixture
def wishes(qapp: object) -> Wishes:
    return Wishes()


@pytest.fixture
def status(qtbot: QtBot, wishes: Wishes) -> StatusWindow:
    window = StatusWindow(Icons(ICONS), wishes)
    qtbot.addWidget(window)
    return window


@pytest.fixture
def log(qtbot: QtBot) -> LogWindow:
    window = LogWindow(Icons(ICONS))
    qtbot.addWidget(window)
    window.resize(600, 300)
    window.show()
    return window


def button(window: StatusWindow, label: str) -> QAbstractButton:
    return next(b for b in window.findChildren(QAbstractButton) if b.text() == label)


def shown(log: LogWindow) -> list[str]:
    return log.findChild(QPlainTextEdit).toPlainText().splitlines()


@pytest.mark.qt_log_ignore("propagateSizeHints|raise")
def test_the_log_marks_what_proves_the_cause_however_it_was_opened(qtbot: QtBot, wishes: Wishes) -> None:
    lines = ["INFO fine", PROOF, *["INFO later"] * 400]
    windows = Windows(Icons(ICONS), wishes, lambda: lines)

    def opened() -> LogWindow:
        windows.show_log()
        return next(each for each in QApplication.topLevelWidgets() if isinstance(each, LogWindow) and each.isVisible())

    def marked(log: LogWindow) -> list[int]:
        model = log.findChild(QTableView).model()
        rows = (model.index(row, 0) for row in range(5))
        return [each.row() for each in rows if each.data(Qt.ItemDataRole.BackgroundRole) == log.palette().highlight()]

    open_before = opened()
    assert marked(open_before) == []
    diagnosis = Diagnosis(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, Confidence.CERTAIN, (Evidence(2, PROOF),))
    windows.set_state(Failed(diagnosis, Course(), (), a_plan()))
    assert marked(open_before) == [1]
    assert open_before.findChild(QCheckBox, "follow").isChecked(), "who reads elsewhere is not disturbed"
    with qtbot.waitSignal(windows.all_closed):
        open_before.close()
    later = opened()
    assert marked(later) == [1]
    table = later.findChild(QTableView)
    qtbot.waitUntil(lambda: table.currentIndex().row() == 1)
    with qtbot.waitSignal(windows.all_closed):
        later.close()


def test_the_window_offers_what_the_menu_offers(status: StatusWindow) -> None:
    status.render_view(view("ready"))
    labels = [b.text() for b in status.findChildren(QAbstractButton)]
    assert labels == [row.text for row in view("ready").rows]
    assert not button(status, "Start").isEnabled()
    status.render_view(view("stopped"))
    assert button(status, "Start").isEnabled()
    assert "Stopped" in [label.text() for label in status.findChildren(QLabel)]


@pytest.mark.qt_log_ignore("propagateSizeHints|raise")
@pytest.mark.parametrize("tray", [True, False])
def test_the_window_is_as_high_as_all_that_it_offers(qtbot: QtBot, wishes: Wishes, tray: bool) -> None:
    windows = Windows(Icons(ICONS), wishes, list)
    windows.render(view("ready"))
    if tray:
        windows.show_status()
    else:
        windows.set_tray_available(False)
    shown = (each for each in QApplication.topLevelWidgets() if isinstance(each, StatusWindow) and each.isVisible())
    window = next(shown)  # one of another test may not be deleted yet
    area = window.findChild(QScrollArea)
    qtbot.waitUntil(lambda: area.widget().height() > 100)
    most = area.verticalScrollBar().maximum()
    with qtbot.waitSignal(windows.all_closed):
        window.close()
    assert most == 0


@pytest.mark.qt_log_ignore("propagateSizeHints|raise")
def test_a_window_is_no_larger_than_the_screen(wishes: Wishes, qtbot: QtBot) -> None:
    def make() -> QWidget:
        made = QWidget()
        made.resize(5000, 500)
        return made

    windows = Windows(Icons(ICONS), wishes, list)
    window = windows.show("large", make)
    assert window.width() == window.screen().availableSize().width()
    assert window.height() == 500
    with qtbot.waitSignal(windows.all_closed):
        window.close()


def test_each_button_tells_its_own_wish(status: StatusWindow, wishes: Wishes, qtbot: QtBot) -> None:
    status.render_view(view("ready"))
    for row in view("ready").rows:
        if row.enabled:
            with qtbot.waitSignal(getattr(wishes, f"{row.wish}_wanted")):
                button(status, row.text).click()


def test_a_switch_shows_what_is_not_what_was_clicked(status: StatusWindow, wishes: Wishes, qtbot: QtBot) -> None:
    status.render_view(view("ready"))
    switch = status.findChild(QCheckBox)
    with qtbot.waitSignal(wishes.start_on_login_wanted) as wish:
        switch.click()
    assert wish.args == [True]
    assert not switch.isChecked()


def test_a_models_name_is_no_markup_and_no_access_key(status: StatusWindow) -> None:
    status.render_view(view("stopped", model="/models/<b>a</b> & b"))
    assert button(status, "Model: b> && b")
    texts = [label for label in status.findChildren(QLabel) if label.wordWrap()]
    assert {label.textFormat() for label in texts} == {Qt.TextFormat.PlainText}


def test_every_wish_has_a_signal(wishes: Wishes, qtbot: QtBot) -> None:
    for wish in Wish:
        with qtbot.waitSignal(getattr(wishes, f"{wish}_wanted")):
            wishes.tell(wish)
