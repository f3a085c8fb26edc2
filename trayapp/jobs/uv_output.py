"""Reads what uv draws on a terminal while it works. Text in, progress out; nothing is run in here.

In a pipe uv says when a download begins and ends; on a terminal it draws how far each is, some times a second. What it
draws is a frame: rows that it clears before the next, each filled with blanks up to the width. With uv 0.13:

    ⠙ torch==2.13.0                                          while it chooses packages
    Resolved 148 packages in 2.14s                           a line, which stays
    ⠹ Preparing packages... (101/148)
    numpy                ------------------------------ 2.35 MiB/16.12 MiB
    triton               ------------------------------ 9.99 MiB/272.54 MiB
    ████████████░░░░░░░░ [97/148] torch==2.13.0              while it links them into the environment

A row goes when its package is whole. A download that broke and began anew has its row above the old one, which stays.
"""

import re
from collections import deque

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import GIB, KIB, MIB

WIDTH = 250
"""Columns of the terminal: a row that is longer than the terminal is wide would be cut."""

_CLEARING = re.compile(r"(?:\r?\x1b\[[0-9;?]*[A-Za-z])+")
_BAR = re.compile(r"(\S+)\s+-{10,}\s+([\d.]+) ([KMG]i)?B/([\d.]+) ([KMG]i)?B")
_PREPARING = re.compile(r"\S Preparing packages\.\.\. \(")
_LINKING = re.compile(r"\S+ \[\d+/\d+\] (\S+)==")
_CHOOSING = re.compile(r"\S (\S+)==\S+\s*")
_UNITS = {None: 1, "Ki": KIB, "Mi": MIB, "Gi": GIB}
_SILENT = re.compile(r"Using |Creating virtual environment|Activate with|Resolved |Prepared |Installed |[+~-] \S+==")
_WARNING = re.compile(r"warning: ")
_KEPT_LINES = 40


class UvOutput:
    """The progress that the frames so far add up to, and the lines that were none. step is the one it begins with."""

    def __init__(self, step: InstallStep) -> None:
        self._first_step = step
        self._step = step
        self._detail = ""
        self._rest = ""
        self._whole: dict[str, int] = {}
        self._at_work: dict[str, tuple[int, int]] = {}
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._warns = False

    def feed(self, text: str) -> bool:
        """Take what was drawn; return whether there was a frame or a line in it."""
        *parts, self._rest = _CLEARING.split(self._rest + text)
        for part in parts:
            self._part(part)
        return bool(parts)

    def end(self) -> str:
        """Take the end, and return the lines that were no progress: why uv failed, if it did."""
        self._part(self._rest.rstrip() + "\n")
        self._rest = ""
        return "\n".join(self._lines)

    def begin_again(self) -> None:
        """Expect the same uv anew: what was whole stays so, the rest is fetched from its beginning."""
        self._step, self._detail, self._rest, self._warns = self._first_step, "", "", False
        self._at_work.clear()
        self._lines.clear()

    @property
    def whole_packages(self) -> int:
        """How many packages were fetched whole."""
        return len(self._whole)

    @property
    def progress(self) -> InstallProgress:
        """How far it is."""
        whole_bytes = sum(self._whole.values())
        done_bytes = whole_bytes + sum(done for done, _ in self._at_work.values())
        total_bytes = whole_bytes + sum(total for _, total in self._at_work.values())
        return InstallProgress(self._step, done_bytes, total_bytes, self._detail)

    def _part(self, part: str) -> None:
        *lines, frame = part.split("\n")
        for line in lines:
            self._line(line.rstrip())
        if frame.strip():
            self._frame(frame)

    def _line(self, line: str) -> None:
        text = line.strip()
        if not text or _SILENT.match(text):
            return
        if _WARNING.match(line) or (self._warns and line.startswith(" ")):
            self._warns = True
            return
        self._warns = False
        self._lines.append(line)

    def _frame(self, frame: str) -> None:
        sizes = dict(_sizes(bar) for bar in reversed(list(_BAR.finditer(frame))))  # the first of a name counts
        if _PREPARING.match(frame):
            self._at_work_now(sizes)
            self._step = InstallStep.DOWNLOADING
            self._detail = max(sizes, key=lambda name: sizes[name][1], default="")
        elif match := _LINKING.match(frame):
            self._at_work_now({})
            self._step, self._detail = InstallStep.UNPACKING, match.group(1)
        elif match := _CHOOSING.fullmatch(frame):
            self._detail = match.group(1)
        elif self._step is InstallStep.PREPARING:
            self._at_work = sizes  # a Python, which uv brings

    def _at_work_now(self, sizes: dict[str, tuple[int, int]]) -> None:
        self._whole |= {name: total for name, (_, total) in self._at_work.items()}
        self._whole = {name: total for name, total in self._whole.items() if name not in sizes}
        self._at_work = sizes


def _sizes(bar: "re.Match[str]") -> tuple[str, tuple[int, int]]:
    name, done, done_unit, total, total_unit = bar.groups()
    return name, (int(float(done) * _UNITS[done_unit]), int(float(total) * _UNITS[total_unit]))
