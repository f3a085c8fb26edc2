"""Whether a model fits, and how long a context: the memory plan of a situation."""

from typing import TYPE_CHECKING

from trayapp.core.choices import Choices, cpu_space_gib
from trayapp.core.kv_cache_layout import CacheChoice, KvCacheLayout, plan_layout
from trayapp.core.launch_environment import CPU_SPACE
from trayapp.core.measured_memory import taken_memory
from trayapp.core.memory_plan import Basis, MemoryPlan, Span, Verdict
from trayapp.core.units import BLOCK_TOKENS, GIB, round_down

if TYPE_CHECKING:
    from trayapp.core.situation import Situation

HEAD_ROOM_PERCENT = 2
"""Of the context that vLLM says is possible, not asked for: memory is never quite the same twice."""

_LEAST_USEFUL_TOKENS = 512


def below_limit(max_model_len: int) -> int:
    """Return the length to ask for when max_model_len is possible: 2 % less, in whole blocks (26,608 gives 26,064)."""
    return round_down(max_model_len * (100 - HEAD_ROOM_PERCENT) // 100, BLOCK_TOKENS)


def plan_memory(situation: "Situation", choices: Choices) -> MemoryPlan:
    """Return what the memory holds under these choices, and how long a context fits."""
    layout = layout_of(situation, choices)
    taken = taken_memory(situation, choices)
    space = given_cpu_space(situation, choices, layout)
    if space is not None:
        budget, kv_cache = taken.in_budget.high + space, Span(space, space)
    else:
        share = choices.utilization
        if share is None:
            share = situation.install.version.default_gpu_memory_utilization
        budget = int(share * choices.total_bytes)
        kv_cache = Span(budget - taken.in_budget.high, budget - taken.in_budget.low)
    wanted, longest = situation.wanted_context, situation.longest_context
    fits = Span(*(layout.largest_context(max(0, end), max(wanted, longest)) for end in (kv_cache.low, kv_cache.high)))
    planned = wanted if fits.low >= wanted else below_limit(fits.low)
    for_tokens = max(planned, min(wanted, BLOCK_TOKENS))
    return MemoryPlan(
        verdict=_verdict(situation, choices, budget, fits, wanted),
        basis=taken.basis if space is None else Basis.ESTIMATED,
        total_bytes=choices.total_bytes,
        free_bytes=choices.free_bytes,
        reserve_bytes=choices.reserve_bytes,
        budget_bytes=budget,
        weights_bytes=taken.weights_bytes,
        activation=taken.overhead.activation,
        other=taken.overhead.other,
        cuda_graphs=taken.overhead.cuda_graphs,
        graphs_in_budget=taken.overhead.graphs_in_budget,
        kv_cache=kv_cache,
        kv_bytes_per_token=layout.bytes_per_token,
        kv_cache_tokens=Span(*(layout.tokens(max(0, end), for_tokens) for end in (kv_cache.low, kv_cache.high))),
        native_context=situation.facts.native_context,
        wanted_context=wanted,
        largest_that_fits=fits,
        planned_context=planned,
    )


def layout_of(situation: "Situation", choices: Choices) -> KvCacheLayout:
    """Return how the KV cache is packed under these choices."""
    choice = CacheChoice(
        version=situation.install.version,
        cache_bytes_each=choices.cache_bytes_each,
        model_bytes_each=choices.model_bytes_each,
        tensor_parallel_size=choices.load.tensor_parallel_size,
        max_num_batched_tokens=choices.load.max_num_batched_tokens,
        on_cpu=situation.install.on_cpu,
    )
    return plan_layout(situation.facts.kv_layers, choice)


def given_cpu_space(situation: "Situation", choices: Choices, layout: KvCacheLayout) -> int | None:
    """Return the bytes that a CPU build is told to use for its KV cache, by the user or by the plan; None for none."""
    if not situation.install.on_cpu:
        return None
    own = situation.settings.environment.get(CPU_SPACE, "").strip()
    if own.isdecimal() and own != "0":
        return int(own) * GIB
    planned = cpu_space_gib(situation, choices, layout.bytes_for(situation.wanted_context))
    return None if planned is None else planned * GIB


def _verdict(situation: "Situation", choices: Choices, budget: int, fits: Span, wanted: int) -> Verdict:
    if choices.utilization is not None and not situation.install.on_cpu and budget > choices.free_bytes:
        return Verdict.DOES_NOT_FIT  # vLLM checks this first
    if situation.install.on_cpu and budget > choices.free_bytes:
        return Verdict.DOES_NOT_FIT
    if fits.high < min(wanted, _LEAST_USEFUL_TOKENS):
        return Verdict.DOES_NOT_FIT
    return Verdict.FITS if fits.low >= wanted else Verdict.REDUCED_CONTEXT


def needed_bytes(memory: MemoryPlan) -> int:
    """Return what the model takes at least before any context."""
    return memory.budget_bytes - memory.kv_cache.high
