"""How fast a download is: bytes a second over the last few seconds."""

import time
from collections import deque

_MARK_EVERY_S = 0.125
_OVER_S = 3.0


class Rate:
    """Counts what arrives; nothing that arrives counts, too, so that the rate falls while add is called."""

    def __init__(self, over_s: float = _OVER_S) -> None:
        self._over_s = over_s
        self._count = 0
        self._marks = deque([(time.monotonic(), 0)])
        self.bytes_a_second = 0

    def add(self, count: int) -> None:
        """Take the bytes that have arrived since the last call."""
        self._count += count
        now = time.monotonic()
        if now - self._marks[-1][0] < _MARK_EVERY_S:
            return
        while len(self._marks) > 1 and now - self._marks[0][0] > self._over_s:
            self._marks.popleft()
        began, before = self._marks[0]
        self.bytes_a_second = int((self._count - before) / (now - began))
        self._marks.append((now, self._count))
