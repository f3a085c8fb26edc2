"""Reads what `uv pip install` says while it works. Lines in, progress out; nothing is run in here.

The lines are those of uv 0.13 with its output in a pipe:

    Resolved 148 packages in 2.14s
    Downloading torch (182.9MiB)
     Downloaded torch
    Prepared 148 packages in 12.01s
    Installed 148 packages in 1.33s
     + torch==2.13.0+cpu

Packages below 1 MiB are fetched without a word. A line of another shape is kept as a possible reason of a failure.
"""

import re
from collections import deque

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import GIB, KIB, MIB

_DOWNLOADING = re.compile(r"Downloading (\S+) \(([\d.]+)(B|KiB|MiB|GiB)\)")
_DOWNLOADED = re.compile(r"Downloaded (\S+)")
_STEPS = (
    (re.compile(r"Resolved \d+ packages?\b"), InstallStep.DOWNLOADING),
    (re.compile(r"Prepared \d+ packages?\b"), InstallStep.UNPACKING),
    (re.compile(r"Installed \d+ packages?\b"), InstallStep.CHECKING),
)
_SILENT = re.compile(r"Using Python |[+~-] \S+==|Building |Built |Audited |Uninstalled |warning: ")
_UNITS = {"B": 1, "KiB": KIB, "MiB": MIB, "GiB": GIB}
_KEPT_LINES = 12


class UvOutput:
    """The progress that the lines so far add up to, and the last lines that were none."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._done_bytes = 0
        self._step = InstallStep.RESOLVING
        self._other: deque[str] = deque(maxlen=_KEPT_LINES)

    def read(self, line: str) -> InstallProgress | None:
        """Return the progress after this line, or None when it says nothing new."""
        text = line.strip()
        name = ""
        if match := _DOWNLOADING.fullmatch(text):
            name, number, unit = match.groups()
            self._sizes[name] = int(float(number) * _UNITS[unit])
            self._step = InstallStep.DOWNLOADING
        elif match := _DOWNLOADED.fullmatch(text):
            name = match.group(1)
            self._done_bytes += self._sizes.get(name, 0)
        elif step := next((step for pattern, step in _STEPS if pattern.match(text)), None):
            self._step = step
        else:
            if text and not _SILENT.match(text):
                self._other.append(text)
            return None
        return InstallProgress(self._step, self._done_bytes, sum(self._sizes.values()), name)

    @property
    def reason(self) -> str:
        """The last lines that were no progress: why uv failed, if it did."""
        return "\n".join(self._other)
