"""What is in use of the memory that a model runs in, and how much of that its server holds. Blocking, read-only."""

from typing import TYPE_CHECKING, Any

from trayapp.core.live_figures import MemoryInUse
from trayapp.probes.computer import find_memory
from trayapp.probes.gpus import find_gpus

if TYPE_CHECKING:
    from collections.abc import Collection

    from trayapp.core.machine import Gpu


def find_memory_in_use(gpus: "Collection[str]", server: int | None) -> MemoryInUse:
    """Return it for these GPUs together (their UUIDs), or for the computer where there are none.

    server is the process below which all of the server's are.
    """
    processes = _find_processes(server)
    if not gpus:
        total_bytes, available_bytes = find_memory()
        return MemoryInUse(total_bytes - available_bytes, total_bytes, sum(map(_own_bytes, processes)) or None)
    found = [gpu for gpu in find_gpus().gpus if gpu.uuid in gpus]
    if len(found) < len(gpus):  # one that has stopped answering: the rest is not the picture that was asked for
        return MemoryInUse()
    total_bytes = sum(gpu.memory_total_bytes for gpu in found)
    free_bytes = sum(gpu.memory_free_bytes for gpu in found)
    return MemoryInUse(
        total_bytes - free_bytes, total_bytes, read_server_bytes(found, {each.pid for each in processes})
    )


def read_server_bytes(gpus: "Collection[Gpu]", pids: "Collection[int]") -> int | None:
    """Return what these processes hold of the GPUs; None where the driver knows none of them, or not what one holds."""
    sizes = [user.memory_bytes for gpu in gpus for user in gpu.users if user.pid in pids]
    told = [size for size in sizes if size is not None]
    return sum(told) if told and len(told) == len(sizes) else None


def _find_processes(server: int | None) -> list[Any]:
    import psutil

    try:
        first = psutil.Process(server) if server else None
        return [] if first is None else [first, *first.children(recursive=True)]
    except psutil.Error:
        return []


def _own_bytes(process: Any) -> int:
    """Return the RAM of a process that it shares with no other, 0 when it is gone or not ours to ask."""
    import psutil

    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0
    return int(memory.rss) - int(getattr(memory, "shared", 0))
