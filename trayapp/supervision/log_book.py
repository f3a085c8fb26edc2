"""What the server said: the newest lines in memory, all of them in a rotated file on disk. Secrets are taken out."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QObject, Signal

HEAD_LINES = 2_000
TAIL_LINES = 8_000
FILE_BYTES = 10 << 20
FILES = 5


class LogBook(QObject):
    """Keeps the beginning and the end of the current run (a cause stands far above the last line), and the files.

    Signal: added(list of str), already redacted, in the order of arrival.
    """

    added = Signal(object)

    def __init__(self, folder: Path, redact: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._redact = redact
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._left_out = 0
        self._size = -1
        self.file_problem = ""

    @property
    def file(self) -> Path:
        """The newest log file."""
        return self._folder / "server.log"

    def begin(self, title: str) -> None:
        """Forget the last run's lines and mark the beginning of a new one in the file."""
        self._head.clear()
        self._tail.clear()
        self._left_out = 0
        self.add([title])

    def add(self, lines: Iterable[str]) -> None:
        """Keep some lines."""
        shown = [self._redact(line) for line in lines]
        room = max(0, HEAD_LINES - len(self._head))
        self._head += shown[:room]
        self._left_out += max(0, len(self._tail) + len(shown[room:]) - TAIL_LINES)
        self._tail.extend(shown[room:])
        self._write(shown)
        self.added.emit(shown)

    def lines(self) -> list[str]:
        """Return what is kept of the current run: its first lines, a mark where some were dropped, its last lines."""
        if not self._left_out:
            return [*self._head, *self._tail]
        from trayapp.wording.log import left_out_words  # late: few logs are as long, and every start comes by here

        return [*self._head, left_out_words(self._left_out), *self._tail]

    def last(self, count: int) -> Iterator[str]:
        """Return the newest lines, the oldest of them first."""
        lines = self.lines()
        return islice(lines, max(0, len(lines) - count), None)

    def _write(self, lines: list[str]) -> None:
        data = "".join(line + "\n" for line in lines).encode(errors="replace")
        try:
            if self._size < 0:
                for folder in (self._folder.parent, self._folder):  # a parent that mkdir makes is open to all
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._size = self.file.stat().st_size if self.file.exists() else 0
            if self._size + len(data) > FILE_BYTES and self._size:
                self._rotate()
            with open(self.file, "ab", opener=_private) as file:
                file.write(data)
            self._size += len(data)
            self.file_problem = ""
        except OSError as error:
            # A full disk or a folder that is gone must not stop the server's output: memory still has the newest.
            self._size = -1
            self.file_problem = error.strerror or str(error)

    def _rotate(self) -> None:
        for number in range(FILES - 1, 0, -1):
            older = self._folder / f"server.log.{number}"
            newer = self._folder / f"server.log.{number - 1}" if number > 1 else self.file
            if newer.exists():
                newer.replace(older)
        self._size = 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
