"""Whether a server could listen at an address, asked by binding and by connecting.

Either question alone is not enough. vLLM 0.8 to 0.21 sets SO_REUSEPORT, so a second one binds the same port without an
error and the two share the requests: connecting finds the first. A vLLM that is still loading has bound its port and
does not listen yet: only binding finds that one. Nothing is kept open.
"""

import errno
import os
import socket
from dataclasses import dataclass
from typing import Any

from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.program_names import find_program_name

CONNECT_TIMEOUT_S = 0.5
"""Own addresses answer or refuse within a millisecond; the limit is for a firewall that swallows the question."""

_LAST_PORT = 65535
_PORTS_TO_TRY = 50


@dataclass(frozen=True, slots=True)
class _Address:
    family: socket.AddressFamily
    sockaddr: tuple[Any, ...]  # (host, port) and, for IPv6, flow and scope


def find_port_problem(host: str, port: int) -> Problem | None:
    """Return why no server could listen at host and port (PORT_TAKEN or ADDRESS_NOT_USABLE), or None.

    host is a name or an address, "0.0.0.0" and "::" mean every one of this computer. A name that means several
    addresses ("localhost": 127.0.0.1 and ::1) is free when none of them is taken and one of them is ours.
    """
    try:
        addresses = _resolve(host, port)
    except (OSError, UnicodeError) as error:
        return _not_usable(host, port, error.strerror if isinstance(error, OSError) and error.strerror else str(error))
    usable = False
    reason = ""
    for address in addresses:
        try:
            taken = _is_taken(address, port)
        except OSError as error:
            reason = reason or error.strerror or str(error)
            continue
        if taken:
            return Problem(ProblemKind.PORT_TAKEN, {"host": host, "port": port, "user": find_port_user(port)})
        usable = True
    return None if usable else _not_usable(host, port, reason)


def find_free_port(host: str, wanted: int) -> int:
    """Return wanted when it is free at host, else the next free one above it, else any free one.

    Raises OSError when the address itself cannot be used; find_port_problem says so first.
    """
    for port in range(wanted, min(wanted + _PORTS_TO_TRY, _LAST_PORT + 1)):
        if find_port_problem(host, port) is None:
            return port
    address = _resolve(host, 0)[0]
    with socket.socket(address.family, socket.SOCK_STREAM) as probe:
        probe.bind(address.sockaddr)
        return int(probe.getsockname()[1])


def find_port_user(port: int) -> str:
    """Return the name of the program that listens on a port, "" when it is another user's or does not listen yet."""
    import psutil

    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr[1] == port:
            return find_program_name(connection.pid) if connection.pid else ""
    return ""


def _resolve(host: str, port: int) -> list[_Address]:
    # Browsers try both addresses for localhost, also where /etc/hosts (Debian's container images) names the first only.
    names = ("127.0.0.1", "::1") if host == "localhost" else (host,)
    found: list[_Address] = []
    for name in names:
        answer = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        found += [_Address(family, sockaddr) for family, _, _, _, sockaddr in answer]
    return found


def _not_usable(host: str, port: int, reason: str) -> Problem:
    return Problem(ProblemKind.ADDRESS_NOT_USABLE, {"host": host, "port": port, "reason": reason})


def _is_taken(address: _Address, port: int) -> bool:
    """Return whether somebody has this address; raises OSError when it is not ours to have."""
    if not _can_bind(address, reuse=False) and not _only_old_connections(address, port):
        return True
    return _answers(address)


def _can_bind(address: _Address, *, reuse: bool) -> bool:
    with socket.socket(address.family, socket.SOCK_STREAM) as probe:
        if reuse and os.name == "posix":  # on Windows this option lets two programs share a port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address.sockaddr)
            if reuse:
                probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def _only_old_connections(address: _Address, port: int) -> bool:
    """Return whether the port is held by ended connections alone, as for a minute after our own server's end.

    A server sets SO_REUSEADDR and starts in spite of them. That option also passes over a socket that is bound and
    does not listen yet, which no list shows: without an ended connection in sight it must be one of those.
    """
    import psutil

    if not _can_bind(address, reuse=True):
        return False
    ended = {psutil.CONN_TIME_WAIT, psutil.CONN_FIN_WAIT1, psutil.CONN_FIN_WAIT2, psutil.CONN_LAST_ACK}
    ended |= {psutil.CONN_CLOSING, psutil.CONN_CLOSE_WAIT}
    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return True
    return any(item.status in ended and item.laddr and item.laddr[1] == port for item in connections)


def _answers(address: _Address) -> bool:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(address.sockaddr[0]), str(address.sockaddr[0]))  # noqa: S104
    with socket.socket(address.family, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_TIMEOUT_S)
        try:
            probe.connect((target, *address.sockaddr[1:]))
            # The kernel may choose the very port as the sender's: then it has reached itself, and nobody is there.
            return bool(probe.getsockname() != probe.getpeername())
        except OSError:
            return False
