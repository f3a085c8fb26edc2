"""Ends processes that carry our mark when the guard could not: by pid, start time and mark, never by name."""

import os
import uuid

import psutil

from trayapp.core.server_mark import MARK_VARIABLE

_TERM_PATIENCE_S = 3.0
_KILL_PATIENCE_S = 5.0


def mark_of_this_app() -> str:
    """Return a mark for the servers of this app: its pid, its start time in whole seconds, and something random."""
    return f"{os.getpid()}:{int(psutil.Process().create_time())}:{uuid.uuid4().hex[:12]}"


def end_marked(mark: str) -> tuple[int, ...]:
    """End every process of this user whose environment carries the mark; return the pids that would not die."""
    gone: list[psutil.Process] = []
    for end, patience_s in (
        (psutil.Process.terminate, _TERM_PATIENCE_S),
        (psutil.Process.kill, _KILL_PATIENCE_S),
    ):
        found = [process for process in _marked(mark) if process not in gone]
        for process in found:
            try:
                end(process)  # psutil compares the start time, so that a pid used again is not touched
            except psutil.Error:
                gone.append(process)
        ended, _ = psutil.wait_procs(found, patience_s)
        gone += ended
    return tuple(process.pid for process in _marked(mark))


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.status() != psutil.STATUS_ZOMBIE
                and process.environ().get(MARK_VARIABLE) == mark
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found
