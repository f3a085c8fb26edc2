"""Finding many texts in a long log quickly, and looking around what was found. What a text means is in causes/."""

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from trayapp.core.causes.rule import MARKS
from trayapp.core.log_lines import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FINDS_KEPT = 20
"""Lines remembered for one text: a line that repeats a million times must not cost more than one that comes twice."""

_SAME_KEPT = 3  # lines looked at of those that differ in digits only: long logs consist of such
_BLOCK_LINES = 4000
_NEIGHBOUR_CHARACTERS = 4000
_QUIET = re.compile(r"\b(?:INFO|DEBUG)(?:\x1b\[[\d;]*m)?(?:: {2,}| \d\d-\d\d )")
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)(?:: | \d\d-\d\d )")


def is_quiet(line: str) -> bool:
    """Whether this is a log record of level INFO or DEBUG: what it quotes has not happened."""
    if "INFO" not in line and "DEBUG" not in line:
        return False
    # Some put a whole log on one line; it is quiet only when nothing in it is loud.
    loud = "ERROR" in line or "Traceback" in line or "Error: " in line or "Exception: " in line
    return not loud and _QUIET.search(line, 0, 400) is not None


def level_of(line: str) -> str:
    """Return the level of a log record, "" for everything else (a traceback, a warning of Python, the kernel)."""
    found = _LEVEL.search(line, 0, 400)
    return found[1] if found else ""


class SearchedLog:
    """A log whose lines can be asked for texts and for what stands around them. Satisfies causes.rule.Scene.

    span: from which line on, and before which, a sign can tell why the server ended. What was printed before it was
    ready did not keep it from becoming ready; what fails after it was told to stop fails because of that.
    """

    def __init__(
        self, lines: "Sequence[str]", *, compute_capability: tuple[int, int] | None = None, was_ready: bool = False
    ) -> None:
        self.lines = lines
        self.compute_capability = compute_capability
        self.was_ready = was_ready
        self._quiet: list[int] = []
        self._loud: list[int] = []
        for number, line in enumerate(lines):
            # A frame of a traceback proves nothing; there are more of them than of anything else in a long log.
            if '", line ' in line and line.lstrip().startswith(("(", "File ")):
                continue
            (self._quiet if is_quiet(line) else self._loud).append(number)
        marks = [text for texts in MARKS.values() for text in texts]
        found = self._find_in((self._loud, self._quiet), marks)
        self._marks = {name: sorted(n for text in texts for n in found[text]) for name, texts in MARKS.items()}
        ready = self.last("ready")
        first = 0 if ready is None else ready + 1
        stop = self.first("stop", after=first - 1)
        self.span = (first, len(lines) if stop is None else stop)
        self._loud, self._quiet = self._distinct(self._loud), self._distinct(self._quiet)

    def find(self, texts: "Iterable[str]", *, loud_only: bool = True) -> "Mapping[str, list[int]]":
        """Return the lines of the span (from 0, rising) with each text: the first few, which is where causes stand."""
        return self._find_in((self._loud,) if loud_only else (self._loud, self._quiet), tuple(texts))

    def _distinct(self, numbers: list[int]) -> list[int]:
        seen: defaultdict[bytes, int] = defaultdict(int)
        kept = []
        first, end = self.span
        for number in numbers:
            if first <= number < end:
                shape = self.lines[number].encode("utf-8", "replace").translate(None, b"0123456789")
                seen[shape] += 1
                if seen[shape] <= _SAME_KEPT:
                    kept.append(number)
        return kept

    def _find_in(self, kinds: "Iterable[list[int]]", texts: "Sequence[str]") -> "Mapping[str, list[int]]":
        """Return for each kind of lines the first FINDS_KEPT with each text, and the last."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for numbers in kinds:
            left = dict.fromkeys(texts, FINDS_KEPT)
            for start in range(0, len(numbers), _BLOCK_LINES):
                self._find_in_block(numbers[start : start + _BLOCK_LINES], left, found)
        return found

    def _find_in_block(self, part: list[int], left: dict[str, int], found: "defaultdict[str, list[int]]") -> None:
        block = "\n".join([self.lines[number] for number in part])
        if block.count("\n") != len(part) - 1:
            block = "\n".join([self.lines[number].replace("\n", " ") for number in part])
        for text, more in left.items():
            at = block.find(text)
            while at >= 0:
                if more == 0:
                    found[text][-1] = part[block.count("\n", 0, block.rfind(text))]
                    break
                found[text].append(part[block.count("\n", 0, at)])
                more -= 1  # noqa: PLW2901 - counted back into the dictionary below
                line_end = block.find("\n", at)
                at = block.find(text, line_end) if line_end >= 0 else -1
            left[text] = more

    def around(self, line: int, *, before: int, after: int) -> str:
        """Return the lines around one without their decoration, with line ends between them."""
        return "\n".join(self._near(line, before, after))

    def unwrapped_around(self, line: int, *, before: int, after: int) -> str:
        """Return the same three times: as it is, joined as if cut in words, joined as if broken between words."""
        near = self._near(line, before, after)
        return "\n".join(("\n".join(near), "".join(near), " ".join(part.strip() for part in near)))

    def _near(self, line: int, before: int, after: int) -> list[str]:
        numbers = range(max(line - before, 0), min(line + after + 1, len(self.lines)))
        # A whole log may stand on the line itself; of the others only the beginning matters.
        return [normalise(self.lines[n] if n == line else self.lines[n][:_NEIGHBOUR_CHARACTERS]) for n in numbers]

    def seen_before(self, line: int, mark: str) -> bool:
        """Whether one of the texts of this mark stands above a line."""
        return any(number < line for number in self._marks[mark])

    def count(self, mark: str) -> int:
        """Return how often the texts of this mark stand in the log (counting ends at FINDS_KEPT for each)."""
        return len(self._marks[mark])

    def first(self, mark: str, *, after: int = -1) -> int | None:
        """Return the first line below `after` with this mark."""
        return next((number for number in self._marks[mark] if number > after), None)

    def where(self, mark: str) -> "Sequence[int]":
        """Return the lines with this mark, rising: of each of its texts the first FINDS_KEPT, and the last."""
        return self._marks[mark]

    def last(self, mark: str) -> int | None:
        """Return the last line with this mark."""
        return self._marks[mark][-1] if self._marks[mark] else None
