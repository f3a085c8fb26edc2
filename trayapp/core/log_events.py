"""What one line of vLLM's log says: the phase of a start, or a figure it measured. Reading only; nothing is decided."""

from dataclasses import dataclass
from enum import StrEnum


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
    """A phase began or went on; done of total where the line counts (shards, graphs), else both None."""

    phase: Phase
    done: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class FigureSeen:
    """vLLM printed something it measured.

    Names: weights_bytes, activation_bytes, non_torch_bytes, cuda_graph_bytes, cuda_graph_estimate_bytes,
    available_kv_bytes, kv_cache_tokens, max_model_len (what auto-fit found), native_context.
    """

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Listening:
    """The log says that the API is up. Only a hint to ask /health at once; readiness is decided by HTTP."""


LogEvent = PhaseSeen | FigureSeen | Listening
