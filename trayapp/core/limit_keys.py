"""Under which key a start is remembered, and which keys are neighbours: the same but for what can be computed."""

from typing import TYPE_CHECKING

from trayapp.core.launch_environment import CPU_SPACE
from trayapp.core.learned_limits import LimitKey
from trayapp.core.model_code import code_of

if TYPE_CHECKING:
    from trayapp.core.machine import Gpu
    from trayapp.core.situation import Situation

_FLAGS_END = " ; "  # behind it stand the flags in which neighbours may differ


def limit_key_for(situation: "Situation", gpus: "tuple[Gpu, ...]") -> LimitKey:
    """Return the key of a launch; what the app chooses by itself is "auto" in it, so that it stays the same."""
    settings, install = situation.settings, situation.install
    fixed = {
        "dtype": settings.dtype,
        "quantization": settings.quantization,
        "tensor_parallel_size": settings.tensor_parallel_size or 1,
        "enforce_eager": settings.enforce_eager,
        "extra": " ".join(settings.extra_arguments),
    }
    free = {
        "gpu_memory_utilization": settings.gpu_memory_utilization or "auto",
        "max_num_seqs": settings.max_num_seqs or "auto",
        "max_num_batched_tokens": settings.max_num_batched_tokens or "auto",
        "kv_cache_dtype": settings.kv_cache_dtype,
        "longest": situation.longest_context if situation.stretch else 0,
        "space": settings.environment.get(CPU_SPACE, "auto"),
    }
    parts = (" ".join(f"{name}={value}" for name, value in part.items()) for part in (fixed, free))
    return LimitKey(
        gpu="+".join(gpu.uuid for gpu in gpus) or "cpu",
        model=code_of(situation.model),
        vllm_version=str(install.version),
        flags=_FLAGS_END.join(parts),
    )


def are_neighbours(one: LimitKey, other: LimitKey) -> bool:
    """Whether what was measured under one key says something about the other."""
    same = (one.gpu, one.model, one.vllm_version) == (other.gpu, other.model, other.vllm_version)
    return same and one.flags.partition(_FLAGS_END)[0] == other.flags.partition(_FLAGS_END)[0]
