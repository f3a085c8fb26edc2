"""Whether what listens on a port is our server, told by the process that holds the socket. Nothing is ended in here.

A stranger can have our port although it was free before the launch: vLLM 0.8 to 0.21 shares it (SO_REUSEPORT), and one
that still loads has it bound without listening, which leaves it to the first that does (SO_REUSEADDR). In doubt it is
no stranger: a server in a container or behind a tunnel listens by a process that nobody here launched.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.probes.program_names import find_program_name, is_vllm

if TYPE_CHECKING:
    import psutil


def find_stranger(port: int, mark: str, guard: int) -> str | None:
    """Return the name of the program that listens on a port in place of our server, or None.

    guard is the process above all of the server's, mark is what these carry. None as soon as one of them listens, when
    nobody does or the owner of a socket is hidden, and when what runs below the guard is no vLLM that listens itself.
    Reading takes about 15 ms for 100 processes.
    """
    import psutil

    try:
        owners = _listeners(port)
        if not owners or None in owners:
            return None
        below = psutil.Process(guard).children(recursive=True)
        if owners & {guard, *(process.pid for process in below)}:
            return None
        if below and not any(map(_listens_itself, below)):
            return None
        if any(psutil.Process(owner).environ().get(MARK_VARIABLE) == mark for owner in owners):
            return None
    except (psutil.Error, OSError):  # gone in between, or hidden
        return None
    return ", ".join(f"{find_program_name(owner)} ({owner})" for owner in sorted(filter(None, owners)))


def _listeners(port: int) -> "set[int | None]":
    """Return the processes that listen on a port, None for those that are hidden."""
    import psutil

    found = psutil.net_connections(kind="tcp")
    return {each.pid for each in found if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr[1] == port}


def _listens_itself(process: "psutil.Process") -> bool:
    """Whether this is vLLM, in this network: not a program that has it run in a container or elsewhere."""
    import psutil

    try:
        is_python = Path(process.exe()).name.startswith("python")
        here = Path(f"/proc/{process.pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink()
        return is_python and here and is_vllm(process.cmdline())
    except (psutil.Error, OSError):
        return False
