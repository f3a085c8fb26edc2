"""What one line of vLLM's log says: the phase of a start, or a figure it measured. Reading only; nothing is decided.

The wordings are those of vLLM 0.6 to 0.33; they differ from version to version, so several stand beside each other.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.units import bytes_from_gib

if TYPE_CHECKING:
    from collections.abc import Callable


class Phase(StrEnum):
    """A step of a start-up, in the order of appearance."""

    LAUNCHING = "launching"  # the program runs and has said nothing yet
    READING_MODEL = "reading_model"  # config and tokenizer
    LOADING_WEIGHTS = "loading_weights"
    COMPILING = "compiling"
    MEASURING_MEMORY = "measuring_memory"
    CAPTURING_GRAPHS = "capturing_graphs"
    STARTING_API = "starting_api"


@dataclass(frozen=True, slots=True)
class PhaseSeen:
    """A phase began or went on; done of total where the line counts (shards, graphs), else both None.

    Some versions capture graphs once to measure and once for good, and several workers print the same lines:
    phases may come again, also an earlier one after a later one.
    """

    phase: Phase
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class FigureSeen:
    """vLLM printed something it measured.

    Names: weights_bytes, activation_bytes, non_torch_bytes, cuda_graph_bytes, cuda_graph_estimate_bytes,
    available_kv_bytes (may be negative), kv_cache_tokens, max_model_len (what auto-fit found), native_context.
    """

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Listening:
    """The log says that the API is up. Only a hint to ask /health at once; readiness is decided by HTTP."""


LogEvent = PhaseSeen | FigureSeen | Listening

_NUMBER = r"(-?\d+(?:\.\d+)?)"


def read_log_events(line: str) -> tuple[LogEvent, ...]:
    """Return everything that this line says, in the order of its importance; mostly nothing.

    Takes a line as LineAssembler gives it, decoration included.
    """
    for words, read in _READERS:
        if words in line:
            events = read(line)
            if events:
                return events
    return ()


def read_log_event(line: str) -> LogEvent | None:
    """Return the first thing that this line says, or None."""
    events = read_log_events(line)
    return events[0] if events else None


def _always(event: LogEvent) -> "Callable[[str], tuple[LogEvent, ...]]":
    return lambda _line: (event,)


def _counted(phase: Phase, expression: str) -> "Callable[[str], tuple[LogEvent, ...]]":
    def read(line: str) -> tuple[LogEvent, ...]:
        found = re.search(expression, line)
        return (PhaseSeen(phase, int(found[1]), int(found[2])),) if found else ()

    return read


def _figures(expression: str, *names: str, phase: Phase | None = None) -> "Callable[[str], tuple[LogEvent, ...]]":
    """Return a reader of one figure for each group; names that end in _bytes are printed in GiB."""
    after: tuple[LogEvent, ...] = (PhaseSeen(phase),) if phase else ()

    def read(line: str) -> tuple[LogEvent, ...]:
        found = re.search(expression, line)
        if not found:
            return ()
        pairs = zip(names, found.groups(), strict=True)
        return (*(FigureSeen(name, _whole(name, text)) for name, text in pairs if text is not None), *after)

    return read


def _whole(name: str, text: str) -> int:
    return bytes_from_gib(float(text)) if name.endswith("_bytes") else int(text.replace(",", ""))


# An expression is compiled by its first use: an app that has started no model yet needs none of them.
# Each reader stands behind a piece of text that its lines contain: looking for that is twenty times as fast as an
# expression, and nearly all lines of a log say nothing to us. The first that reads something wins.
_READERS: "tuple[tuple[str, Callable[[str], tuple[LogEvent, ...]]], ...]" = (
    (
        "checkpoint shards",
        _counted(Phase.LOADING_WEIGHTS, r"checkpoint shards[^:]*: +\d+% Completed \| (\d+)/(\d+)"),
    ),
    # A bar: Capturing CUDA graphs (decode, FULL):  34%|███▍      | 23/67 [00:01<00:02, 20.4it/s]
    ("Capturing ", _counted(Phase.CAPTURING_GRAPHS, r"Capturing (?:CUDA|cudagraph)[^:]*: +\d+%\|[^|]*\| *(\d+)/(\d+)")),
    ("Capturing the model for CUDA graphs", _always(PhaseSeen(Phase.CAPTURING_GRAPHS))),  # 0.6
    ("Capturing cudagraphs", _always(PhaseSeen(Phase.CAPTURING_GRAPHS))),
    ("Prefetching checkpoint files", _counted(Phase.LOADING_WEIGHTS, r"files: +\d+% \((\d+)/(\d+)\)")),
    (
        " took ",
        _figures(
            rf"(?:Loading model weights|Model loading) took {_NUMBER} Gi?B",
            "weights_bytes",
            phase=Phase.MEASURING_MEMORY,
        ),
    ),
    ("Graph capturing finished in", _figures(rf"took {_NUMBER} GiB", "cuda_graph_bytes")),
    ("init engine (profile", _always(PhaseSeen(Phase.STARTING_API))),
    ("torch.compile took", _always(PhaseSeen(Phase.MEASURING_MEMORY))),
    ("torch.compile takes", _always(PhaseSeen(Phase.MEASURING_MEMORY))),
    (
        "Available KV cache memory:",
        _figures(rf"memory: {_NUMBER} GiB", "available_kv_bytes", phase=Phase.MEASURING_MEMORY),
    ),
    ("KV cache size:", _figures(r"(?:GPU|CPU|XPU)(?: \+ host)? KV cache size: ([\d,]+) tokens", "kv_cache_tokens")),
    (
        "Auto-fit max_model_len",
        _figures(
            r"(?:reduced from (?=(?:\d+) to (\d+))(\d+)|full model context length (\d+) fits)",
            "max_model_len",
            "native_context",
            "max_model_len",
        ),
    ),
    ("Estimated CUDA graph memory:", _figures(rf"memory: {_NUMBER} GiB", "cuda_graph_estimate_bytes")),
    ("Profiling CUDA graph memory", _always(PhaseSeen(Phase.MEASURING_MEMORY))),
    # The only line that tells all parts of the budget; 0.9 to 0.32 print it at debug level only.
    (
        "Actual usage is",
        _figures(
            rf"{_NUMBER} GiB for peak activation(?:, {_NUMBER} GiB for non-torch memory)?, "
            rf"and {_NUMBER} GiB for CUDAGraph",
            "activation_bytes",
            "non_torch_bytes",
            "cuda_graph_bytes",
        ),
    ),
    # 0.6 to 0.8: "model weights take 2.89GiB; non_torch_memory takes 0.06GiB; PyTorch activation peak memory takes
    # 1.19GiB; the rest of the memory reserved for KV Cache is 16.87GiB."
    (
        "model weights take",
        _figures(
            rf"model weights take {_NUMBER} ?GiB; non_torch_memory takes {_NUMBER} ?GiB; "
            rf"PyTorch activation peak memory takes {_NUMBER} ?GiB; "
            rf"the rest of the memory reserved for KV Cache is {_NUMBER} ?GiB",
            "weights_bytes",
            "non_torch_bytes",
            "activation_bytes",
            "available_kv_bytes",
            phase=Phase.MEASURING_MEMORY,
        ),
    ),
    ("Starting to load model", _always(PhaseSeen(Phase.LOADING_WEIGHTS))),
    ("Loading model from scratch", _always(PhaseSeen(Phase.LOADING_WEIGHTS))),
    ("Loading weights took", _always(PhaseSeen(Phase.LOADING_WEIGHTS))),
    ("Using cache directory: ", _always(PhaseSeen(Phase.COMPILING))),
    ("Dynamo bytecode transform time", _always(PhaseSeen(Phase.COMPILING))),
    ("Compiling a graph for ", _always(PhaseSeen(Phase.COMPILING))),
    ("for the compilation...", _always(PhaseSeen(Phase.COMPILING))),  # the build for the CPU
    ("Initial profiling/warmup run took", _always(PhaseSeen(Phase.MEASURING_MEMORY))),
    ("GiB for KV cache on node", _figures(rf"\({_NUMBER}/", "available_kv_bytes", phase=Phase.MEASURING_MEMORY)),
    ("Directly load ", _always(PhaseSeen(Phase.COMPILING))),
    ("LLM engine (v", _always(PhaseSeen(Phase.READING_MODEL))),
    ("Resolved architecture", _always(PhaseSeen(Phase.READING_MODEL))),
    ("Using max model len", _always(PhaseSeen(Phase.READING_MODEL))),
    ("server version ", _always(PhaseSeen(Phase.READING_MODEL))),
    ("Starting vLLM ", _always(PhaseSeen(Phase.STARTING_API))),
    ("Started server process", _always(PhaseSeen(Phase.STARTING_API))),
    ("Application startup complete", _always(Listening())),
    ("Uvicorn running on", _always(Listening())),
)
