"""What this computer is at the moment: its GPUs, its memory as far as we may use it, and whether it is WSL.

Read-only. What a control group (a container, a systemd slice) allows counts as the memory there is: a program that
takes more is killed.
"""

import os
from pathlib import Path, PurePosixPath

from trayapp.core.machine import Machine
from trayapp.probes.gpus import find_gpus
from trayapp.probes.memory_nodes import find_node_bytes
from trayapp.probes.wsl import find_wsl

_ROOT = Path("/")


def find_machine() -> Machine:
    """Return this computer as a value; what cannot be found out is empty, 0 or a problem in gpu_problem."""
    survey = find_gpus()
    total_bytes, available_bytes = find_memory()
    return Machine(
        gpus=survey.gpus,
        gpu_problem=survey.problem,
        driver_version=survey.driver_version,
        cuda_version=survey.cuda_version,
        memory_total_bytes=total_bytes,
        memory_available_bytes=available_bytes,
        wsl=find_wsl(),
        memory_node_bytes=find_node_bytes(),
        search_path=os.environ.get("PATH", ""),
    )


def find_memory(root: Path = _ROOT) -> tuple[int, int]:
    """Return the total and the available RAM in bytes, no more than the control group of this process allows."""
    import psutil

    memory = psutil.virtual_memory()
    total_bytes, available_bytes = memory.total, memory.available
    for limit_bytes, used_bytes in find_group_limits(root):
        total_bytes = min(total_bytes, limit_bytes)
        available_bytes = min(available_bytes, max(0, limit_bytes - used_bytes))
    return total_bytes, available_bytes


def find_group_limits(root: Path = _ROOT) -> tuple[tuple[int, int], ...]:
    """Return (limit, used) in bytes for every control group around this process that limits memory.

    Used is without the cached files that the kernel drops first (inactive_file), else a container that has read a
    model once would look full. Both versions of the interface are read; inside a container the path of the group
    names folders of the host that are not there, the group itself is then mounted at the top.
    """
    found: list[tuple[int, int]] = []
    for hierarchy, path in read_memory_groups(_read(root / "proc/self/cgroup")):
        top = root / "sys/fs/cgroup" / hierarchy
        names = (
            ("memory.max", "memory.current") if not hierarchy else ("memory.limit_in_bytes", "memory.usage_in_bytes")
        )
        for group in (PurePosixPath(path), *PurePosixPath(path).parents):
            folder = top / str(group).lstrip("/")
            limit, used = (_read(folder / name).strip() for name in names)
            if limit.isdecimal() and used.isdecimal():  # "max" is no limit; the top group has no such file
                cached = read_cached_bytes(_read(folder / "memory.stat"))
                found.append((int(limit), max(0, int(used) - cached)))
    return tuple(found)


def read_memory_groups(text: str) -> tuple[tuple[str, str], ...]:
    """Return (hierarchy, path) for the lines of /proc/self/cgroup about memory; the hierarchy of version 2 is ""."""
    groups: list[tuple[str, str]] = []
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and controllers == "":
            groups.append(("", path))
        elif "memory" in controllers.split(","):
            groups.append(("memory", path))
    return tuple(groups)


def read_cached_bytes(text: str) -> int:
    """Return the bytes of cached files in a memory.stat that the kernel gives up first, 0 when it does not say."""
    values = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    value = values.get("total_inactive_file", values.get("inactive_file", "0")).strip()
    return int(value) if value.isdecimal() else 0


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
