"""Try it, Connect a program, About: each shows a value, and its buttons tell wishes."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from trayapp.core.access import Access
from trayapp.core.chat import Answer, ChatFailure, Piece
from trayapp.core.checkup import Finding, Topic
from trayapp.core.problems import Problem, ProblemKind
from trayapp.ui.about_window import AboutWindow
from trayapp.ui.connect_window import ConnectWindow
from trayapp.ui.icons import Icons
from trayapp.ui.try_it import TryItWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
ACCESS = Access("http://127.0.0.1:8000/v1", "Qwen3-0.6B", "sk-geheim")


def button(window: QWidget, name: str) -> QPushButton:
    found = window.findChild(QPushButton, name)
    assert found is not None
    return found


def label(window: QWidget, name: str) -> str:
    found = window.findChild(QLabel, name)
    assert found is not None
    return found.text()


def field(window: QWidget, name: str) -> QPlainTextEdit:
    found = window.findChild(QPlainTextEdit, name)
    assert found is not None
    return found


@pytest.fixture
def try_it(qtbot: QtBot) -> TryItWindow:
    window = TryItWindow(ICONS)
    qtbot.addWidget(window)
    window.show()
    return window


def test_nothing_can_be_asked_without_a_model_or_a_question(try_it: TryItWindow) -> None:
    field(try_it, "question").setPlainText("Hello?")
    assert not button(try_it, "ask").isEnabled()
    try_it.render_model("tiny")
    assert button(try_it, "ask").isEnabled()
    field(try_it, "question").setPlainText("  ")
    assert not button(try_it, "ask").isEnabled()


def test_a_first_question_is_one_click_away_and_goes_when_something_is_typed(try_it: TryItWindow, qtbot: QtBot) -> None:
    try_it.render_model("tiny")
    assert button(try_it, "ask").isEnabled()
    qtbot.keyClicks(field(try_it, "question"), "Why?")
    assert field(try_it, "question").toPlainText() == "Why?"


def test_a_question_is_told_and_its_answer_grows(try_it: TryItWindow, qtbot: QtBot) -> None:
    try_it.render_model("tiny")
    field(try_it, "question").setPlainText(" Hello? ")
    with qtbot.waitSignal(try_it.ask_wanted) as asked:
        qtbot.keyClick(field(try_it, "question"), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert asked.args == ["Hello?"]
    assert not button(try_it, "ask").isEnabled()
    answer = Answer(0.0).with_piece(Piece(thought="hm"), 0.5)
    try_it.render_answer(answer)
    answer = answer.with_piece(Piece(text="One"), 1.0).with_piece(Piece(text=" two"), 1.5)
    try_it.render_answer(answer)
    assert field(try_it, "answer").toPlainText() == "hm\n\nOne two"
    assert label(try_it, "measured") == "3 tokens · first token after 0.50 s · 2.0 tokens per second"
    try_it.render_end(None, "", stopped=False)
    assert button(try_it, "ask").isEnabled()
    assert not button(try_it, "stop").isEnabled()


def test_an_answer_can_be_stopped_and_a_failure_is_a_sentence(try_it: TryItWindow, qtbot: QtBot) -> None:
    try_it.render_model("tiny")
    field(try_it, "question").setPlainText("Hello?")
    button(try_it, "ask").click()
    with qtbot.waitSignal(try_it.stop_wanted):
        button(try_it, "stop").click()
    try_it.render_end(None, "", stopped=True)
    assert label(try_it, "measured") == "Stopped."
    for failure in ChatFailure:
        button(try_it, "ask").click()
        try_it.render_end(failure, "a reason", stopped=False)
        assert label(try_it, "measured").endswith((".", "reason"))


@pytest.fixture
def connect(qtbot: QtBot) -> ConnectWindow:
    window = ConnectWindow(ICONS)
    qtbot.addWidget(window)
    return window


def test_the_key_is_copied_but_not_shown(connect: ConnectWindow) -> None:
    connect.render_access(ACCESS)
    fields = [each.text() for each in connect.findChildren(QLineEdit)]
    assert fields[:2] == [ACCESS.endpoint, ACCESS.model_name]
    programs = connect.findChild(QComboBox)
    assert programs is not None
    for place in range(programs.count()):
        programs.setCurrentIndex(place)
        shown = field(connect, "snippet").toPlainText()
        assert ACCESS.endpoint in shown
        assert "geheim" not in shown
        button(connect, "copy_snippet").click()
        assert "geheim" in QGuiApplication.clipboard().text()
    button(connect, "copy_key").click()
    assert QGuiApplication.clipboard().text() == "sk-geheim"
    assert label(connect, "told") == "Copied: Key"
    button(connect, "copy_address").click()
    assert QGuiApplication.clipboard().text() == ACCESS.endpoint


def test_without_a_model_there_is_nothing_to_copy_and_the_choice_stays(connect: ConnectWindow) -> None:
    connect.render_access(ACCESS)
    programs = connect.findChild(QComboBox)
    assert programs is not None
    programs.setCurrentText("Continue")
    connect.render_access(Access(ACCESS.endpoint, "other"))
    assert programs.currentText() == "Continue"
    assert not button(connect, "copy_key").isEnabled()
    connect.render_access(None)
    assert not any(each.isEnabled() for each in connect.findChildren(QPushButton))
    assert field(connect, "snippet").toPlainText() == ""


def test_about_shows_what_was_found_and_how_to_mend_it(qtbot: QtBot) -> None:
    window = AboutWindow(ICONS, "1.2.3")
    qtbot.addWidget(window)
    assert not button(window, "again").isEnabled()
    well = Finding(Topic.ADDRESS, {"host": "127.0.0.1", "port": 8000})
    wrong = Finding(Topic.VLLM, {}, (Problem(ProblemKind.VLLM_NOT_FOUND),))
    window.render_findings((well, wrong))
    texts = [each.text() for each in window.findChildren(QLabel)]
    assert "✓ Address" in texts
    assert "✗ vLLM" in texts
    assert label(window, "summary").startswith("One thing is wrong")
    button(window, "copy").click()
    copied = QGuiApplication.clipboard().text()
    assert "1.2.3" in copied
    assert "✓ Address: http://127.0.0.1:8000" in copied
    with qtbot.waitSignal(window.again_wanted):
        button(window, "again").click()
    window.render_examining()
    assert not button(window, "again").isEnabled()
    window.render_findings((well,))
    assert label(window, "summary") == "Nothing is wrong with this computer."
    window.render_findings((wrong, wrong))
    assert label(window, "summary").startswith("2 things")
