"""What would make a model fit that does not; each way is tried by planning the memory again with one thing changed."""

from dataclasses import replace
from typing import TYPE_CHECKING

from trayapp.core.choices import SEQUENCES_ON_GPU, Choices, choose
from trayapp.core.gpu_support import has_fp8_cache, support_problem
from trayapp.core.memory_fit import plan_memory
from trayapp.core.memory_plan import MemoryPlan, Verdict
from trayapp.core.ways import Way

if TYPE_CHECKING:
    from trayapp.core.situation import Situation

_WORTH_IT = 1.1  # a way is told when the context becomes longer by a tenth
_MOST_UTILIZATION = 0.95
_FOUR_OF_SIXTEEN_BITS = 0.36  # 4-bit weights beside the same ones in 16 bits: embeddings and scales stay


def find_ways(situation: "Situation", choices: Choices, memory: MemoryPlan) -> tuple[Way, ...]:
    """Return what would help a model that does not fit, or not with the whole context; the nearest first."""
    ways = [way for way, other in _variants(situation, choices) if _helps(other, memory)]
    if memory.verdict is Verdict.REDUCED_CONTEXT:
        return (Way.SHORTER_CONTEXT, *ways) if situation.settings.max_model_len else tuple(ways)
    return (*ways, *(() if Way.FOUR_BITS in ways else (Way.SMALLER_MODEL,)), Way.OLLAMA, Way.REMOTE)


def _helps(other: "Situation", memory: MemoryPlan) -> bool:
    choices = choose(other)
    if not isinstance(choices, Choices):
        return False
    plan = plan_memory(other, choices)
    if memory.verdict is Verdict.DOES_NOT_FIT:
        return plan.verdict is not Verdict.DOES_NOT_FIT
    return _context_of(plan) > _context_of(memory) * _WORTH_IT


def _context_of(memory: MemoryPlan) -> int:
    return memory.largest_that_fits.low + memory.largest_that_fits.high


def _variants(situation: "Situation", choices: Choices) -> "list[tuple[Way, Situation]]":
    settings, machine, gpu = situation.settings, situation.machine, choices.gpu
    if gpu is None:
        return [(Way.FOUR_BITS, _in_four_bits(situation, choices))] if _has_full_weights(situation) else []

    def with_settings(**changes: object) -> "Situation":
        return replace(situation, settings=settings.with_changes(changes))

    freed = [replace(one, memory_free_bytes=one.memory_total_bytes) for one in machine.gpus]
    found = [(Way.FREE_MEMORY, replace(situation, machine=replace(machine, gpus=tuple(freed))))]
    if settings.gpu_memory_utilization and settings.gpu_memory_utilization < _MOST_UTILIZATION:
        found.append((Way.MORE_UTILIZATION, with_settings(gpu_memory_utilization=0.0)))
    if choices.max_num_seqs > SEQUENCES_ON_GPU:
        found.append((Way.FEWER_SEQUENCES, with_settings(max_num_seqs=SEQUENCES_ON_GPU)))
    if situation.facts.multimodal and not choices.load.images_limited:
        limit = (*settings.extra_arguments, "--limit-mm-per-prompt", '{"image":1,"video":0}')
        found.append((Way.FEWER_IMAGES, with_settings(extra_arguments=limit)))
    if not settings.enforce_eager:
        found.append((Way.EAGER, with_settings(enforce_eager=True)))
    if choices.cache_bytes_each > 1 and has_fp8_cache(gpu):
        found.append((Way.FP8_CACHE, with_settings(kv_cache_dtype="fp8")))
    usable = [one for one in machine.gpus if support_problem(one, situation.install.version) is None]
    others = sorted((one for one in usable if one not in choices.gpus), key=lambda one: -one.memory_free_bytes)
    found += [(Way.OTHER_GPU, with_settings(gpu_uuid=one.uuid)) for one in others[:1]]
    for count in range(len(choices.gpus) + 1, len(usable) + 1):
        if situation.facts.attention_heads % count == 0:
            found.append((Way.SEVERAL_GPUS, with_settings(tensor_parallel_size=count)))
            break
    if _has_full_weights(situation):
        found.append((Way.FOUR_BITS, _in_four_bits(situation, choices)))
    return found


def _has_full_weights(situation: "Situation") -> bool:
    return not situation.facts.quantization.method


def _in_four_bits(situation: "Situation", choices: Choices) -> "Situation":
    stored = situation.model.weights_bytes or choices.weights_bytes * choices.load.tensor_parallel_size
    smaller = int(stored * _FOUR_OF_SIXTEEN_BITS)
    return replace(situation, model=replace(situation.model, weights_bytes=smaller, tensors=None))
