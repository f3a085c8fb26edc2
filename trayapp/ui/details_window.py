"""The details of a failure in a window: what happened, the lines that prove it, and what can be done about it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from trayapp.ui.icons import APP
from trayapp.wording import details

if TYPE_CHECKING:
    from trayapp.ui.details_view import DetailsView, Step
    from trayapp.ui.icons import Icons

_GAP = 8
_EVIDENCE_ROWS = 6


class DetailsWindow(QWidget):
    """Renders a DetailsView. Signals: button_wanted(Button), log_wanted, report_wanted."""

    button_wanted = Signal(object)
    log_wanted = Signal(object)
    """The person wants to see the log at the lines with these texts."""
    report_wanted = Signal()

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(details.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(620, 420)
        self._lines: tuple[str, ...] = ()
        self._title = _label(bold=True)
        self._explanation = _label()
        self._evidence_head = _label(details.evidence_head())
        self._evidence = QPlainTextEdit()
        self._evidence.setReadOnly(True)
        self._evidence.setAccessibleName(details.evidence_head())
        self._evidence.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._evidence.setMaximumHeight(self._evidence.fontMetrics().lineSpacing() * _EVIDENCE_ROWS + 3 * _GAP)
        self._steps_head = _label(details.steps_head())
        self._steps = QVBoxLayout()
        self._tried = _label()
        report = QPushButton(details.copy_report_label())
        report.setToolTip(details.copy_report_help())
        report.clicked.connect(self.report_wanted)
        log = QPushButton(details.show_in_log_label())
        log.clicked.connect(lambda: self.log_wanted.emit(self._lines))
        close = QPushButton(details.close_label())
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addWidget(report)
        buttons.addWidget(log)
        buttons.addStretch(1)
        buttons.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setSpacing(_GAP)
        for widget in (self._title, self._explanation, self._evidence_head, self._evidence, self._steps_head):
            whole.addWidget(widget)
        whole.addLayout(self._steps)
        whole.addWidget(self._tried)
        whole.addStretch(1)
        whole.addLayout(buttons)

    def render_view(self, view: "DetailsView") -> None:
        """Show this in place of what is there."""
        self._lines = view.proof
        self._title.setText(view.title)
        self._explanation.setText(view.explanation)
        self._evidence.setPlainText("\n".join(f"{each.line}: {each.text}" for each in view.evidence))
        for widget in (self._evidence, self._evidence_head):
            widget.setVisible(bool(view.evidence))
        while item := self._steps.takeAt(0):
            old = item.widget()
            if old is not None:
                old.deleteLater()
        for step in view.steps:
            self._steps.addWidget(self._step(step))
        self._steps_head.setVisible(bool(view.steps))
        self._tried.setText(details.tried_words(view.tried))
        self._tried.setVisible(bool(view.tried))

    def _step(self, step: "Step") -> QWidget:
        wanted = step.button
        if wanted is None:
            return _label(f"• {step.text}")
        button = QPushButton(step.text)
        button.setSizePolicy(button.sizePolicy().Policy.Maximum, button.sizePolicy().verticalPolicy())
        button.clicked.connect(lambda: self.button_wanted.emit(wanted))
        return button


def _label(text: str = "", *, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if bold:
        font = label.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.2)
        label.setFont(font)
    return label
