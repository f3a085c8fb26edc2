"""How long the event loop of this program was held up: a timer looks at the clock every 5 ms."""

import time
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

TICK_MS = 5


class Stopwatch:
    """The longest pause between two looks is how long the event loop was held up."""

    def __init__(self, parent: QObject) -> None:
        self._last_s = time.monotonic()
        self._longest_s = 0.0
        self._timer = QTimer(parent, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def runs(self) -> bool:
        """Whether it was started."""
        return self._timer.isActive()

    def start(self) -> None:
        """Count from now on."""
        self._last_s = time.monotonic()
        self._timer.start()

    def take_longest_s(self) -> float:
        """Return the longest pause since the last call."""
        self._tick()
        longest_s, self._longest_s = self._longest_s, 0.0
        return longest_s

    def _tick(self) -> None:
        now_s = time.monotonic()
        self._longest_s = max(self._longest_s, now_s - self._last_s)
        self._last_s = now_s


def memory_bytes(name: str) -> int:
    """Return a figure of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) << 10
    raise AssertionError(name)
