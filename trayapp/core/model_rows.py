"""A model as the lists show it, on this computer or to be had, and which of them come first. No files in here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.memory_plan import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trayapp.core.problems import Problem

LEAST_CONTEXT = 8192
"""Below this a conversation is short; a smaller model with a longer one is better."""

QUICK_ON_CPU = 4_000_000_000
"""Numbers that a processor still reads through in a bearable time for each word."""


class Place(StrEnum):
    """Where a model is."""

    CACHE = "cache"  # of Hugging Face, on this computer
    FOLDER = "folder"  # one that the settings name
    HUB = "hub"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of a list; 0, "" and None where nothing is known."""

    model: str  # what the setting `model` is to be: an id, or a folder
    name: str
    place: Place
    revision: str = ""
    size_bytes: int = 0
    weight_format: str = ""
    quantization: str = ""
    last_used_s: float = 0.0  # seconds since 1970
    verdict: Verdict | None = None
    context: int = 0  # tokens that are planned
    problem: "Problem | None" = None
    unfinished_bytes: int = 0  # of a download that was interrupted
    main: bool = True  # what the id alone means; another revision has only its folder
    gated: bool = False
    approximate: bool = False
    parameters: int = 0
    licence: str = ""
    languages: tuple[str, ...] = ()
    good_at: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether it can be started here."""
        return self.verdict in {Verdict.FITS, Verdict.REDUCED_CONTEXT}


_ORDER = (Verdict.FITS, Verdict.REDUCED_CONTEXT, Verdict.DOES_NOT_FIT, Verdict.UNSUPPORTED)


def best_first(rows: "Iterable[ModelRow]", *, on_cpu: bool) -> tuple[ModelRow, ...]:
    """Return the rows with the best for this computer first.

    What fits with a useful context comes before what hardly fits, and that before what does not; among equals the
    model with more numbers, then the one stored more exactly. On a processor large ones come after quick ones, and
    compressed ones, whose formats are made for GPUs, after plain ones. What needs a token comes after what is free.
    """

    def rank(row: ModelRow) -> tuple[int, bool, int, int]:
        cramped = row.verdict is Verdict.REDUCED_CONTEXT and row.context < LEAST_CONTEXT
        place = len(_ORDER) if row.verdict is None else _ORDER.index(row.verdict)
        if row.fits:
            slow = row.parameters > QUICK_ON_CPU or row.quantization not in {"", "bf16"}
            place = 1 if cramped or (on_cpu and slow) else 0
        larger = row.parameters if place == 0 else -row.parameters
        return place, row.gated, -larger, -row.size_bytes

    return tuple(sorted(rows, key=rank))


def smaller_that_fits(rows: "Iterable[ModelRow]", failed: str, failed_bytes: int) -> ModelRow | None:
    """Return the first row that fits with a useful context and is smaller than the model that failed, else None.

    failed is how the settings name that model. Where its size is not known (0), any other one counts as smaller.
    """
    return next(
        (
            row
            for row in rows
            if row.fits
            and failed not in {row.model, row.name}
            and (row.verdict is Verdict.FITS or row.context >= LEAST_CONTEXT)
            and (not failed_bytes or 0 < row.size_bytes < failed_bytes)
        ),
        None,
    )


def last_used_first(rows: "Iterable[ModelRow]") -> tuple[ModelRow, ...]:
    """Return the rows with the last used first, then the largest: what is on this computer."""
    return tuple(sorted(rows, key=lambda row: (-row.last_used_s, -row.size_bytes, row.name)))
