"""The lines of the log as a table of one column: bounded, filtered by level and process. No widget in here."""

from array import array
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from trayapp.core.line_store import BLOCK_LINES, LineStore
from trayapp.core.log_events import PhaseSeen, read_log_event
from trayapp.core.log_kinds import Level, LineKinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from PySide6.QtGui import QBrush

MOST_LINES = 200_000
"""Some 8 MB of vLLM's lines, compressed; all of it is in the log file."""
_BLOCKS_AT_ONCE = 10
_ROWS_AT_ONCE = 10_000
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
        self._lines = LineStore()
        self._levels = array("b")
        self._owners = array("h")
        self._processes: list[str] = []
        self._rows: array[int] | None = None  # places in _lines; None: all of them
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
        self._rows = self._passing(0)
        self.longest = 0
        self.endResetModel()

    def append(self, lines: "Iterable[str]") -> int:
        """Add lines below; return how many rows have gone at the top, since only the newest are kept."""
        first = len(self._lines)
        new = [part for line in lines for part in line.split("\n")]  # what the app itself says may have two
        for line in new:
            kind = self._kinds.read(line)
            if kind.process not in self._processes:
                self._processes.append(kind.process)
            self._levels.append(kind.level)
            self._owners.append(self._processes.index(kind.process))
            self.longest = max(self.longest, min(len(line), LONGEST_LINE))
        passing = self._passing(first)
        rows = len(new) if passing is None else len(passing)
        if rows:
            self.beginInsertRows(_TOP, self.rowCount(), self.rowCount() + rows - 1)
        self._lines.extend(new)
        if self._rows is not None and passing is not None:
            self._rows = self._rows + passing  # a new one: texts has its own
        if rows:
            self.endInsertRows()
        return self._drop() if len(self._lines) > MOST_LINES else 0

    def set_filter(self, level: Level, process: str) -> None:
        """Show only lines as grave as this, and of this process ("" is every one)."""
        self._level, self._process = level, process
        self.beginResetModel()
        self._rows = self._passing(0)
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

    def texts(self, rows: "Sequence[range]") -> "Iterator[str]":
        """Yield the text of these rows as they are at the first part, each part quick; what comes or goes is no matter.

        Rows that are in order are read much faster than others.
        """
        lines, places = self._lines.copy(), self._rows
        for part in slices(rows):
            yield "\n".join(lines[row if places is None else places[row]] for row in part)

    def _drop(self) -> int:
        blocks = -(-(len(self._lines) - MOST_LINES) // BLOCK_LINES) + _BLOCKS_AT_ONCE
        count = blocks * BLOCK_LINES
        rows = count if self._rows is None else bisect_left(self._rows, count)
        if rows:
            self.beginRemoveRows(_TOP, 0, rows - 1)
        self._lines.drop(blocks)
        del self._levels[:count], self._owners[:count]
        if self._rows is not None:
            self._rows = array("l", [place - count for place in self._rows[rows:]])
        if rows:
            self.endRemoveRows()
        return rows

    def _place(self, row: int) -> int:
        return row if self._rows is None else self._rows[row]

    def _passing(self, first: int) -> "array[int] | None":
        """Return the places from the first on whose lines pass the filter, in one go; None: there is no filter."""
        if self._level is Level.DETAIL and not self._process:
            return None
        least = int(self._level)
        kinds = enumerate(zip(self._levels[first:], self._owners[first:], strict=True), first)
        if not self._process:
            return array("l", [place for place, (level, _owner) in kinds if level >= least])
        process = self._processes.index(self._process)
        return array("l", [place for place, (level, owner) in kinds if owner == process and level >= least])

    def _is_marked(self, line: str) -> bool:
        return any(mark in line for mark in self._marks)


@lru_cache(maxsize=512)
def _begins_phase(line: str) -> bool:
    return isinstance(read_log_event(line), PhaseSeen)


def slices(rows: "Iterable[range]") -> list[range]:
    """Return these rows in parts that are each searched or copied in some 10 ms."""
    return [part[at : at + _ROWS_AT_ONCE] for part in rows for at in range(0, len(part), _ROWS_AT_ONCE)]


def shortened(line: str) -> str:
    """Return as much of a line as is shown."""
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " …"
