"""A measured figure, what it is to reach, and the table of them. Nothing is measured here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One line of the table; at_most is the limit in the same unit, None where nothing was promised."""

    what: str
    measured: float
    unit: str
    at_most: float | None = None
    how: str = ""

    @property
    def verdict(self) -> str:
        """Whether it is reached, and how much of the limit it takes."""
        if self.at_most is None:
            return ""
        share = f"{self.measured / self.at_most:.2f}" if self.at_most else "-"
        return f"{share} {'' if self.measured <= self.at_most else 'MISSED'}".strip()

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of its line."""
        limit = "" if self.at_most is None else f"{self.at_most:g} {self.unit}".strip()
        return (self.what, f"{self.measured:.3g} {self.unit}".strip(), limit, self.verdict, self.how)


_HEAD = ("what", "measured", "at most", "of the limit", "how")


def render_table(figures: Iterable[Figure]) -> str:
    """Return the figures as a Markdown table, its columns padded so that a terminal shows it well too."""
    rows = [_HEAD, *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    head, *body = (_line(row, widths) for row in rows)
    return "\n".join([head, _line(["-" * width for width in widths], widths), *body])


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(text.ljust(width) for text, width in zip(texts, widths, strict=True)) + " |"
