"""The memory of a GPU as one row of parts, true to scale: what a bar paints and a screen reader says. Values only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.memory_plan import Basis

if TYPE_CHECKING:
    from trayapp.core.memory_plan import MemoryPlan


class Part(StrEnum):
    """What a piece of the memory is for."""

    OTHERS = "others"  # other programs and the desktop
    WEIGHTS = "weights"
    WORKING = "working"  # activations, libraries, CUDA graphs
    KV_CACHE = "kv_cache"
    RESERVE = "reserve"
    FREE = "free"
    MISSING = "missing"  # beyond what there is


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece; measured says that its size is known, not estimated."""

    part: Part
    size_bytes: int
    measured: bool
    tokens: int = 0  # the context that a KV cache holds


@dataclass(frozen=True, slots=True)
class MemoryPicture:
    """The pieces from left to right. They fill total_bytes; what is missing stands beyond it."""

    total_bytes: int
    segments: tuple[Segment, ...]
    of_gpu: bool = True  # or the computer's memory

    @property
    def shown_bytes(self) -> int:
        """The width of the whole bar."""
        return max(1, sum(segment.size_bytes for segment in self.segments))


def memory_picture(memory: "MemoryPlan", *, of_gpu: bool) -> MemoryPicture:
    """Return the picture of a plan; where a size is a span, its cautious end counts."""
    known = memory.basis is not Basis.ESTIMATED
    others = memory.total_bytes - memory.free_bytes
    outside = 0 if memory.graphs_in_budget else memory.cuda_graphs.high
    kv_cache = max(0, memory.kv_cache.low)
    needed = memory.weights_bytes + memory.activation.low + memory.other.low
    missing = max(0, needed - memory.budget_bytes)
    # The budget is full with weights, cache and what it takes to compute.
    working = max(memory.activation.low + memory.other.low, memory.budget_bytes - memory.weights_bytes - kv_cache)
    weights = max(0, memory.weights_bytes - missing)
    used = others + weights + working + outside + kv_cache
    reserve = max(0, min(memory.reserve_bytes, memory.total_bytes - used))
    free = max(0, memory.total_bytes - used - reserve)
    tokens = memory.kv_cache_tokens.low if kv_cache else 0
    segments = (
        Segment(Part.OTHERS, others, measured=True),
        Segment(Part.WEIGHTS, weights, measured=True),
        Segment(Part.WORKING, working + outside, known),
        Segment(Part.KV_CACHE, kv_cache, known, tokens),
        Segment(Part.RESERVE, reserve, measured=True),
        Segment(Part.FREE, free, known),
        Segment(Part.MISSING, missing, known),
    )
    return MemoryPicture(memory.total_bytes, tuple(each for each in segments if each.size_bytes > 0), of_gpu)
