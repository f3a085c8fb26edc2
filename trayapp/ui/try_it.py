"""A question to the model, and its answer as it comes. Renders an Answer, tells ask_wanted and stop_wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QShortcut, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from trayapp.core.chat import Answer
from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import try_it

if TYPE_CHECKING:
    from trayapp.core.chat import ChatFailure
    from trayapp.ui.icons import Icons

_QUESTION_ROWS = 3


class TryItWindow(QWidget):
    """One question at a time."""

    ask_wanted = Signal(str)
    stop_wanted = Signal()

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(try_it.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(640, 480)
        self._model = ""
        self._asking = False
        self._shown = Answer(0.0)
        self._who = text_label(name="who")
        self._question = QPlainTextEdit()
        self._question.setPlaceholderText(try_it.question_hint())
        self._question.setTabChangesFocus(True)
        self._question.setFixedHeight(self._question.fontMetrics().lineSpacing() * _QUESTION_ROWS + 2 * GAP)
        self._question.setPlainText(try_it.first_question())  # one click leads to an answer
        self._question.selectAll()  # and the first key replaces it
        self._question.textChanged.connect(self._enable)
        named(self._question, "question", try_it.question_label())
        label = QLabel(try_it.question_label())
        label.setBuddy(self._question)
        self._answer = QPlainTextEdit()
        self._answer.setReadOnly(True)
        named(self._answer, "answer", try_it.answer_label())
        self._measured = text_label(name="measured")
        self._ask = QPushButton(try_it.ask_label())
        self._ask.setDefault(True)
        self._ask.clicked.connect(self._ask_clicked)
        named(self._ask, "ask", try_it.ask_label())
        self._stop = QPushButton(try_it.stop_label())
        self._stop.clicked.connect(self.stop_wanted)
        named(self._stop, "stop", try_it.stop_label())
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            QShortcut(QKeySequence(keys), self, self._ask.click)
        buttons = QHBoxLayout()
        buttons.addWidget(self._measured, 1)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._ask)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        for widget in (self._who, label, self._question, QLabel(try_it.answer_label())):
            whole.addWidget(widget)
        whole.addWidget(self._answer, 1)
        whole.addLayout(buttons)
        self._enable()

    def render_model(self, model: str) -> None:
        """Name the model that answers; "" is none."""
        self._model = model
        self._who.setText(try_it.model_words(model))
        self._enable()

    def render_answer(self, answer: Answer) -> None:
        """Show the answer so far; what is there already is not touched, so that it can be read and selected."""
        new = answer.thought[len(self._shown.thought) :]
        if answer.text and not self._shown.text and answer.thought:
            new += "\n\n"
        new += answer.text[len(self._shown.text) :]
        self._shown = answer
        cursor = QTextCursor(self._answer.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        bar = self._answer.verticalScrollBar()
        at_end = bar.value() == bar.maximum()
        cursor.insertText(new)
        if at_end:
            bar.setValue(bar.maximum())
        self._measured.setText(try_it.speed_words(answer))

    def render_end(self, failure: "ChatFailure | None", message: str, *, stopped: bool) -> None:
        """Show that no more comes, and why when that was not wanted."""
        self._asking = False
        measured = try_it.speed_words(self._shown) if self._shown.tokens else ""
        why = try_it.failure_words(failure, message) if failure is not None else ""
        if stopped:
            why = try_it.stopped_words()
        self._measured.setText(" · ".join(part for part in (measured, why) if part))
        self._enable()

    def _ask_clicked(self) -> None:
        self._asking = True
        self._shown = Answer(0.0)
        self._answer.clear()
        self._measured.setText(try_it.waiting_words())
        self._enable()
        self.ask_wanted.emit(self._question.toPlainText().strip())

    def _enable(self) -> None:
        can_ask = bool(self._model) and not self._asking and bool(self._question.toPlainText().strip())
        self._ask.setEnabled(can_ask)
        self._stop.setEnabled(self._asking)
