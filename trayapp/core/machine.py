"""What a survey found: this computer's GPUs, memory, vLLM and port, as values. Probes fill them in, plans read them."""

from dataclasses import dataclass

from trayapp.core.problems import Problem
from trayapp.core.vllm_version import VllmVersion


@dataclass(frozen=True, slots=True)
class GpuUser:
    """One process that holds memory on a GPU; memory_bytes is None where the driver does not tell (WSL2)."""

    pid: int
    name: str
    memory_bytes: int | None


@dataclass(frozen=True, slots=True)
class Gpu:
    """One NVIDIA GPU as NVML describes it; memory as the driver reports it, free at the time of asking."""

    index: int
    uuid: str
    name: str
    memory_total_bytes: int
    memory_free_bytes: int
    compute_capability: tuple[int, int] | None = None
    display_attached: bool = False
    users: tuple[GpuUser, ...] = ()
    memory_reserved_bytes: int = 0  # what the driver keeps for itself; not part of the total


@dataclass(frozen=True, slots=True)
class VllmInstall:
    """An installed vLLM: the absolute path of its command, its version, and whether it is a build for the CPU."""

    executable: str
    version: VllmVersion

    @property
    def on_cpu(self) -> bool:
        """Whether this build runs on the processor and keeps its KV cache in RAM."""
        return "cpu" in self.version.local


@dataclass(frozen=True, slots=True)
class Machine:
    """This computer at the moment of the survey; gpu_problem says why gpus is empty or not to be trusted."""

    gpus: tuple[Gpu, ...] = ()
    gpu_problem: Problem | None = None
    driver_version: str = ""
    cuda_version: str = ""
    memory_total_bytes: int = 0
    memory_available_bytes: int = 0
    wsl: bool = False
    memory_node_bytes: int = 0  # RAM of the first memory node, of which a CPU build takes its share; 0: not known
