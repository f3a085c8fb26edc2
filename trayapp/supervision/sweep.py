"""Ends processes of ours that the guard could not: by pid and start time, as a probe found them by our mark.

Their shared memory goes with them, by the guard's own rule.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from trayapp.core.server_mark import AppName, make_mark

if TYPE_CHECKING:
    import psutil

_TERM_PATIENCE_S = 3.0
_KILL_PATIENCE_S = 5.0


class Found(Protocol):
    """A process as the probe names it; created_s makes sure that it is still the same one."""

    @property
    def pid(self) -> int:
        """Its number."""

    @property
    def created_s(self) -> float:
        """When it started, in seconds since 1970."""


def mark_of_this_app() -> str:
    """Return a mark for the servers of this app."""
    import uuid  # with its imports 10 ms and 2 MB that an app without a server can do without

    stat = Path("/proc/self/stat").read_bytes()
    started_ticks = int(stat.rpartition(b")")[2].split()[19])  # the 22nd field; the second may hold blanks
    namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    return make_mark(AppName(os.getpid(), started_ticks, namespace), uuid.uuid4().hex[:12])


def end_found(find: Callable[[], Iterable[Found]]) -> tuple[int, ...]:
    """End what is found, asking first; return the pids that would not die. Blocks for up to eight seconds."""
    import psutil

    from trayapp.supervision.guard import remove_unused, shared_files

    shared: set[int] = set()
    oldest_s = float("inf")
    for end, patience_s in (
        (psutil.Process.terminate, _TERM_PATIENCE_S),
        (psutil.Process.kill, _KILL_PATIENCE_S),
    ):
        processes = [process for process in map(_process, find()) if process is not None]
        shared |= shared_files(process.pid for process in processes)
        oldest_s = min([oldest_s, *(process.create_time() for process in processes)])
        for process in processes:
            try:
                end(process)  # psutil compares the start time, so that a pid used again is not touched
            except psutil.Error:
                continue
        psutil.wait_procs(processes, patience_s)
    remove_unused(shared, oldest_s - 1)  # psutil works the start out from the boot time, which is rounded
    return tuple(found.pid for found in find())


def _process(found: Found) -> "psutil.Process | None":
    import psutil

    try:
        process = psutil.Process(found.pid)
        return process if abs(process.create_time() - found.created_s) < 0.01 else None
    except psutil.Error:
        return None
