"""The memory of a GPU as one row of parts, true to scale: what a bar paints and a screen reader says. Values only."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.memory_plan import Basis

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.launch import LaunchPlan
    from trayapp.core.live_figures import MemoryInUse
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
    return _picture(memory.total_bytes, segments, of_gpu=of_gpu)


def live_picture(plan: "LaunchPlan", figures: "Mapping[str, int]", now: "MemoryInUse") -> MemoryPicture | None:
    """Return the picture of a model that runs, of all its GPUs together; None where nobody tells what is in use.

    figures are those of the start's own log (log_events.FigureSeen); what it did not say is the plan's. Where it is not
    told what the server holds, what was in use before the start counts as other programs': that is an estimate.
    """
    memory, used, total = plan.memory, now.used_bytes, now.total_bytes
    if memory is None or used is None or not total:
        return None
    count = max(1, len(plan.gpus))  # the plan's sizes, and the log's, are those of one GPU
    before = sum(gpu.memory_total_bytes - gpu.memory_free_bytes for gpu in plan.gpus)
    before = before if plan.gpus else memory.total_bytes - memory.free_bytes
    told = now.server_bytes is not None
    server = min(used, max(0, used - before if now.server_bytes is None else now.server_bytes))
    weights = min(server, count * figures.get("weights_bytes", memory.weights_bytes))
    cache = count * max(0, figures.get("available_kv_bytes", memory.kv_cache.low))
    kv_cache = min(server - weights, cache)
    tokens = figures.get("kv_cache_tokens", memory.kv_cache_tokens.low) if kv_cache == cache else 0
    known = kv_cache == cache and ("available_kv_bytes" in figures or memory.basis is Basis.MEASURED)
    reserve = min(total - used, count * memory.reserve_bytes)
    segments = (
        Segment(Part.OTHERS, used - server, told),
        Segment(Part.WEIGHTS, weights, measured=True),
        Segment(Part.WORKING, server - weights - kv_cache, told and known),
        Segment(Part.KV_CACHE, kv_cache, known, tokens),
        Segment(Part.RESERVE, reserve, measured=True),
        Segment(Part.FREE, total - used - reserve, measured=True),
    )
    return _picture(total, segments, of_gpu=bool(plan.gpus))


def _picture(total_bytes: int, segments: "tuple[Segment, ...]", *, of_gpu: bool) -> MemoryPicture:
    return MemoryPicture(total_bytes, tuple(each for each in segments if each.size_bytes > 0), of_gpu)
