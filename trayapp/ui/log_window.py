"""The log in a window: bounded, filled in batches, so that a flood of lines never stalls the app. Reads no file."""

from collections import deque
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QFontDatabase, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from trayapp.core.log_kinds import Level
from trayapp.ui.buttons import outlined
from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.log_model import MOST_LINES, LogModel, slices
from trayapp.wording import log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PySide6.QtGui import QCloseEvent, QPalette

    from trayapp.ui.icons import Icons

_BATCH_LINES = 2_000
"""So many appended at once hold the event loop for well under 20 ms."""
_BATCH_EVERY_MS = 40
_MOST_WAITING = 20_000
_LONGEST_MARK = 200  # enough of a line to find it again
_PHASE_ALPHA = 40
_DARK = 128
_RED_ON_LIGHT, _RED_ON_DARK = QColor("#b3261e"), QColor("#ff9a91")  # contrast above 4.5 on white and on #202020


class LogWindow(QWidget):
    """The newest lines; follows them unless the person has scrolled up."""

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(log.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(960, 560)
        self._waiting: deque[str] = deque(maxlen=MOST_LINES)
        self._marked: tuple[str, ...] = ()
        self._is_open = False
        self._search: tuple[str, list[range]] | None = None
        self._copying: tuple[Iterator[str], list[str]] = (iter(()), [])
        self._model = LogModel(*_brushes(self.palette()))
        self._table = self._make_table()
        self._empty = text_label(log.empty_words(), name="empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._levels = QComboBox()
        self._levels.addItems([log.level_words(level) for level in Level])
        self._levels.currentIndexChanged.connect(self._filter)
        named(self._levels, "level", log.level_label())
        self._processes = QComboBox()
        self._processes.addItem(log.every_process())
        self._processes.currentIndexChanged.connect(self._filter)
        named(self._processes, "process", log.process_label())
        self._find = QLineEdit()
        self._find.setPlaceholderText(log.find_hint())
        self._find.setClearButtonEnabled(True)
        self._find.returnPressed.connect(self.find_next)
        named(self._find, "find", log.find_hint())
        self._found = text_label(name="found")
        self._found.setWordWrap(False)
        self._find.textChanged.connect(self._found.clear)
        self._next = _button("next", log.next_label(), self.find_next)
        self._previous = _button("previous", log.previous_label(), self.find_previous)
        self._follow = outlined(QCheckBox(log.follow_label()))
        self._follow.setChecked(True)
        self._follow.toggled.connect(self._follow_toggled)
        named(self._follow, "follow", log.follow_label())
        self._copy = _button("copy", log.copy_label(selected=False), self._put)
        self._copy.setToolTip(log.copy_help())
        for keys, slot in (
            (QKeySequence.StandardKey.Find, self._find.setFocus),
            (QKeySequence.StandardKey.FindNext, self.find_next),
            (QKeySequence.StandardKey.FindPrevious, self.find_previous),
            (QKeySequence.StandardKey.Copy, self._put),
        ):
            QShortcut(QKeySequence(keys), self, slot)
        self._lay_out()
        self._batch = QTimer(self)
        self._batch.setInterval(_BATCH_EVERY_MS)
        self._batch.timeout.connect(self._append_batch)
        self._show_lines()

    def set_lines(self, lines: "Iterable[str]") -> None:
        """Show these in place of what is there; from now on, until it is closed, append adds to them."""
        self._is_open = True
        self._waiting.clear()
        self._model.clear()
        self.append(lines)

    def mark(self, texts: "tuple[str, ...]") -> None:
        """Highlight the lines that hold these texts (the evidence of a diagnosis), and show the first of them."""
        self.highlight(texts)
        self._marked = _short(texts)
        self._follow.setChecked(not texts)
        if not self._waiting:
            self._show_mark()

    def highlight(self, texts: "tuple[str, ...]") -> None:
        """Highlight the lines that hold these texts, wherever they are."""
        self._model.set_marks(_short(texts))

    def append(self, lines: "Iterable[str]") -> None:
        """Show these below; only the newest of a flood are ever shown. Nothing happens in a closed window."""
        if not self._is_open:
            return
        self._waiting.extend(lines)
        while len(self._waiting) > _MOST_WAITING:  # a server that is faster: what waits is not compressed yet
            self._append_batch()
        if self._waiting and not self._batch.isActive():
            self._append_batch()
            self._batch.start()

    def find_next(self) -> None:
        """Go to the next line that holds what is in the search field, from the top again after the last."""
        start, count = self._table.currentIndex().row() + 1, self._model.rowCount()
        self._look([range(start, count), range(start)])

    def find_previous(self) -> None:
        """Go to the one before."""
        start, count = max(0, self._table.currentIndex().row()), self._model.rowCount()
        self._look([range(start - 1, -1, -1), range(count - 1, start - 1, -1)])

    def closeEvent(self, event: "QCloseEvent") -> None:  # noqa: N802 - Qt's name
        """Forget the lines: the next opening brings them anew."""
        self._is_open = False
        self._batch.stop()
        self._waiting.clear()
        self._model.clear()
        super().closeEvent(event)

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._model)
        table.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        table.horizontalHeader().hide()
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().lineSpacing() + 2)
        table.verticalHeader().setMinimumSectionSize(1)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalScrollBar().rangeChanged.connect(self._grown)
        table.verticalScrollBar().valueChanged.connect(self._scrolled)
        table.selectionModel().selectionChanged.connect(self._selected)
        named(table, "lines", log.lines_label())
        return table

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP, GAP, GAP, GAP)
        whole.setSpacing(GAP)
        searching = (self._find, self._found, self._previous, self._next)
        showing = (self._levels, self._processes, self._follow, self._copy)
        for widgets, grows in ((searching, self._find), (showing, self._processes)):  # in two: words are long elsewhere
            bar = QHBoxLayout()
            bar.setSpacing(GAP)
            for widget in widgets:
                bar.addWidget(widget, int(widget is grows))
            whole.addLayout(bar)
        whole.addWidget(self._table, 1)
        whole.addWidget(self._empty, 1)

    def _append_batch(self) -> None:
        if not self._waiting:
            self._batch.stop()
            self._show_mark()
            return
        lines = [self._waiting.popleft() for _ in range(min(_BATCH_LINES, len(self._waiting)))]
        bar = self._table.verticalScrollBar()
        place = bar.value()
        gone = self._model.append(lines)
        self._show_lines()
        if not self._follow.isChecked():
            bar.setValue(max(0, place - gone))

    def _show_lines(self) -> None:
        there = self._model.rowCount() > 0
        self._table.setVisible(there)
        self._empty.setVisible(not there)
        filtered = self._levels.currentIndex() > 0 or self._processes.currentIndex() > 0
        self._empty.setText(log.nothing_passes_words() if filtered else log.empty_words())
        width = (self._model.longest + 2) * self._table.fontMetrics().averageCharWidth()
        if there and self._table.columnWidth(0) < max(width, self._table.viewport().width()):
            self._table.setColumnWidth(0, max(width, self._table.viewport().width()))
        known = self._model.processes()
        for name in known[self._processes.count() - 1 :]:
            self._processes.addItem(name)

    def _filter(self) -> None:
        process = self._processes.currentText() if self._processes.currentIndex() > 0 else ""
        self._model.set_filter(Level(self._levels.currentIndex()), process)
        self._show_lines()
        if self._follow.isChecked():
            self._table.scrollToBottom()

    def _show_mark(self) -> None:
        marks, self._marked = self._marked, ()
        found = (self._model.find(mark, range(self._model.rowCount())) for mark in marks)
        row = next((row for row in found if row is not None), None)
        if row is not None:
            self._go_to(row, select=False)

    def _go_to(self, row: int, *, select: bool) -> None:
        index = self._model.index(row, 0)
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect if select else QItemSelectionModel.SelectionFlag.NoUpdate
        self._table.selectionModel().setCurrentIndex(index, how)
        across = self._table.horizontalScrollBar().value()
        self._table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        self._table.horizontalScrollBar().setValue(across)

    def _scrolled(self, value: int) -> None:
        """Scrolling up stops the following, and scrolling to the end takes it up again."""
        self._follow.setChecked(value >= self._table.verticalScrollBar().maximum())

    def _grown(self, _low: int, high: int) -> None:
        if self._follow.isChecked():
            self._table.verticalScrollBar().setValue(high)

    def _follow_toggled(self, on: bool) -> None:
        if on:
            self._table.scrollToBottom()

    def _look(self, rows: list[range]) -> None:
        """Search slice by slice: a log of any length leaves the event loop its turns."""
        self._found.clear()
        self._search = (self._find.text(), slices(rows)) if self._find.text() else None
        self._look_on()

    def _look_on(self) -> None:
        if self._search is None:
            return
        text, parts = self._search
        if not parts:
            self._search = None
            self._found.setText(log.not_found_words())
            return
        count = self._model.rowCount()
        row = self._model.find(text, (each for each in parts.pop(0) if each < count))
        if row is None:
            QTimer.singleShot(0, self, self._look_on)
        else:
            self._search = None
            self._follow.setChecked(False)
            self._go_to(row, select=True)

    def _selected(self) -> None:
        self._copy.setText(log.copy_label(selected=self._table.selectionModel().hasSelection()))

    def _put(self) -> None:
        chosen = self._table.selectionModel().selection().toList()
        rows = sorted((range(each.top(), each.bottom() + 1) for each in chosen), key=lambda each: each.start)
        self._copying = (self._model.texts(rows or [range(self._model.rowCount())]), [])
        self._put_on()

    def _put_on(self) -> None:
        texts, parts = self._copying
        part = next(texts, None)
        if part is None:
            QGuiApplication.clipboard().setText("\n".join(parts))
        else:
            parts.append(part)
            QTimer.singleShot(0, self, self._put_on)


def _short(texts: "tuple[str, ...]") -> "tuple[str, ...]":
    return tuple(text[:_LONGEST_MARK] for text in texts)


def _button(name: str, label: str, slot: object) -> QPushButton:
    button = QPushButton(label)
    button.setAutoDefault(False)
    button.clicked.connect(slot)
    named(button, name, label)
    return button


def _brushes(palette: "QPalette") -> tuple[QBrush, QBrush, QBrush, QBrush]:
    phase = QColor(palette.highlight().color())
    phase.setAlpha(_PHASE_ALPHA)
    error = _RED_ON_DARK if palette.base().color().lightness() < _DARK else _RED_ON_LIGHT
    return palette.highlight(), palette.highlightedText(), QBrush(phase), QBrush(error)
