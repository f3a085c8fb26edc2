"""Whether the session bus answers, asked before Qt does: for one that accepts and says nothing Qt would wait for ever.

Without jeepney and without Qt, since every start of the app goes through here.
"""

import _socket
import os
import time
from urllib.parse import unquote

ADDRESS = "DBUS_SESSION_BUS_ADDRESS"
NOWHERE = "unix:path=/nonexistent"
PATIENCE_S = 3.0
"""A bus answers within a millisecond; one on a computer that is just coming up was never seen to take a second."""

_HELLO = (
    b"l\x01\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00m\x00\x00\x00"
    b"\x01\x01o\x00\x15\x00\x00\x00/org/freedesktop/DBus\x00\x00\x00"
    b"\x02\x01s\x00\x14\x00\x00\x00org.freedesktop.DBus\x00\x00\x00\x00"
    b"\x03\x01s\x00\x05\x00\x00\x00Hello\x00\x00\x00"
    b"\x06\x01s\x00\x14\x00\x00\x00org.freedesktop.DBus\x00\x00\x00\x00"
)
"""The first call that a bus expects: Hello() of org.freedesktop.DBus, with serial 1."""


def leave_out_silent_bus(patience_s: float = PATIENCE_S) -> bool:
    """Take a session bus that accepts and never answers out of the environment; return whether that was so."""
    target = _socket_of(os.environ.get(ADDRESS, ""))
    if target and _is_silent(target, patience_s):
        os.environ[ADDRESS] = NOWHERE
        return True
    return False


def _socket_of(address: str) -> str:
    """Return the name of the socket, "" where it cannot be told."""
    if not address:
        runtime = os.environ.get("XDG_RUNTIME_DIR", "")
        return f"{runtime}/bus" if runtime and os.path.exists(f"{runtime}/bus") else ""  # noqa: PTH110 - pathlib is not loaded yet
    transport, _, rest = address.partition(";")[0].partition(":")
    keys = dict(part.partition("=")[::2] for part in rest.split(","))
    if transport != "unix":
        return ""
    return unquote(keys.get("path", "")) or ("\0" + unquote(keys["abstract"]) if "abstract" in keys else "")


def _is_silent(target: str, patience_s: float) -> bool:
    """Whether a bus accepts us and does not answer in time; one that is not there or hangs up is not silent."""
    until = time.monotonic() + patience_s
    bus = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)  # the socket module would take 3 ms of each start
    try:
        for words in (b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n", b"BEGIN\r\n" + _HELLO):
            bus.settimeout(max(0.01, until - time.monotonic()))
            if words.startswith(b"\0"):
                bus.connect(target)
            bus.sendall(words)
            if not bus.recv(4096):
                return False
    except TimeoutError:
        return True
    except (OSError, ValueError):
        return False
    finally:
        bus.close()
    return False
