"""Ways out of too little memory of the GPU, and of this computer's settings that need it.

The phase decides: what is right while the cache is sized is wrong while the weights are loaded.
"""

from typing import TYPE_CHECKING

from trayapp.core.remedy import Case, Remedy, RemedyId, remedy
from trayapp.core.units import BLOCK_TOKENS, GIB, round_down

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_USEFUL_TOKENS = 512
"""A context length under this is offered but not taken unasked: nobody can talk to a model with so short a memory."""
_CLEARLY_MORE_BYTES = GIB // 4
"""A desktop takes some more and gives it back all the time."""


def kv_cache_too_small(case: Case) -> "Iterator[Remedy]":
    """The cache does not hold one request of full length: ask for the length that fits."""
    estimated = case.whole("estimated_max_model_len")
    asked = case.whole("max_model_len") or case.settings.max_model_len
    if estimated is not None:
        if asked and estimated >= asked:
            # Old engines measure again for every length and do not always find the same: ask for clearly less.
            estimated = asked * 9 // 10
        length = round_down(estimated, BLOCK_TOKENS)
        if length >= BLOCK_TOKENS:
            useful = length >= LEAST_USEFUL_TOKENS
            yield remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=useful, max_model_len=length)
    yield from _raise_utilization(case)
    yield from _fp8_cache(case)
    yield _make_room(case)
    yield from _another(case)


def _raise_utilization(case: Case) -> "Iterator[Remedy]":
    # Only the person knows whether the rest of the card is free to take; the plan takes what is free by itself.
    if case.settings.gpu_memory_utilization and case.settings.gpu_memory_utilization < 0.9 and not on_cpu(case):
        higher = min(round(case.settings.gpu_memory_utilization + 0.05, 2), 0.95)
        yield remedy(RemedyId.RAISE_UTILIZATION, gpu_memory_utilization=higher)


def _fp8_cache(case: Case) -> "Iterator[Remedy]":
    if case.settings.kv_cache_dtype == "auto" and not on_cpu(case) and _capability(case) >= (8, 9):
        yield remedy(RemedyId.FP8_KV_CACHE, kv_cache_dtype="fp8")


def on_cpu(case: Case) -> bool:
    """Whether the attempt ran on the processor, where memory of the GPU does not matter."""
    return case.values.get("on_cpu") is True or (case.plan is not None and case.plan.on_cpu)


def _capability(case: Case) -> tuple[int, int]:
    gpus = case.plan.gpus if case.plan else ()
    return min((gpu.compute_capability or (0, 0) for gpu in gpus), default=(0, 0))


def no_blocks(case: Case) -> "Iterator[Remedy]":
    """Nothing was left for the cache: more of the card, or less beside the cache. Never less of the card."""
    yield from _raise_utilization(case)
    yield from _smaller_batch(case, automatic=False)
    yield from eager(case)
    yield _make_room(case)
    yield from _another(case)


def _make_room(case: Case) -> Remedy:
    return remedy(RemedyId.CLOSE_PROGRAMS if on_cpu(case) else RemedyId.SHOW_GPU_USERS)


def _smaller_batch(case: Case, *, automatic: bool) -> "Iterator[Remedy]":
    if not case.settings.max_num_batched_tokens or case.settings.max_num_batched_tokens > 1024:
        sequences = min(case.settings.max_num_seqs or 16, 16)
        yield remedy(RemedyId.SMALLER_BATCH, automatic=automatic, max_num_batched_tokens=1024, max_num_seqs=sequences)


def eager(case: Case) -> "Iterator[Remedy]":
    """No CUDA graphs: slower, and their memory is free."""
    if not case.settings.enforce_eager:
        yield remedy(RemedyId.EAGER_MODE, automatic=True, enforce_eager=True)


def free_memory(case: Case) -> "Iterator[Remedy]":
    """Less is free than asked for: take what is free when that is nearly as much, else see who has it."""
    free, total = case.whole("free_bytes"), case.whole("total_bytes")
    share = free / total if free is not None and total else 0.0
    # Two hundredths less than free: what is free changes while the server starts.
    lower = int(share * 100 - 2) / 100
    if share >= 0.3 and lower >= 0.05:
        near = case.share() - share <= 0.12
        take_less = remedy(RemedyId.TAKE_WHAT_IS_FREE, automatic=near, gpu_memory_utilization=lower)
        yield from (take_less, _make_room(case)) if near else (_make_room(case), take_less)
    else:
        yield _make_room(case)
        yield remedy(RemedyId.END_LEFTOVERS)
    if not on_cpu(case):
        yield remedy(RemedyId.CLOSE_PROGRAMS)


def _another(case: Case) -> "Iterator[Remedy]":
    """Another model, or a program that lays the rest of this one on the processor."""
    yield remedy(RemedyId.CHOOSE_SMALLER_MODEL)
    if not on_cpu(case):
        yield remedy(RemedyId.USE_OLLAMA)


def out_of_memory_loading(case: Case) -> "Iterator[Remedy]":
    """The weights alone do not fit."""
    # Utilization sizes the cache after the weights are in: neither more nor less of it helps here.
    yield remedy(RemedyId.SHOW_GPU_USERS)
    yield from _another(case)


def out_of_memory_measuring(case: Case) -> "Iterator[Remedy]":
    """What stands beside the cache does not fit: make that smaller, and the cache too."""
    yield from _fewer_sequences(case, case.whole("dummy_requests"))
    yield from _lower_utilization(case)
    yield from eager(case)
    yield from _smaller_batch(case, automatic=False)
    yield remedy(RemedyId.SHOW_GPU_USERS)
    yield from _another(case)


def _fewer_sequences(case: Case, now: int | None) -> "Iterator[Remedy]":
    launched = case.plan.remembered_as if case.plan else None
    given = case.settings.max_num_seqs or (launched.max_num_seqs if launched else 0)
    now = given or now or 256  # what vLLM takes by itself on a card for a desktop
    if now > 16:
        yield remedy(RemedyId.FEWER_SEQUENCES, automatic=True, max_num_seqs=max(now // 4, 16))


def _lower_utilization(case: Case) -> "Iterator[Remedy]":
    lower = round(case.share() - 0.05, 2)
    if lower >= 0.3 and not on_cpu(case):
        which = RemedyId.TAKE_WHAT_IS_FREE if _others_grew(case) else RemedyId.LOWER_UTILIZATION
        yield remedy(which, automatic=True, gpu_memory_utilization=lower)


def _others_grew(case: Case) -> bool:
    """Whether other programs had clearly more of the GPU at the end than when the launch was planned."""
    others, gpus = case.whole("other_process_bytes") or 0, case.plan.gpus if case.plan else ()
    planned = max((gpu.memory_total_bytes - gpu.memory_free_bytes for gpu in gpus), default=0)
    return others > planned + _CLEARLY_MORE_BYTES


def out_of_memory_serving(case: Case) -> "Iterator[Remedy]":
    """It became too much while serving: leave more room beside the cache."""
    yield from _lower_utilization(case)
    yield from _smaller_batch(case, automatic=False)
    yield remedy(RemedyId.SHOW_GPU_USERS)


def race(_case: Case) -> "Iterator[Remedy]":
    """Another program let go of memory during the measurement: measure again."""
    yield remedy(RemedyId.RETRY, automatic=True)
    yield remedy(RemedyId.CLOSE_PROGRAMS)


def mamba(case: Case) -> "Iterator[Remedy]":
    """Every sequence needs a block of its own, and the message says how many there are."""
    blocks = case.whole("blocks")
    if blocks is not None and blocks > 0:
        yield remedy(RemedyId.FEWER_SEQUENCES, automatic=True, max_num_seqs=blocks)
    yield from _raise_utilization(case)
    yield from eager(case)
