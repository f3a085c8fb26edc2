"""What a survey found: this computer's GPUs, memory, vLLM and port, as values. Probes fill them in, plans read them."""

from collections.abc import Collection
from dataclasses import dataclass, replace

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
    """An installed vLLM: the absolute path of its command, its version, and whether it is a build for the CPU.

    interpreter is what runs the command where the command's own first line closes Python to the environment (-I, -E)
    and so to what a server of ours must load: the same Python without these flags. Where -m is among them, it also
    stands for the command, which is a script around it.
    """

    executable: str
    version: VllmVersion
    interpreter: tuple[str, ...] = ()

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
    search_path: str = ""  # the app's own PATH, which a server gets behind the folder of its vLLM


def held_bytes(gpus: Collection[Gpu], pids: Collection[int]) -> int | None:
    """Return what these processes hold of the GPUs; None where the driver knows none of them, or not what one holds."""
    sizes = [user.memory_bytes for gpu in gpus for user in gpu.users if user.pid in pids]
    told = [size for size in sizes if size is not None]
    return sum(told) if told and len(told) == len(sizes) else None


def machine_without(
    machine: Machine, pids: Collection[int], memory_bytes: int, before: Collection[Gpu] = ()
) -> Machine:
    """Return the machine as it would be if these processes had ended, which hold so much of its RAM.

    before: the GPUs as they were before these processes began. They count where the driver names no programs (WSL).
    """
    free_before = {gpu.uuid: gpu.memory_free_bytes for gpu in before}

    def freed(gpu: Gpu) -> Gpu:
        held = held_bytes((gpu,), pids)
        free = gpu.memory_free_bytes + held if held is not None else gpu.memory_free_bytes
        if not gpu.users:
            free = max(free, free_before.get(gpu.uuid, 0))
        others = tuple(user for user in gpu.users if user.pid not in pids)
        return replace(gpu, memory_free_bytes=min(free, gpu.memory_total_bytes), users=others)

    available = min(machine.memory_available_bytes + memory_bytes, machine.memory_total_bytes)
    return replace(machine, gpus=tuple(map(freed, machine.gpus)), memory_available_bytes=available)
