"""What kind of line each line of a log is: how grave, and of which process. For filters; no meaning is read here."""

import re
from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How grave a line is; a line that does not say has the level of what it belongs to."""

    DETAIL = 0
    INFO = 1
    WARNING = 2
    ERROR = 3


@dataclass(frozen=True, slots=True)
class LineKind:
    """A line's level, and the name of its process ("" where the line has none)."""

    level: Level
    process: str


_LEVELS = {
    "DEBUG": Level.DETAIL,
    "INFO": Level.INFO,
    "WARNING": Level.WARNING,
    "ERROR": Level.ERROR,
    "CRITICAL": Level.ERROR,
}
_PREFIX = re.compile(
    r"(?:\(([A-Za-z][\w =-]{0,60}?) pid=\d+[^)]{0,40}\) ?)*(?:(DEBUG|INFO|WARNING|ERROR|CRITICAL)[ :])?"
)
_TRACE = ("Traceback (most recent call last)", "Error: ", "Exception: ", "FATAL")


class LineKinds:
    """Reads line after line: what follows an error without a level of its own (a traceback) belongs to it."""

    def __init__(self) -> None:
        self._last: dict[str, Level] = {}

    def read(self, line: str) -> LineKind:
        """Return the kind of the next line."""
        found = _PREFIX.match(line)
        assert found is not None  # noqa: S101 - every part of it may be absent
        process, name = found[1] or "", found[2]
        if name is not None:
            level = _LEVELS[name]
        elif any(words in line for words in _TRACE):
            level = Level.ERROR
        else:
            level = self._last.get(process, Level.INFO)
        self._last[process] = level
        return LineKind(level, process)
