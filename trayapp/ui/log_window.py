"""The log in a window: bounded, filled in batches, so that a flood of lines never stalls the app. Reads no file."""

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QCloseEvent, QFontDatabase, QGuiApplication, QTextCursor, QTextFormat
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from trayapp.ui.icons import APP
from trayapp.wording.menu import copy_log_label, empty_log, find_in_log, follow_label, log_window_title

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trayapp.ui.icons import Icons

_MOST_LINES = 5000
_BATCH_LINES = 400
"""So many appended at once hold the event loop for well under 10 ms (65,000 lines a second were measured)."""
_BATCH_EVERY_MS = 40
_LONGEST_LINE = 2000
"""Laying out one line of a megabyte would take seconds; the whole of it is in the log file."""


_LONGEST_MARK = 200
"""Enough of a line to find it again."""


class LogWindow(QWidget):
    """The newest lines; follows them unless the person has scrolled up."""

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(log_window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(900, 560)
        self._waiting: deque[str] = deque(maxlen=_MOST_LINES)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setMaximumBlockCount(_MOST_LINES)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setUndoRedoEnabled(False)
        self._text.setPlaceholderText(empty_log())
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._find = QLineEdit()
        self._find.setPlaceholderText(find_in_log())
        self._find.setClearButtonEnabled(True)
        self._find.returnPressed.connect(self._find_next)
        self._follow = QCheckBox(follow_label())
        self._follow.setChecked(True)
        self._follow.toggled.connect(self._follow_toggled)
        copy = QPushButton(copy_log_label())
        copy.clicked.connect(self._copy)
        bar = QHBoxLayout()
        bar.addWidget(self._find, 1)
        bar.addWidget(self._follow)
        bar.addWidget(copy)
        whole = QVBoxLayout(self)
        whole.addWidget(self._text)
        whole.addLayout(bar)
        self._text.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._batch = QTimer(self)
        self._batch.setInterval(_BATCH_EVERY_MS)
        self._batch.timeout.connect(self._append_batch)
        self._appending = False
        self._is_open = False
        self._marked: tuple[str, ...] = ()

    def set_lines(self, lines: "Iterable[str]") -> None:
        """Show these in place of what is there; from now on, until it is closed, append adds to them."""
        self._is_open = True
        self._waiting.clear()
        self._text.clear()
        self.append(lines)

    def mark(self, texts: "tuple[str, ...]") -> None:
        """Highlight the lines that hold these texts (the evidence of a diagnosis), and show the first of them."""
        self._marked = texts
        self._follow.setChecked(not texts)
        if not self._waiting:
            self._show_marks()

    def append(self, lines: "Iterable[str]") -> None:
        """Show these below; only the newest of a flood are ever laid out. Nothing happens in a closed window."""
        if not self._is_open:
            return
        self._waiting.extend(lines)
        if self._waiting and not self._batch.isActive():
            self._append_batch()
            self._batch.start()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Forget the lines: the next opening brings them anew."""
        self._is_open = False
        self._batch.stop()
        self._waiting.clear()
        self._text.clear()
        super().closeEvent(event)

    def _append_batch(self) -> None:
        if not self._waiting:
            self._batch.stop()
            self._show_marks()
            return
        size = min(_BATCH_LINES, len(self._waiting))
        lines = [_shortened(self._waiting.popleft()) for _ in range(size)]
        bar = self._text.verticalScrollBar()
        place = bar.value()
        self._appending = True
        self._text.appendPlainText("\n".join(lines))
        bar.setValue(bar.maximum() if self._follow.isChecked() else place)
        self._appending = False

    def _show_marks(self) -> None:
        marks, self._marked = self._marked, ()
        selections = []
        for text in marks:
            cursor = self._text.document().find(text[:_LONGEST_MARK])
            if cursor.isNull():
                continue
            selection = QTextEdit.ExtraSelection()
            selection.cursor = cursor
            selection.format.setBackground(self.palette().highlight())
            selection.format.setForeground(self.palette().highlightedText())
            selection.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            selections.append(selection)
        if marks:
            self._text.setExtraSelections(selections)
        if selections:
            first = QTextCursor(selections[0].cursor)
            first.clearSelection()
            self._text.setTextCursor(first)
            self._text.centerCursor()

    def _scrolled(self, value: int) -> None:
        """Scrolling up stops the following, and scrolling to the end takes it up again."""
        if not self._appending:
            self._follow.setChecked(value >= self._text.verticalScrollBar().maximum())

    def _follow_toggled(self, on: bool) -> None:
        bar = self._text.verticalScrollBar()
        if on:
            bar.setValue(bar.maximum())

    def _find_next(self) -> None:
        wanted = self._find.text()
        if wanted and not self._text.find(wanted):
            self._text.moveCursor(QTextCursor.MoveOperation.Start)  # from the top again
            self._text.find(wanted)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.toPlainText())


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + " …"
