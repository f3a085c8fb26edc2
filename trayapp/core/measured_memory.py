"""What a measured start says about the next one: how much of the budget was not left for the KV cache.

vLLM prints what it has available for the KV cache. Budget less that is what everything else took, and that stays the
same for another length and another utilization; for another number of requests the estimate gives the difference.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trayapp.core.gpu_support import shares_memory
from trayapp.core.limit_keys import are_neighbours, limit_key_for
from trayapp.core.memory_estimate import Overhead, estimate_cpu_overhead, estimate_overhead
from trayapp.core.memory_plan import Basis, Span
from trayapp.core.units import MIB

if TYPE_CHECKING:
    from trayapp.core.choices import Choices
    from trayapp.core.learned_limits import LearnedStart, LimitKey
    from trayapp.core.memory_estimate import Load
    from trayapp.core.situation import Situation

_TOLERANCE_BYTES = 48 * MIB  # between starts of the same: what the log's two decimals hide, and noise of the driver
_TOLERANCE_OF_SHARED = 100  # one part of so many of the computer's memory, where other programs take from the same


@dataclass(frozen=True, slots=True)
class Taken:
    """What everything but the KV cache takes of the budget, and how that is known."""

    in_budget: Span
    overhead: Overhead
    weights_bytes: int
    basis: Basis


def taken_memory(situation: "Situation", choices: "Choices") -> Taken:
    """Return what everything but the KV cache takes: measured, computed from a neighbour, or estimated."""
    key = limit_key_for(situation, choices.gpus)
    estimate = _estimate(situation, choices, choices.load)
    start = _nearest(situation, choices, key)
    if start is None:
        weights = choices.weights_bytes
        inside = estimate.in_budget
        return Taken(Span(weights + inside.low, weights + inside.high), estimate, weights, Basis.ESTIMATED)
    budget = int(start.gpu_memory_utilization * start.memory_total_bytes)
    measured = budget - start.figures["available_kv_bytes"]
    load = replace(
        choices.load,
        max_num_seqs=start.max_num_seqs or choices.load.max_num_seqs,
        max_num_batched_tokens=start.max_num_batched_tokens or choices.load.max_num_batched_tokens,
    )
    before = _estimate(situation, choices, load).in_budget
    changes = sorted((estimate.in_budget.low - before.low, estimate.in_budget.high - before.high))
    tolerance = max(_TOLERANCE_BYTES, _shared_bytes(choices) // _TOLERANCE_OF_SHARED)
    span = Span(measured + changes[0] - tolerance, measured + changes[1] + tolerance)
    same = start.key == key and load == choices.load and start.gpu_memory_utilization == choices.utilization
    weights = start.figures.get("weights_bytes", choices.weights_bytes)
    return Taken(span, _with_figures(estimate, start), weights, Basis.MEASURED if same else Basis.NEIGHBOUR)


def _estimate(situation: "Situation", choices: "Choices", load: "Load") -> Overhead:
    if situation.install.on_cpu:
        return estimate_cpu_overhead(situation.facts, load)
    version = situation.install.version
    return estimate_overhead(situation.facts, version, load, shared_bytes=_shared_bytes(choices))


def _shared_bytes(choices: "Choices") -> int:
    """Return the size of the memory that GPU and computer share; 0 where each has its own."""
    return choices.total_bytes if any(map(shares_memory, choices.gpus)) else 0


def _nearest(situation: "Situation", choices: "Choices", key: "LimitKey") -> "LearnedStart | None":
    """Return the start to compute from: of the same GPU, model and version, whose fixed flags are the same."""
    starts = [
        start
        for start in situation.learned.starts
        if start.gpu_memory_utilization and "available_kv_bytes" in start.figures and are_neighbours(start.key, key)
    ]
    exact = [start for start in starts if start.key == key]
    alike = [start for start in starts if start.max_num_seqs == choices.max_num_seqs]
    return next(reversed(exact or alike or starts), None)


def _with_figures(overhead: Overhead, start: "LearnedStart") -> Overhead:
    """Return the parts as they were measured, for those that vLLM printed."""

    def known(name: str, span: Span) -> Span:
        value = start.figures.get(name)
        return span if value is None else Span(value, value)

    return Overhead(
        activation=known("activation_bytes", overhead.activation),
        other=known("non_torch_bytes", overhead.other),
        cuda_graphs=known("cuda_graph_bytes", overhead.cuda_graphs),
        graphs_in_budget=overhead.graphs_in_budget,
    )
