"""The values of a launch that the settings leave open: which GPUs, how much of them, how many requests, which types."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.gpu_support import dtype_for, fp8_cache_problem, shares_memory, support_problem
from trayapp.core.launch_environment import CPU_SPACE
from trayapp.core.limit_keys import limit_key_for
from trayapp.core.memory_estimate import Load, estimate_cpu_overhead
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.quantization import quantization_argument
from trayapp.core.units import GIB
from trayapp.core.weights import weights_bytes

if TYPE_CHECKING:
    from trayapp.core.machine import Gpu
    from trayapp.core.situation import Situation
    from trayapp.core.vllm_version import VllmVersion

SEQUENCES_ON_GPU = 16
"""Requests at once for one person's machine. vLLM's default of 256 costs 38 B for each and word of the vocabulary,
up to 1.4 GiB, and CUDA graphs for batches that never come."""

SEQUENCES_ON_CPU = 4

_LARGE_GPU_BYTES = 70 * GIB  # from here on vLLM prepares for a data centre (arg_utils.py)
_HUGE_GPU_BYTES = 160 * GIB
_LIMIT_IMAGES = ("--limit-mm-per-prompt", '{"image":1,"video":0}')
_IMAGE_FLAGS = ("--limit-mm-per-prompt", "--language-model-only")
_CPU_SEQUENCES_KEPT = 4  # full contexts that the cache of a CPU build is made for, where the RAM allows it
_SERVER_BYTES = int(1.5 * GIB)  # RAM of the API server and the launcher, beside the engine


@dataclass(frozen=True, slots=True)
class Choices:
    """What a launch will be told; the flags are "" and the numbers None where vLLM is not told."""

    gpus: "tuple[Gpu, ...]"
    load: Load
    max_num_seqs: int
    utilization: float | None
    total_bytes: int  # of one GPU, or of the RAM
    free_bytes: int
    reserve_bytes: int
    weights_bytes: int  # on one GPU
    dtype: str
    quantization: str
    kv_cache_dtype: str
    model_bytes_each: int
    cache_bytes_each: float
    image_arguments: tuple[str, ...] = ()

    @property
    def gpu(self) -> "Gpu | None":
        """The GPU that decides: the one with the least free memory; None for a CPU build."""
        return min(self.gpus, key=lambda gpu: gpu.memory_free_bytes, default=None)


def choose(situation: "Situation") -> Choices | Problem:
    """Return the choices for a situation, or the problem that leaves none."""
    settings, install, facts = situation.settings, situation.install, situation.facts
    ranks = 1 if install.on_cpu else settings.tensor_parallel_size or 1
    gpus = () if install.on_cpu else choose_gpus(situation, ranks)
    if not gpus and not install.on_cpu:
        return situation.machine.gpu_problem or Problem(ProblemKind.NO_GPU, {"reason": ""})
    if ranks > 1 and (len(gpus) < ranks or facts.attention_heads % ranks):
        return _no_split(situation, ranks)
    gpu = gpus[0] if gpus else None
    dtype = dtype_for(gpu, facts.model_type, settings.dtype) if gpu else settings.dtype.removeprefix("auto")
    if isinstance(dtype, Problem):
        return dtype
    cache_dtype = settings.kv_cache_dtype.removeprefix("auto")
    if gpu is not None and cache_dtype.startswith("fp8"):
        problem = fp8_cache_problem(gpu)
        if problem is not None:
            return problem
    machine = situation.machine
    ram = min(machine.memory_node_bytes or machine.memory_total_bytes, machine.memory_total_bytes)
    total = min((gpu.memory_total_bytes for gpu in gpus), default=ram)
    free = min((gpu.memory_free_bytes for gpu in gpus), default=min(machine.memory_available_bytes, ram))
    explicit = bool(settings.gpu_memory_utilization)
    sequences = settings.max_num_seqs or (SEQUENCES_ON_CPU if install.on_cpu else SEQUENCES_ON_GPU)
    model_bytes_each = 4 if dtype in {"float32", "float"} else 2
    images = _image_arguments(situation)
    load = Load(
        max_num_seqs=sequences,
        max_num_batched_tokens=_batched_tokens(situation, gpu, sequences),
        tensor_parallel_size=ranks,
        enforce_eager=settings.enforce_eager,
        images_limited=bool(images) or _images_are_limited(settings.extra_arguments),
        images_off="--language-model-only" in settings.extra_arguments,
    )
    return Choices(
        gpus=gpus,
        load=load,
        max_num_seqs=sequences,
        utilization=_utilization(situation, gpus),
        total_bytes=total,
        free_bytes=free,
        reserve_bytes=0 if explicit or install.on_cpu else max(_reserve_bytes(situation, gpu) for gpu in gpus),
        weights_bytes=weights_bytes(situation.model, facts, settings.quantization, model_bytes_each) // ranks,
        dtype=dtype,
        quantization=_quantization(situation, gpu),
        kv_cache_dtype=cache_dtype,
        model_bytes_each=model_bytes_each,
        cache_bytes_each=_cache_bytes_each(situation, cache_dtype, model_bytes_each),
        image_arguments=images,
    )


def choose_gpus(situation: "Situation", count: int) -> "tuple[Gpu, ...]":
    """Return the GPUs to run on: those that can, the one of the settings first, then those with most free memory."""
    settings, version = situation.settings, situation.install.version
    order = sorted(
        situation.machine.gpus,
        key=lambda gpu: (
            support_problem(gpu, version) is not None,
            gpu.uuid != settings.gpu_uuid,
            -gpu.memory_free_bytes,
            gpu.index,
        ),
    )
    return tuple(sorted(order[:count], key=lambda gpu: gpu.index))


def cpu_space_gib(situation: "Situation", choices: Choices, full_context_bytes: int) -> int | None:
    """Return GiB of RAM for the KV cache of a CPU build; None where the user or a GPU decides.

    The RAM that is free, less weights and programs, but no more than a few full contexts take; at least 1.
    """
    settings = situation.settings
    if not situation.install.on_cpu or settings.gpu_memory_utilization or CPU_SPACE in settings.environment:
        return None
    needed = estimate_cpu_overhead(situation.facts, choices.load)
    left = choices.free_bytes - choices.weights_bytes - needed.activation.high - needed.other.high - _SERVER_BYTES
    left = left * 3 // 4  # other programs grow, and RAM that runs out ends some program without a word
    useful = -(-_CPU_SEQUENCES_KEPT * full_context_bytes // GIB)
    return max(1, min(left // GIB, useful))


def _utilization(situation: "Situation", gpus: "tuple[Gpu, ...]") -> float | None:
    """Return the share of the GPU to take: the one asked for, else what is free less the reserve, rounded down.

    No more than was left by an attempt, or an earlier start, to which more was too much.

    What keeps a start from running out of memory is this share alone: vLLM fills it with KV cache whatever the context
    length, so that planning a shorter context for a card would not make it any safer.
    """
    settings, install = situation.settings, situation.install
    if settings.gpu_memory_utilization:
        return settings.gpu_memory_utilization
    if install.on_cpu:
        return None
    known = situation.learned.find(limit_key_for(situation, gpus))
    lowered = (situation.attempt.lowered_utilization, known.lowered_utilization if known else 0.0)
    share = min(
        (gpu.memory_free_bytes - _reserve_bytes(situation, gpu)) / max(1, gpu.memory_total_bytes) for gpu in gpus
    )
    # A hundredth of a per cent of a rounding error must not cost a whole per cent.
    # 0 is no share for vLLM; where nothing is free the plan does not fit anyway.
    most = min((install.version.default_gpu_memory_utilization, *filter(None, lowered)))
    return min(most, max(1, int(share * 100 + 1e-6)) / 100)


def _reserve_bytes(situation: "Situation", gpu: "Gpu") -> int:
    """Return what is left to the desktop; where all share one memory, the server's own processes need theirs, too."""
    return situation.settings.memory_reserve_bytes + (_SERVER_BYTES if shares_memory(gpu) else 0)


def _batched_tokens(situation: "Situation", gpu: "Gpu | None", sequences: int) -> int:
    """Return how many tokens vLLM computes at once: the setting, else its default for such a GPU."""
    settings, version = situation.settings, situation.install.version
    if settings.max_num_batched_tokens:
        return settings.max_num_batched_tokens
    tokens = default_batched_tokens(gpu, version)
    if not version.at_least(0, 8, 0) and situation.wanted_context <= 32768:
        tokens = max(tokens, situation.wanted_context)  # without chunked prefill a prompt is computed as a whole
    return min(tokens, sequences * situation.wanted_context)


def default_batched_tokens(gpu: "Gpu | None", version: "VllmVersion") -> int:
    """Return vLLM's default of max_num_batched_tokens for a server on this GPU."""
    if gpu is None:
        return 4096
    if not _is_for_a_data_centre(gpu):
        return 2048
    return 16384 if gpu.memory_total_bytes >= _HUGE_GPU_BYTES and version.at_least(0, 28, 0) else 8192


def default_sequences(gpu: "Gpu | None") -> int:
    """Return vLLM's default of max_num_seqs for a server on this GPU."""
    return 1024 if gpu is not None and _is_for_a_data_centre(gpu) else 256


def _is_for_a_data_centre(gpu: "Gpu") -> bool:
    """Whether vLLM prepares for many on this GPU: by its size, but for two that it knows by name."""
    return gpu.memory_total_bytes >= _LARGE_GPU_BYTES and not any(name in gpu.name for name in ("A100", "GB10"))


def _image_arguments(situation: "Situation") -> tuple[str, ...]:
    settings, version = situation.settings, situation.install.version
    if not situation.facts.multimodal or not version.at_least(0, 9, 0):  # before that it was written otherwise
        return ()
    given = any(argument.partition("=")[0] in _IMAGE_FLAGS for argument in settings.extra_arguments)
    return () if given else _LIMIT_IMAGES


def _images_are_limited(extra_arguments: tuple[str, ...]) -> bool:
    """Whether the user's own flags allow no video."""
    text = " ".join(extra_arguments).replace(" ", "")
    return "--language-model-only" in text or '"video":0' in text


def _quantization(situation: "Situation", gpu: "Gpu | None") -> str:
    asked, facts = situation.settings.quantization, situation.facts
    if asked == "none" or facts.quantization.declared:
        return ""
    if asked != "auto":
        return asked
    return quantization_argument(facts.quantization, situation.install.version, gpu.compute_capability if gpu else None)


def _cache_bytes_each(situation: "Situation", cache_dtype: str, model_bytes_each: int) -> float:
    """Return bytes of one number of the KV cache; from 0.14 on "auto" follows a checkpoint made for FP8."""
    if cache_dtype.startswith("fp8"):
        return 1
    if cache_dtype:
        return 2
    follows = situation.install.version.at_least(0, 14, 0)
    if follows and situation.facts.quantization.kv_cache_dtype == "fp8" and not situation.install.on_cpu:
        return 1
    return model_bytes_each


def _no_split(situation: "Situation", ranks: int) -> Problem:
    usable = [gpu for gpu in situation.machine.gpus if support_problem(gpu, situation.install.version) is None]
    heads = situation.facts.attention_heads
    possible = [count for count in range(1, len(usable) + 1) if heads % count == 0]
    return Problem(
        ProblemKind.TENSOR_PARALLEL_NOT_POSSIBLE,
        {"asked": ranks, "heads": heads, "gpus": len(usable), "possible": ", ".join(map(str, possible))},
    )
