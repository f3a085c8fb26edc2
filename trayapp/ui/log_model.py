"""The lines of the log as a table of one column: bounded, filtered by level and process. No widget in here."""

from array import array
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from trayapp.core.log_events import PhaseSeen, read_log_event
from trayapp.core.log_kinds import Level, LineKinds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QBrush

MOST_LINES = 50_000
"""Some 8 MB; all of it is in the log file."""
_DROPPED_AT_ONCE = 5_000
LONGEST_LINE = 2_000
"""Laying out one line of a megabyte would take seconds; the whole of it is copied, and is in the log file."""
_Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()


class LogModel(QAbstractTableModel):
    """Rows are the lines that pass the filter, the newest last."""

    def __init__(self, evidence: "QBrush", evidence_text: "QBrush", phase: "QBrush", error: "QBrush") -> None:
        """The brushes: behind and of a line that proves a cause, behind the begin of a phase, of an error's text."""
        super().__init__()
        self._brushes = (evidence, evidence_text, phase, error)
        self._kinds = LineKinds()
        self._lines: list[str] = []
        self._levels = array("b")
        self._owners = array("h")
        self._processes: list[str] = []
        self._rows: list[int] | None = None  # places in _lines; None: all of them
        self._level = Level.DETAIL
        self._process = ""
        self._marks: tuple[str, ...] = ()
        self.longest = 0

    def rowCount(self, parent: _Index = _TOP) -> int:  # noqa: N802 - Qt's name
        """Return how many lines are shown."""
        if parent.isValid():
            return 0
        return len(self._lines) if self._rows is None else len(self._rows)

    def columnCount(self, parent: _Index = _TOP) -> int:  # noqa: N802 - Qt's name
        """Return 1."""
        return 0 if parent.isValid() else 1

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what the view paints; the meaning of a line is looked up when it is."""
        if role == Qt.ItemDataRole.DisplayRole:
            return shortened(self.line(index.row()))
        evidence, evidence_text, phase, error = self._brushes
        if role == Qt.ItemDataRole.BackgroundRole:
            line = self.line(index.row())
            if self._is_marked(line):
                return evidence
            return phase if _begins_phase(line) else None
        if role == Qt.ItemDataRole.ForegroundRole:
            if self._is_marked(self.line(index.row())):
                return evidence_text
            return error if self._levels[self._place(index.row())] == Level.ERROR else None
        return None

    def line(self, row: int) -> str:
        """Return the whole line of a row."""
        return self._lines[self._place(row)]

    def processes(self) -> tuple[str, ...]:
        """Return the names of all processes that have said something."""
        return tuple(name for name in self._processes if name)

    def clear(self) -> None:
        """Forget everything but the filter."""
        self.beginResetModel()
        self._lines.clear()
        self._levels, self._owners = array("b"), array("h")
        self._kinds = LineKinds()
        self._rows = None if self._rows is None else []
        self.longest = 0
        self.endResetModel()

    def append(self, lines: "Iterable[str]") -> int:
        """Add lines below; return how many rows have gone at the top, since only the newest are kept."""
        first = len(self._lines)
        new = list(lines)
        for line in new:
            kind = self._kinds.read(line)
            if kind.process not in self._processes:
                self._processes.append(kind.process)
            self._levels.append(kind.level)
            self._owners.append(self._processes.index(kind.process))
            self.longest = max(self.longest, min(len(line), LONGEST_LINE))
        places = range(first, first + len(new))
        rows = list(places) if self._rows is None else [place for place in places if self._passes(place)]
        if rows:
            self.beginInsertRows(_TOP, self.rowCount(), self.rowCount() + len(rows) - 1)
        self._lines += new
        if self._rows is not None:
            self._rows += rows
        if rows:
            self.endInsertRows()
        return self._drop() if len(self._lines) > MOST_LINES else 0

    def set_filter(self, level: Level, process: str) -> None:
        """Show only lines as grave as this, and of this process ("" is every one)."""
        self._level, self._process = level, process
        self.beginResetModel()
        everything = level is Level.DETAIL and not process
        self._rows = None if everything else [place for place in range(len(self._lines)) if self._passes(place)]
        self.endResetModel()

    def set_marks(self, texts: tuple[str, ...]) -> None:
        """Mark the lines that hold these texts."""
        self._marks = tuple(filter(None, texts))
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))

    def find(self, text: str, rows: "Iterable[int]") -> int | None:
        """Return the first of these rows whose line holds the text, in any case; None when none does."""
        wanted = text.casefold()
        return next((row for row in rows if wanted in self.line(row).casefold()), None)

    def _drop(self) -> int:
        count = len(self._lines) - MOST_LINES + _DROPPED_AT_ONCE
        rows = count if self._rows is None else sum(place < count for place in self._rows)
        if rows:
            self.beginRemoveRows(_TOP, 0, rows - 1)
        del self._lines[:count], self._levels[:count], self._owners[:count]
        if self._rows is not None:
            self._rows = [place - count for place in self._rows[rows:]]
        if rows:
            self.endRemoveRows()
        return rows

    def _place(self, row: int) -> int:
        return row if self._rows is None else self._rows[row]

    def _passes(self, place: int) -> bool:
        if self._levels[place] < self._level:
            return False
        return not self._process or self._processes[self._owners[place]] == self._process

    def _is_marked(self, line: str) -> bool:
        return any(mark in line for mark in self._marks)


@lru_cache(maxsize=512)
def _begins_phase(line: str) -> bool:
    return isinstance(read_log_event(line), PhaseSeen)


def shortened(line: str) -> str:
    """Return as much of a line as is shown."""
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " …"
