"""Which NVIDIA GPUs this computer has, by NVML: what they are, what is free, who uses them.

NVML is opened and closed for each question: a driver that was updated, loaded or lost in between is seen, and nothing
of it stays in this process. No GPU is chosen and nothing is judged here. Blocking, some 20-200 ms with a real driver.
"""

import contextlib
import importlib
from dataclasses import dataclass
from typing import Any

from trayapp.core.machine import Gpu
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.gpu_users import find_gpu_users


@dataclass(frozen=True, slots=True)
class GpuSurvey:
    """What NVML told: problem says why gpus is empty, or what is wrong with one that is missing among them."""

    gpus: tuple[Gpu, ...] = ()
    problem: Problem | None = None
    driver_version: str = ""  # "570.86.16"
    cuda_version: str = ""  # the newest CUDA that the driver runs, "12.8"


def find_gpus() -> GpuSurvey:
    """Return this computer's NVIDIA GPUs in the order of the PCI bus; never raises.

    Without a driver or a GPU the problem is NO_GPU, after a driver update without a restart GPU_DRIVER_MISMATCH,
    GPU_LOST for a GPU that has stopped answering (the others are returned), and NVML_FAILED for everything else.
    """
    try:
        nvml: Any = importlib.import_module("pynvml")  # late: 20 ms that only a survey needs
    except (ImportError, OSError) as error:
        return GpuSurvey(problem=Problem(ProblemKind.NVML_FAILED, {"reason": str(error)}))
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return GpuSurvey(problem=_problem_of(nvml, error))
    try:
        return _ask(nvml)
    except nvml.NVMLError as error:
        return GpuSurvey(problem=_problem_of(nvml, error))
    finally:
        with contextlib.suppress(nvml.NVMLError):  # the driver went away meanwhile; the answer already says so
            nvml.nvmlShutdown()


def _ask(nvml: Any) -> GpuSurvey:
    driver_version = _text_or(nvml, "", nvml.nvmlSystemGetDriverVersion)
    cuda_version = read_cuda_version(_value_or(nvml, 0, nvml.nvmlSystemGetCudaDriverVersion_v2))
    count = nvml.nvmlDeviceGetCount()
    problem: Problem | None = None
    gpus: list[Gpu] = []
    for index in range(count):
        try:
            gpus.append(_ask_gpu(nvml, index))
        except nvml.NVMLError as error:
            problem = Problem(ProblemKind.GPU_LOST, {"index": index, "reason": str(error)})
    if count == 0:
        problem = Problem(ProblemKind.NO_GPU, {"reason": "the driver knows of none"})
    return GpuSurvey(tuple(gpus), problem, driver_version, cuda_version)


def _ask_gpu(nvml: Any, index: int) -> Gpu:
    handle = nvml.nvmlDeviceGetHandleByIndex(index)
    total_bytes, free_bytes, reserved_bytes = _ask_memory(nvml, handle)
    return Gpu(
        index=index,
        uuid=nvml.nvmlDeviceGetUUID(handle),
        name=_text_or(nvml, f"GPU {index}", nvml.nvmlDeviceGetName, handle),
        memory_total_bytes=total_bytes,
        memory_free_bytes=free_bytes,
        memory_reserved_bytes=reserved_bytes,
        compute_capability=_value_or(nvml, None, nvml.nvmlDeviceGetCudaComputeCapability, handle),
        display_attached=_value_or(nvml, 0, nvml.nvmlDeviceGetDisplayActive, handle) == nvml.NVML_FEATURE_ENABLED,
        users=find_gpu_users(nvml, handle),
    )


def _ask_memory(nvml: Any, handle: Any) -> tuple[int, int, int]:
    """Return total, free and reserved bytes of a GPU; total is what a program can get, as CUDA and vLLM count it.

    NVML's total includes what the driver keeps for itself (24,576 MiB of a 24 GB card, of which CUDA sees some 300 MiB
    less). Only the second form of the question tells that part; drivers before 510 know the first form alone.
    """
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle, nvml.nvmlMemory_v2)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_GPU_IS_LOST:
            raise
    else:
        return memory.total - memory.reserved, memory.free, memory.reserved
    try:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    except nvml.NVMLError as error:
        if error.value != nvml.NVML_ERROR_NOT_SUPPORTED:
            raise
        # A GPU without memory of its own (Grace, Jetson, DGX Spark) shares the computer's.
        import psutil

        shared = psutil.virtual_memory()
        return shared.total, shared.available, 0
    return memory.total, memory.free, 0


def read_cuda_version(number: int) -> str:
    """Return "12.8" for NVML's 12080, "" for 0."""
    return f"{number // 1000}.{number % 1000 // 10}" if number else ""


def _problem_of(nvml: Any, error: Any) -> Problem:
    reason = {"reason": str(error)}
    no_gpu = {
        nvml.NVML_ERROR_LIBRARY_NOT_FOUND,
        nvml.NVML_ERROR_DRIVER_NOT_LOADED,
        nvml.NVML_ERROR_NOT_FOUND,
        nvml.NVML_ERROR_GPU_NOT_FOUND,
    }
    if error.value == nvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH:
        return Problem(ProblemKind.GPU_DRIVER_MISMATCH)
    return Problem(ProblemKind.NO_GPU if error.value in no_gpu else ProblemKind.NVML_FAILED, reason)


def _value_or(nvml: Any, otherwise: Any, ask: Any, *arguments: Any) -> Any:
    """Return the answer to one question, or otherwise where this GPU or driver does not know it."""
    try:
        return ask(*arguments)
    except nvml.NVMLError as error:
        if error.value == nvml.NVML_ERROR_GPU_IS_LOST:
            raise
        return otherwise


def _text_or(nvml: Any, otherwise: str, ask: Any, *arguments: Any) -> str:
    """Return the answer to one question as text; pynvml gives bytes or text by version."""
    answer = _value_or(nvml, otherwise, ask, *arguments)
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
