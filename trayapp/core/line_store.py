"""Very many lines in little memory: a log repeats itself, and compressed it takes about a tenth."""

import zlib
from collections import OrderedDict
from collections.abc import Iterable

BLOCK_LINES = 500
"""So many are compressed together; one of them is read in a fraction of a millisecond."""
_OPEN_BLOCKS = 4  # what a screen shows lies in two, and a search goes through the others
_QUICK = 1


class LineStore:
    """A list of lines (none with a line break in it) that grows at the end and loses whole blocks at the beginning."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._newest: list[str] = []
        self._dropped = 0  # blocks: an open one keeps its number when others go
        self._open: OrderedDict[int, list[str]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self._blocks) * BLOCK_LINES + len(self._newest)

    def __getitem__(self, place: int) -> str:
        """Return a line, 0 the oldest; IndexError where there is none."""
        if not 0 <= place < len(self):
            raise IndexError(place)
        number, within = divmod(place, BLOCK_LINES)
        return self._newest[within] if number == len(self._blocks) else self._block(number)[within]

    def extend(self, lines: Iterable[str]) -> None:
        """Add lines at the end."""
        self._newest += lines
        full = len(self._newest) - len(self._newest) % BLOCK_LINES
        for first in range(0, full, BLOCK_LINES):
            text = "\n".join(self._newest[first : first + BLOCK_LINES])
            self._blocks.append(zlib.compress(text.encode(errors="surrogatepass"), _QUICK))
        del self._newest[:full]

    def drop(self, blocks: int) -> None:
        """Forget the oldest lines, BLOCK_LINES times so many."""
        del self._blocks[:blocks]
        self._dropped += blocks

    def copy(self) -> "LineStore":
        """Return the lines of now; little is copied."""
        other = LineStore()
        other._blocks, other._newest = self._blocks[:], self._newest[:]
        return other

    def clear(self) -> None:
        """Forget all lines."""
        self._blocks.clear()
        self._newest.clear()
        self._open.clear()

    def _block(self, number: int) -> list[str]:
        key = self._dropped + number
        if key not in self._open:
            self._open[key] = zlib.decompress(self._blocks[number]).decode(errors="surrogatepass").split("\n")
            if len(self._open) > _OPEN_BLOCKS:
                self._open.popitem(last=False)
        self._open.move_to_end(key)
        return self._open[key]
