"""Who holds memory on a GPU: the processes that the driver tells, with a name for people. Asking only."""

from typing import Any

from trayapp.core.machine import GpuUser
from trayapp.probes.program_names import find_program_name


def find_gpu_users(nvml: Any, handle: Any) -> tuple[GpuUser, ...]:
    """Return the processes on one GPU, the biggest first; empty where the driver does not tell (WSL2).

    nvml is the initialised pynvml module, handle one of its devices. A process that computes and draws is one user.
    Its memory is None where the driver keeps that to itself (Windows' display driver, another container).
    """
    memory: dict[int, int | None] = {}
    for ask in (nvml.nvmlDeviceGetComputeRunningProcesses, nvml.nvmlDeviceGetGraphicsRunningProcesses):
        try:
            processes = ask(handle)
        except nvml.NVMLError:
            continue
        for process in processes:
            told: int | None = process.usedGpuMemory
            known = memory.get(process.pid)
            memory[process.pid] = told if known is None else max(known, told or 0)
    users = [GpuUser(pid, _name_of(nvml, pid), amount) for pid, amount in memory.items()]
    return tuple(sorted(users, key=lambda user: (-(user.memory_bytes or 0), user.pid)))


def _name_of(nvml: Any, pid: int) -> str:
    """Return the name of a process, from the driver where the system does not show it (another user's container)."""
    name = find_program_name(pid)
    if name:
        return name
    try:
        path: str = nvml.nvmlSystemGetProcessName(pid)
    except (nvml.NVMLError, UnicodeDecodeError):
        return ""
    return path.replace("\\", "/").rpartition("/")[2]
