"""Which backend is best for this GPU and this model, and why: a conclusion from the plan, no measurement.

Ollama lays whole layers on the GPU and leaves the rest to the processor, so that a layer that does not fit is told.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.backend import Backend
from trayapp.core.memory_plan import Verdict
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.problems import ProblemKind
from trayapp.core.remedy import Remedy, RemedyId, remedy
from trayapp.core.ways import Way

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.found_model import FoundModel
    from trayapp.core.launch_plan import Report
    from trayapp.core.machine import Gpu
    from trayapp.core.problems import Problem

OLLAMA_OVERHEAD_BYTES = 1_395_864_371
"""1.3 GiB for CUDA itself, the buffers of a step, and a short context; from reports of 4,096 tokens on 12 GB cards."""


class Because(StrEnum):
    """Why a backend is advised."""

    IT_FITS = "it_fits"
    OTHER_SETTINGS_FIT = "other_settings_fit"  # of vLLM: fewer requests, fewer images, a shorter context
    OLDER_VLLM = "older_vllm"  # the GPU is too old for this version only
    GPU_TOO_OLD = "gpu_too_old"  # for every vLLM
    TOO_LARGE = "too_large"
    NO_GPU = "no_gpu"


@dataclass(frozen=True, slots=True)
class Advice:
    """A backend, why, and for Ollama how many of the layers would run on the processor (0 of 0: not known)."""

    backend: Backend
    because: Because
    four_bits_fit: bool = False  # a 4-bit variant of the model would fit with vLLM
    layers_on_cpu: int = 0
    layers: int = 0
    last_version: str = ""  # of vLLM, that supports the GPU
    weights_bytes: int = 0
    free_bytes: int = 0


def ways_elsewhere(problems: "Sequence[Problem]") -> tuple[Remedy, ...]:
    """Return what leads away from vLLM on this computer, where that is the way out of what refuses a start of it."""
    too_old = _too_old(problems)
    if too_old is not None:
        is_better = not too_old.values.get("last_version")
    else:
        is_better = any(each.kind is ProblemKind.MEMORY_DOES_NOT_FIT for each in problems) and _is_too_large(problems)
    return (remedy(RemedyId.USE_OLLAMA), remedy(RemedyId.OTHER_PLACE)) if is_better else ()


def advise(report: "Report", model: "FoundModel", gpu: "Gpu | None") -> Advice:
    """Return where this model should run on this computer."""
    too_old = _too_old(report.problems)
    if too_old is not None and too_old.values.get("last_version"):
        return Advice(Backend.VLLM, Because.OLDER_VLLM, last_version=str(too_old.values["last_version"]))
    if too_old is not None:
        return _with_ollama(Because.GPU_TOO_OLD, model, gpu)
    if report.verdict in {Verdict.FITS, Verdict.REDUCED_CONTEXT}:
        return Advice(Backend.VLLM, Because.IT_FITS if gpu is not None else Because.NO_GPU)
    if not _is_too_large(report.problems):
        return Advice(Backend.VLLM, Because.OTHER_SETTINGS_FIT)
    return _with_ollama(Because.TOO_LARGE, model, gpu, four_bits_fit=Way.FOUR_BITS in _ways(report.problems))


def _too_old(problems: "Sequence[Problem]") -> "Problem | None":
    return next((each for each in problems if each.kind is ProblemKind.GPU_NOT_SUPPORTED), None)


def _ways(problems: "Sequence[Problem]") -> set[str]:
    return {way for each in problems for way in str(each.values.get("ways", "")).split(",") if way}


def _is_too_large(problems: "Sequence[Problem]") -> bool:
    """Whether only another model or another place helps, and no settings."""
    return not _ways(problems) - {Way.FOUR_BITS, Way.SMALLER_MODEL, Way.OLLAMA, Way.REMOTE}


def _with_ollama(because: Because, model: "FoundModel", gpu: "Gpu | None", *, four_bits_fit: bool = False) -> Advice:
    facts = read_model_facts(model)
    layers = sum(each.count for each in facts.kv_layers) if isinstance(facts, ModelFacts) else 0
    weights, free = model.weights_bytes or 0, gpu.memory_free_bytes if gpu is not None else 0
    on_cpu, total = (layers_on_cpu(layers, weights, free), layers) if layers and weights else (0, 0)
    return Advice(Backend.OLLAMA, because, four_bits_fit, on_cpu, total, "", weights, free)


def layers_on_cpu(layers: int, weights_bytes: int, free_bytes: int) -> int:
    """Return how many layers do not fit into the free memory of the GPU."""
    room = max(0, free_bytes - OLLAMA_OVERHEAD_BYTES)
    return layers - min(layers, room * layers // weights_bytes)
