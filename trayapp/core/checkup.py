"""What `doctor` found out, topic by topic, and what is wrong with it. Facts in, findings out; no words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.units import GIB

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.machine import Machine
    from trayapp.core.problems import Value

DISK_NEEDED_BYTES = 10 * GIB
"""Room for one model of 8 billion parameters at 4 bits (some 6 GB) and vLLM's compile caches; less is worth a word."""

_GPU_PROBLEMS_OF_NO_HARM_ON_CPU = {ProblemKind.NO_GPU}


class Topic(StrEnum):
    """What is examined, in the order in which it is told."""

    APP = "app"
    SETTINGS = "settings"
    DESKTOP = "desktop"
    COMPUTER = "computer"
    GPU = "gpu"
    VLLM = "vllm"
    DISK = "disk"
    ADDRESS = "address"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined: facts by name, sizes in bytes, and what is wrong with it."""

    topic: Topic
    facts: "Mapping[str, Value]"
    problems: tuple[Problem, ...] = ()


def gpu_findings(machine: "Machine", install: VllmInstall | Problem) -> tuple[Finding, ...]:
    """Return a finding for each GPU, or one that says why there is none.

    No GPU is no trouble for somebody who has a vLLM that runs on the processor.
    """
    on_cpu = isinstance(install, VllmInstall) and install.on_cpu
    problem = machine.gpu_problem
    harmless = on_cpu and problem is not None and problem.kind in _GPU_PROBLEMS_OF_NO_HARM_ON_CPU
    problems = (problem,) if problem is not None and not harmless else ()
    driver: dict[str, Value] = {"driver_version": machine.driver_version, "cuda_version": machine.cuda_version}
    found = tuple(
        Finding(
            Topic.GPU,
            {
                "index": gpu.index,
                "name": gpu.name,
                "uuid": gpu.uuid,
                "memory_total_bytes": gpu.memory_total_bytes,
                "memory_free_bytes": gpu.memory_free_bytes,
                "compute_capability": ".".join(map(str, gpu.compute_capability or ())),
                "display_attached": gpu.display_attached,
                "users": ", ".join(user.name or str(user.pid) for user in gpu.users),
                **driver,
            },
        )
        for gpu in machine.gpus
    )
    return (*found, Finding(Topic.GPU, driver, problems)) if problems or not found else found


def vllm_finding(install: VllmInstall | Problem) -> Finding:
    """Return the finding about the vLLM that would be started."""
    if isinstance(install, Problem):
        return Finding(Topic.VLLM, {}, (install,))
    version = str(install.version)
    return Finding(Topic.VLLM, {"executable": install.executable, "version": version, "on_cpu": install.on_cpu})


def disk_finding(path: str, free_bytes: int | None) -> Finding:
    """Return the finding about the room at a folder; None says that nobody could tell."""
    facts: dict[str, Value] = {"path": path, "free_bytes": free_bytes}
    if free_bytes is None or free_bytes >= DISK_NEEDED_BYTES:
        return Finding(Topic.DISK, facts)
    low = Problem(
        ProblemKind.DISK_SPACE_LOW, {"path": path, "needed_bytes": DISK_NEEDED_BYTES, "free_bytes": free_bytes}
    )
    return Finding(Topic.DISK, facts, (low,))
