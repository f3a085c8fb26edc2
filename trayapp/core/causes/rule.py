"""What a rule is: signs in a log, and what they prove. The rules themselves are in the files beside this one."""

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from trayapp.core.units import bytes_from_gib

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trayapp.core.causes.cause import Cause
    from trayapp.core.problems import Value

NUMBER = r"-?\d+(?:\.\d+)?"


class Rank(IntEnum):
    """How much a sign says. The highest rank in a log wins; within a rank, the first line does."""

    WRAPPER = 0  # something failed, it does not say what
    REQUEST = 1  # one request was refused; the server lives on
    AFTERMATH = 2  # follows from another cause, unless there is none
    VAGUE = 3  # a library's words, which other causes bring along too
    CAUSE = 4  # printed for this cause only


class Scene(Protocol):
    """What a rule may look at beside its sign: the lines around it, and what came before."""

    compute_capability: tuple[int, int] | None
    was_ready: bool

    def around(self, line: int, *, before: int, after: int) -> str:
        """Return the lines around one, with line ends between them."""

    def seen_before(self, line: int, mark: str) -> bool:
        """Whether one of MARKS stands above a line."""

    def count(self, mark: str) -> int:
        """Return how often one of MARKS stands in the log (counting ends at twenty)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One cause and what proves it.

    signs: any of these texts, exactly as printed; they are looked for in the whole log, quickly.
    also, unless: expressions that must, or must not, be found near the sign (`near` lines before and after).
    figures: expressions whose named groups become values (see read_values); looked for near the sign.
    decide: another cause than `cause` and whether that is sure, or None when the sign means nothing here.
    complete: adds values that follow from those read.
    any_level: believed even in a line of level INFO; elsewhere such a line proves nothing, and a WARNING less.
    """

    cause: "Cause"
    signs: tuple[str, ...]
    rank: Rank = Rank.CAUSE
    also: str = ""
    unless: str = ""
    near: tuple[int, int] = (0, 2)
    figures: tuple[str, ...] = ()
    figures_near: tuple[int, int] = (2, 4)
    decide: "Callable[[Scene, int], tuple[Cause, bool] | None] | None" = None
    complete: "Callable[[dict[str, Value]], None] | None" = None
    any_level: bool = False


def read_values(figures: tuple[str, ...], text: str) -> "dict[str, Value]":
    """Return the named groups that these expressions find, in the order of the expressions; the first find counts.

    A group named x_gib or x_mib becomes x_bytes; what looks like a whole number becomes one, like a fraction a float.
    """
    values: dict[str, Value] = {}
    for expression in figures:
        found = re.search(expression, text)
        for name, word in (found.groupdict() if found else {}).items():
            if word is None:
                continue
            key, value = _value(name, word)
            values.setdefault(key, value)
    return values


def _value(name: str, word: str) -> "tuple[str, Value]":
    stem, _, unit = name.rpartition("_")
    if unit == "gib":
        return f"{stem}_bytes", bytes_from_gib(float(word))
    if unit == "mib":
        return f"{stem}_bytes", bytes_from_gib(float(word) / 1024)
    if re.fullmatch(r"-?\d{1,18}", word):
        return name, int(word)
    if re.fullmatch(r"-?\d{1,18}\.\d{1,18}", word):
        return name, float(word)
    return name, word


MARKS: "Mapping[str, tuple[str, ...]]" = {
    # How far a start came. "Loading weights took" stands in for its successor, which the build for the CPU lacks.
    "weights_loaded": ("Model loading took", "Loading model weights took", "Loading weights took"),
    "loading": ("Starting to load model", "Loading model from scratch", "checkpoint shards:"),
    "cache_made": ("KV cache size:", "# GPU blocks:", "# cuda blocks:", "Available KV cache memory:"),
    "graphs": ("Graph capturing finished", "Capturing CUDA graph", "Capturing cudagraph"),
    "ready": ("Application startup complete",),
    # The first line that somebody's wish to stop leaves; what fails below it fails because of the stop.
    "stop": (
        "[shutdown] API server: shutdown triggered",
        "Shutting down FastAPI HTTP server",
        "INFO:     Shutting down",
        "KeyboardInterrupt: terminated",
    ),
    # The engine was told to end: by the stop of the server, or because its API had failed, which prints why later.
    "engine_told": ("trigger received signal=SIG",),
    # The build for the processor keeps everything in the computer's memory.
    "on_cpu": ("[cpu_worker.py:", "[cpu_model_runner.py:", "CPU KV cache size:", "desired CPU memory utilization"),
    "broadcast_wait": ("No available shared memory broadcast block",),
    "trouble": ("Traceback (most recent call last)", " ERROR ", "Error: ", "Exception: "),
}
"""Texts that prove nothing alone, and help to read what does."""
