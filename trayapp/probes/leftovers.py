"""Which processes of earlier servers of ours still live.

They are known by the mark in their environment and by nothing else, least of all by name: a vLLM that somebody else
started is never among them. Nothing is ended in here.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.server_mark import MARK_VARIABLE, read_mark
from trayapp.probes.program_names import read_program_name

if TYPE_CHECKING:
    import psutil


@dataclass(frozen=True, slots=True)
class Leftover:
    """One living process with a mark of ours; created_s with the pid makes sure that it is still the same one."""

    pid: int
    created_s: float  # seconds since 1970, as psutil counts: compare with psutil.Process(pid).create_time()
    mark: str
    name: str


def find_leftovers(mark: str | None = None) -> tuple[Leftover, ...]:
    """Return this user's living processes that carry this mark (any of ours, when None), the oldest first.

    This process itself is never among them. Zombies are dead. Reading takes about 10 ms for 100 processes.
    """
    import psutil

    found: list[Leftover] = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            with process.oneshot():
                own_mark = _mark_of(process)
                if not own_mark or (mark is not None and own_mark != mark):
                    continue
                if process.status() == psutil.STATUS_ZOMBIE:
                    continue
                name = read_program_name(process.name(), process.cmdline())
                found.append(Leftover(process.pid, process.create_time(), own_mark, name))
        except (psutil.Error, OSError):  # gone in between, or somebody else's
            continue
    return tuple(sorted(found, key=lambda leftover: (leftover.created_s, leftover.pid)))


def find_abandoned() -> tuple[Leftover, ...]:
    """Return those of this user's marked processes whose app no longer lives: nobody will end them but us."""
    return tuple(leftover for leftover in find_leftovers() if not _app_lives(leftover.mark))


def _app_lives(mark: str) -> bool:
    """Whether the app that made this mark may still live; in doubt it does."""
    app = read_mark(mark)
    if app is None or app.namespace != str(Path("/proc/self/ns/pid").stat().st_ino):
        return True  # not a mark of ours, or of an app in a container: we cannot know
    try:
        fields = Path(f"/proc/{app.pid}/stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return False
    return int(fields[19]) == app.started_ticks and fields[0] not in {b"Z", b"X"}


def _mark_of(process: "psutil.Process") -> str:
    if hasattr(os, "getuid") and process.uids().real != os.getuid():
        return ""  # root could read them all, and must not take another user's server for its own
    mark: str = process.environ().get(MARK_VARIABLE, "")
    return mark
