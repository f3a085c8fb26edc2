"""What each generation of NVIDIA GPUs can do, by version of vLLM: kernels, precisions, methods of quantization.

Compute capability is (major, minor). The lists are from vLLM's wheels and its get_min_capability functions.
"""

import re
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from trayapp.core.machine import Gpu
    from trayapp.core.quantization import Quantization
    from trayapp.core.vllm_version import VllmVersion

# The wheels hold code for these and, as PTX, for newer ones of the same generation.
_VOLTA, _TURING, _AMPERE, _ADA, _BLACKWELL = (7, 0), (7, 5), (8, 0), (8, 9), (10, 0)

_GENERATIONS = (
    ((12, 0), "Blackwell"),
    ((10, 0), "Blackwell"),
    ((9, 0), "Hopper"),
    ((8, 9), "Ada"),
    ((8, 0), "Ampere"),
    ((7, 5), "Turing"),
    ((7, 0), "Volta"),
    ((6, 0), "Pascal"),
    ((5, 0), "Maxwell"),
    ((0, 0), "Kepler"),
)

_LEAST_NOW = {
    "awq": (7, 5),
    "auto_awq": (7, 5),
    "awq_marlin": (7, 5),
    "gptq": (7, 5),
    "auto_gptq": (7, 5),
    "gptq_marlin": (7, 5),
    "fp8": (7, 5),
    "fbgemm_fp8": (8, 0),
    "fp_quant": (10, 0),
    "modelopt": (8, 0),
    "modelopt_fp4": (7, 5),
    "mxfp4": (8, 0),
    "experts_int8": (8, 0),
    "moe_wna16": (7, 0),
    "compressed-tensors": (7, 0),
    "torchao": (7, 5),
    "bitsandbytes": (7, 0),
    "gguf": (6, 0),
}
_LEAST_BEFORE_0_16 = {
    "gptq": (6, 0),
    "awq_marlin": (8, 0),
    "gptq_marlin": (8, 0),
    "fp8": (8, 0),
    "modelopt": (8, 9),
    "modelopt_fp4": (10, 0),
}
_LEAST_BEFORE_0_25 = {"gptq": (6, 0), "modelopt": (8, 9)}

_NO_HALF = frozenset({"gemma2", "gemma3", "gemma3_text", "glm4"})
"""Models whose numbers grow beyond what float16 holds (vLLM's own list)."""

_UNIFIED = frozenset({"GB10", "ORIN", "THOR", "XAVIER", "JETSON"})


def generation(capability: tuple[int, int]) -> str:
    """Return the name of a generation, such as "Ampere"."""
    return next(name for least, name in _GENERATIONS if capability >= least)


def support_problem(gpu: "Gpu", version: "VllmVersion") -> Problem | None:
    """Return why this version of vLLM cannot run on a GPU; None when it can or nobody knows."""
    capability = gpu.compute_capability
    if capability is None:
        return None
    last = first = ""
    if capability < _VOLTA:
        pass  # no wheel was ever built for Pascal and older
    elif capability < _TURING and version.at_least(0, 21, 0):
        last = "0.18"  # seen in 0.18, gone in 0.21
    elif capability >= _BLACKWELL and not version.at_least(0, 9, 0):
        first = "0.9"  # the first wheels built with CUDA 12.8
    else:
        return None
    return Problem(
        ProblemKind.GPU_NOT_SUPPORTED,
        {**gpu_values(gpu), "version": str(version), "last_version": last, "first_version": first},
    )


def gpu_values(gpu: "Gpu") -> dict[str, str]:
    """Return how a problem names a GPU."""
    capability = gpu.compute_capability
    if capability is None:
        return {"gpu": gpu.name, "compute_capability": "?", "generation": "?"}
    number = f"{capability[0]}.{capability[1]}"
    return {"gpu": gpu.name, "compute_capability": number, "generation": generation(capability)}


def dtype_for(gpu: "Gpu", model_type: str, asked: str) -> str | Problem:
    """Return what `--dtype` says ("" for nothing): Turing and older have no bfloat16."""
    has_bfloat16 = gpu.compute_capability is None or gpu.compute_capability >= _AMPERE
    if asked == "auto":
        if has_bfloat16:
            return ""
        return "float32" if model_type in _NO_HALF else "half"
    if asked == "bfloat16" and not has_bfloat16:
        return Problem(ProblemKind.DTYPE_NOT_SUPPORTED, {**gpu_values(gpu), "dtype": asked})
    return asked


def fp8_cache_problem(gpu: "Gpu") -> Problem | None:
    """Return why a KV cache in 8 bits is impossible: Turing and older have no kernel that reads it."""
    if gpu.compute_capability is None or gpu.compute_capability >= _AMPERE:
        return None
    return Problem(ProblemKind.FP8_CACHE_NOT_SUPPORTED, gpu_values(gpu))


def has_fp8_cache(gpu: "Gpu") -> bool:
    """Whether a KV cache in 8 bits works with every kernel, so that it can be advised."""
    return gpu.compute_capability is not None and gpu.compute_capability >= _ADA


def quantization_problem(gpu: "Gpu", quantization: "Quantization", version: "VllmVersion") -> Problem | None:
    """Return why a GPU cannot compute with weights that are stored so, or None."""
    capability = gpu.compute_capability
    least = least_capability(quantization, version)
    if capability is None or least is None or capability >= least:
        return None
    return Problem(
        ProblemKind.QUANTIZATION_NOT_SUPPORTED,
        {
            **gpu_values(gpu),
            "method": quantization.method,
            "least": f"{least[0]}.{least[1]}",
            "version": str(version),
        },
    )


def least_capability(quantization: "Quantization", version: "VllmVersion") -> tuple[int, int] | None:
    """Return the least compute capability for a method, None for no method or one that nobody knows."""
    method, scheme = quantization.method, quantization.scheme
    if method == "compressed-tensors" and scheme:
        if scheme.startswith("w4a8"):
            return (9, 0)
        if scheme.endswith(("a16_int", "_fp")):
            return _TURING if version.at_least(0, 16, 0) else _AMPERE
        return _TURING
    if not version.at_least(0, 16, 0) and method in _LEAST_BEFORE_0_16:
        return _LEAST_BEFORE_0_16[method]
    if not version.at_least(0, 25, 0) and method in _LEAST_BEFORE_0_25:
        return _LEAST_BEFORE_0_25[method]
    return _LEAST_NOW.get(method)


def shares_memory(gpu: "Gpu") -> bool:
    """Whether the GPU takes from the computer's own memory (Jetson, DGX Spark)."""
    return not _UNIFIED.isdisjoint(re.findall(r"[A-Z0-9]+", gpu.name.upper()))
