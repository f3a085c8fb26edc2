"""HTTP to a server elsewhere or to Ollama: name, port and TLS as separate steps, so that each can be blamed. Blocking.

The standard library's client, called in threads, and not QtNetwork: the command line asks the same questions without
Qt, one TLS context takes a certificate authority of the person's own, and no redirect is followed unseen, with the
key, to another host. No proxy is asked: these are the person's own machines. No key is ever logged or shown.
"""

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import Address, read_address

CONNECT_S = 5.0
ANSWER_S = 10.0
_LARGEST_ANSWER = 16 << 20
"""More than the longest list of models; a server that never ends must not fill our memory."""
_PIECE = 1 << 16
_MOST_REDIRECTS = 3
_REDIRECTS = {301, 302, 303, 307, 308}


class AskingFailed(Exception):  # noqa: N818 - it reads as what it says
    """The question could not be asked or the answer not be read; problem tells it."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem.kind))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Target:
    """Whom to ask: a name for people, the address, and what proves who is who."""

    name: str
    address: Address
    ca_file: str = ""
    key: str = ""

    def failed(self, kind: ProblemKind, **values: str | int) -> AskingFailed:
        """Return what to raise."""
        host, port = self.address.host, self.address.port
        return AskingFailed(Problem(kind, {"server": self.name, "host": host, "port": port, **values}))


def find_addresses(target: Target) -> tuple[str, ...]:
    """Return the numbers that the host's name stands for, or raise AskingFailed."""
    try:
        found = socket.getaddrinfo(target.address.host, target.address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise target.failed(ProblemKind.REMOTE_NAME_UNKNOWN, reason=_words(error)) from error
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def connect(target: Target) -> socket.socket:
    """Return a connection to the port, or raise AskingFailed."""
    try:
        return socket.create_connection((target.address.host, target.address.port), CONNECT_S)
    except socket.gaierror as error:
        raise target.failed(ProblemKind.REMOTE_NAME_UNKNOWN, reason=_words(error)) from error
    except TimeoutError as error:
        raise target.failed(ProblemKind.REMOTE_PORT_SILENT, seconds=round(CONNECT_S)) from error
    except (OSError, UnicodeError) as error:
        raise target.failed(ProblemKind.REMOTE_PORT_CLOSED, reason=_words(error)) from error


def secure(target: Target, plain: socket.socket) -> socket.socket:
    """Return the connection with TLS where the address asks for it, or close it and raise AskingFailed."""
    if target.address.scheme == "http":
        return plain
    context = ssl.create_default_context()
    if target.ca_file:
        try:
            context.load_verify_locations(target.ca_file)
        except (OSError, ValueError) as error:
            plain.close()
            raise target.failed(ProblemKind.CA_FILE_BAD, path=target.ca_file, reason=_words(error)) from error
    try:
        return context.wrap_socket(plain, server_hostname=target.address.host)
    except ssl.SSLCertVerificationError as error:
        plain.close()
        raise target.failed(ProblemKind.REMOTE_NOT_TRUSTED, reason=error.verify_message) from error
    except (OSError, ValueError) as error:  # no TLS there, or a broken handshake
        plain.close()
        raise target.failed(ProblemKind.REMOTE_NO_TLS, reason=_words(error)) from error


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP status and the body."""

    status: int
    body: bytes

    def json(self) -> object:
        """Return the body decoded, or None when it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def ask(target: Target, path: str, body: object = None, *, method: str = "", timeout_s: float = ANSWER_S) -> Answer:
    """Ask for a path (POST with a JSON body, GET without) and return the answer, or raise AskingFailed.

    A redirect is followed on the same host only.
    """
    for _ in range(_MOST_REDIRECTS):
        with asked(target, path, body, method=method, timeout_s=timeout_s) as reply:
            if reply.status not in _REDIRECTS:
                return Answer(reply.status, _read(target, reply))
            path = _redirected(target, reply.getheader("Location") or "")
    raise target.failed(ProblemKind.REMOTE_REDIRECTS, to=path)


@contextmanager
def asked(
    target: Target,
    path: str,
    body: object = None,
    *,
    method: str = "",
    timeout_s: float = ANSWER_S,
    note: Callable[[socket.socket], None] = lambda _connection: None,
) -> "Iterator[http.client.HTTPResponse]":
    """Give the reply to one question while its body can still be read, or raise AskingFailed.

    note is told the connection: who has it can end the wait from another thread.
    """
    if not (target.key.isascii() and target.key.isprintable()):  # the library's own error would show it
        raise target.failed(ProblemKind.REMOTE_KEY_BAD)
    connection = http.client.HTTPConnection(target.address.host, target.address.port)
    connection.sock = secure(target, connect(target))
    connection.sock.settimeout(timeout_s)
    note(connection.sock)
    headers: Mapping[str, str] = {
        "Host": target.address.url.partition("://")[2].partition("/")[0],
        "Accept": "application/json",
        **({"Authorization": f"Bearer {target.key}"} if target.key else {}),
        **({"Content-Type": "application/json"} if body is not None else {}),
    }
    data = None if body is None else json.dumps(body).encode()
    try:
        try:
            connection.request(
                method or ("GET" if data is None else "POST"), target.address.path + path, data, dict(headers)
            )
            reply = connection.getresponse()
        except TimeoutError as error:
            raise target.failed(ProblemKind.REMOTE_SILENT, seconds=round(timeout_s)) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise target.failed(ProblemKind.REMOTE_BROKE_OFF, reason=_words(error)) from error
        yield reply
    finally:
        connection.close()


def read_lines(target: Target, reply: "http.client.HTTPResponse") -> Iterator[bytes]:
    """Yield the lines of a body as they come, or raise AskingFailed when it breaks off."""
    try:
        while True:
            line = reply.readline(_LARGEST_ANSWER)
            if not line:
                if reply.length:  # a body of known length that ended early
                    raise http.client.IncompleteRead(b"", reply.length)
                return
            yield line
    except TimeoutError as error:
        raise target.failed(ProblemKind.REMOTE_SILENT, seconds=round(ANSWER_S)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise target.failed(ProblemKind.REMOTE_BROKE_OFF, reason=_words(error)) from error


def _read(target: Target, reply: "http.client.HTTPResponse") -> bytes:
    """Return the body, cut off where it is longer than any that is meant, or raise AskingFailed."""
    body = bytearray()
    try:
        while len(body) < _LARGEST_ANSWER and (piece := reply.read1(_PIECE)):
            body += piece
        if reply.length and len(body) < _LARGEST_ANSWER:  # a body of known length that ended early
            raise http.client.IncompleteRead(b"", reply.length)
        return bytes(body)
    except TimeoutError as error:
        raise target.failed(ProblemKind.REMOTE_SILENT, seconds=round(ANSWER_S)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise target.failed(ProblemKind.REMOTE_BROKE_OFF, reason=_words(error)) from error


def _redirected(target: Target, location: str) -> str:
    """Return the path that a redirect leads to, when it stays on the host."""
    if location.startswith("/") and not location.startswith("//"):
        return location.removeprefix(target.address.path)
    to = read_address(location.partition("?")[0])
    here = target.address
    if to is None or (to.scheme, to.host, to.port) != (here.scheme, here.host, here.port):
        raise target.failed(ProblemKind.REMOTE_REDIRECTS, to=location)
    path = "/" + "".join(location.split("/", 3)[3:])  # an origin alone means its first page
    return "/" + path.removeprefix(here.path).lstrip("/")


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"{error}" or type(error).__name__
