"""What the kernel and the file systems tell about the end of a server; what follows from it is core/diagnosis.py's.

Two questions: a baseline at the launch, and the clues at the end. Nothing here needs to be root: what may not be read
stays unknown.
"""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.diagnosis import Clues
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterable

FULL_BELOW_BYTES = 16 << 20
"""Less room than this on a file system is called full: what vLLM writes there comes in pieces of many megabytes."""

_KILLED = re.compile(r"Killed process \d+ \(([^)]*)\)")
_XID = re.compile(r"NVRM: Xid \([^)]*\): (\d+)")
_LOST = re.compile(r"fallen off the bus|GPU Reset Required")
_ASK_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Baseline:
    """How things stood at a launch: seconds since the boot, and how often the kernel had ended a process for memory."""

    at_s: float
    memory_kills: int | None


@dataclass(frozen=True, slots=True)
class KernelNews:
    """What the kernel's log says since a launch: the name of a process ended for memory, and the last Xid."""

    killed_process: str | None = None
    xid: int | None = None
    gpu_lost: bool = False


def take_baseline() -> Baseline:
    """Return what to compare with at the end of a launch that begins now."""
    return Baseline(time.clock_gettime(time.CLOCK_MONOTONIC), _memory_kills())


def find_exit_clues(baseline: Baseline, folders: "Iterable[Path]" = (), gpu_problem: Problem | None = None) -> Clues:
    """Return what can be learned beside the log about a server that has just ended.

    folders: where vLLM writes (its caches, the folder for temporary files). gpu_problem: of a survey made now.
    Blocks for up to three seconds while the journal is asked.
    """
    kills = _memory_kills()
    rose = kills > baseline.memory_kills if kills is not None and baseline.memory_kills is not None else None
    news = read_kernel_log(_kernel_log(), baseline.at_s)
    kind = gpu_problem.kind if gpu_problem is not None else None
    return Clues(
        killed_for_memory=True if news.killed_process is not None else rose,
        killed_process=news.killed_process,
        gpu_lost=kind is ProblemKind.GPU_LOST or news.gpu_lost,
        xid=news.xid,
        driver_replaced=kind is ProblemKind.GPU_DRIVER_MISMATCH,
        disk_full=next((str(folder) for folder in folders if is_full(folder)), None),
        shared_memory_full=is_full(Path("/dev/shm")),  # noqa: S108 - asked for its room only
    )


def read_kernel_log(text: str, since_s: float) -> KernelNews:
    """Return what lines of the form "[seconds since boot] message" say since a moment; older lines are passed over."""
    killed, xid, lost = None, None, False
    for line in text.splitlines():
        stamp = re.match(r"\[ *(\d+\.\d+)\] ?(.*)", line)
        if stamp is None or float(stamp[1]) < since_s:
            continue
        if found := _KILLED.search(stamp[2]):
            killed = found[1]
        if found := _XID.search(stamp[2]):
            xid = int(found[1])
        lost = lost or _LOST.search(stamp[2]) is not None
    return KernelNews(killed, xid, lost)


def is_full(folder: Path) -> bool:
    """Whether the file system of a folder has no room left; False where nobody can tell or the folder is missing."""
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    out_of_files = room.f_files > 0 and room.f_favail == 0
    return room.f_bavail * room.f_frsize < FULL_BELOW_BYTES or out_of_files


def _memory_kills() -> int | None:
    """Return how often since the boot the kernel ended a process for want of memory, of anybody; None: not told."""
    try:
        counters = Path("/proc/vmstat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    found = re.search(r"^oom_kill (\d+)$", counters, re.MULTILINE)
    return int(found[1]) if found else None


def _kernel_log() -> str:
    """Return the kernel's log as "[seconds] message" lines, "" where this user may not read it."""
    return _read_kmsg() or _ask_journal()


def _read_kmsg() -> str:
    try:
        handle = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return ""
    lines = []
    try:
        while True:
            try:
                record = os.read(handle, 8192)
            except BrokenPipeError:  # older records were overwritten while we read
                continue
            except OSError:  # nothing more for now, or a record that does not fit
                break
            head, _, message = record.decode("utf-8", "replace").partition(";")
            fields = head.split(",")
            if len(fields) > 2 and fields[2].isdigit():
                lines.append(f"[{int(fields[2]) / 1e6:.6f}] {message.splitlines()[0] if message else ''}")
    finally:
        os.close(handle)
    return "\n".join(lines)


def _ask_journal() -> str:
    command = ["journalctl", "--dmesg", "--boot", "--no-pager", "--quiet", "--lines=400", "--output=short-monotonic"]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=_ASK_WITHIN_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout if answer.returncode == 0 else ""
