"""What is in use of the memory, and how much of that a server of ours holds: now, and for the next model. Blocking."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from trayapp.core.live_figures import MemoryInUse
from trayapp.core.machine import Gpu, Machine, held_bytes, machine_without
from trayapp.probes.computer import find_machine, find_memory
from trayapp.probes.gpus import find_gpus
from trayapp.probes.leftovers import find_leftovers

if TYPE_CHECKING:
    from collections.abc import Collection


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
    return MemoryInUse(total_bytes - free_bytes, total_bytes, held_bytes(found, {each.pid for each in processes}))


def find_machine_for_next(before: "Collection[Gpu]" = ()) -> Machine:
    """Return this computer as the next model finds it: what a server of ours holds is free then, for it stops first.

    before: the GPUs as they were before that server was launched, for a driver that does not name programs.
    """
    import psutil

    machine, pids = find_machine(), {each.pid for each in find_leftovers()}
    if not pids:
        return machine
    memory_bytes = 0
    for pid in pids:
        with suppress(psutil.Error):
            memory_bytes += _own_bytes(psutil.Process(pid))
    return machine_without(machine, pids, memory_bytes, before)


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
