"""The app's own address: a small program that passes programs on to whichever backend is on. No Qt, no import of ours.

The app runs it as a child and tells it on standard input, one JSON object a line, where to lead: {"port"} once, then
{"host", "port", "path", "tls", "ca_file", "key", "model", "client_key"} at each change, or {} for nowhere. It ends when
that input ends, and so with the app, however that dies.

Bytes are passed through as they come, in both directions; of a request only the address, the key and the name of the
model are put right, so that a program is set up once. Nothing is kept, and nothing is written down.
"""

import hmac
import json
import re
import select
import socket
import ssl
import sys
import threading
import time
from contextlib import suppress
from typing import Any

LARGEST_HEAD = 64 * 1024
LARGEST_REWRITTEN = 64 * 1024 * 1024
PIECE = 64 * 1024
CONNECT_S = 10.0
AFTER_REFUSED_CONNECTION_S = 0.2
MOST_LEFT_UNREAD = 64
PARTING_S = 2.0
_DROPPED = {b"host", b"authorization", b"connection", b"keep-alive", b"proxy-connection", b"expect"}
_LOOPBACK = re.compile(rb"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.IGNORECASE)

Target = dict[str, Any]


class Refused(Exception):  # noqa: N818 - it reads as what it says
    """A request that goes nowhere: an HTTP status, and why."""

    def __init__(self, status: str, reason: str) -> None:
        super().__init__(reason)
        body = json.dumps({"error": {"message": reason, "type": "vllm_tray", "code": int(status[:3])}}).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        self.answer = f"{head}Connection: close\r\n\r\n".encode() + body


class Gone(Exception):  # noqa: N818 - it reads as what it says
    """One of the two has gone in the middle: so is the other."""


class OneAddress:
    """Leads to the target of the moment, each request in a thread of its own.

    Threads that wait for the kernel, and no event loop: on two cores that also ran the model, what asyncio does around
    each piece lost 3 % of its tokens.
    """

    def __init__(self) -> None:
        self._aim: tuple[Target, ssl.SSLContext | None] = ({}, None)

    def lead_to(self, target: Target) -> None:
        """Lead new requests there; those under way stay where they are."""
        context = None
        if target.get("tls"):
            context = ssl.create_default_context()
            if target["ca_file"]:
                context.load_verify_locations(target["ca_file"])
        self._aim = target, context

    def listen(self, listener: socket.socket) -> None:
        """Take requests for ever."""
        while True:
            try:
                program, _ = listener.accept()
                threading.Thread(target=self._serve, args=(program,), daemon=True).start()
            except (OSError, RuntimeError):  # as many connections, or threads, as there can be
                time.sleep(AFTER_REFUSED_CONNECTION_S)

    def _serve(self, program: socket.socket) -> None:
        """Pass one request on."""
        with program, suppress(OSError, Gone):
            try:
                program.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                head, rest = _read_head(program)
                target, context = self._aim
                request = _put_right(head, _Body(program, rest), target)
                with _connect(target, context) as server:
                    server.sendall(request)
                    _pass_on(program, server)
            except Refused as refused:
                program.sendall(refused.answer)
                _read_out(program)


def _read_head(program: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request, and what has come behind it."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        piece = program.recv(PIECE)
        if not piece or len(data) > LARGEST_HEAD:
            raise Gone
        data += piece
    return data[: end + 4], data[end + 4 :]


def _read_out(program: socket.socket) -> None:
    """Let it say what it had begun: a connection that is closed before that takes the answer with it."""
    program.shutdown(socket.SHUT_WR)
    program.settimeout(PARTING_S)
    for _ in range(MOST_LEFT_UNREAD):
        if not program.recv(LARGEST_HEAD * 16):
            return


class _Body:
    """What follows the head of a request."""

    def __init__(self, program: socket.socket, rest: bytes) -> None:
        self._program = program
        self._rest = rest

    def read(self, size: int) -> bytes:
        """Return so many bytes."""
        data = bytearray(self._rest[:size])
        self._rest = self._rest[size:]
        while len(data) < size:
            piece = self._program.recv(min(size - len(data), 1 << 20))
            if not piece:
                raise Gone
            data += piece
        return bytes(data)

    def rest(self) -> bytes:
        """Return what has come and was not read."""
        return self._rest


def _connect(target: Target, context: ssl.SSLContext | None) -> socket.socket:
    try:
        server = socket.create_connection((target["host"], target["port"]), CONNECT_S)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context is not None:
            server = context.wrap_socket(server, server_hostname=target["host"])
    except OSError as error:
        raise Refused("502 Bad Gateway", f"The model's server does not answer: {error}.") from error
    server.settimeout(None)
    return server


def _pass_on(program: socket.socket, server: socket.socket) -> None:
    """Pass on what both say, until the answer ends or the program has gone.

    A side that reads slowly holds up the other: nothing is piled up here.
    """
    buffer = bytearray(PIECE)
    view, answers, give = memoryview(buffer), server.fileno(), program.sendall
    take = _Tls(server).take if isinstance(server, ssl.SSLSocket) else server.recv_into
    ready = select.poll()
    for side in (server, program):
        ready.register(side, select.POLLIN)
    while True:
        for which, _ in ready.poll():
            if which != answers:
                server.sendall(_said(program))
            elif size := take(buffer):
                give(view[:size])
            elif size == 0:
                return


def _said(program: socket.socket) -> bytes:
    piece = program.recv(PIECE)
    if not piece:
        raise Gone
    return piece


class _Tls:
    """Reads from a server behind TLS."""

    def __init__(self, server: ssl.SSLSocket) -> None:
        self._server = server

    def take(self, buffer: bytearray) -> int | None:
        """Read into the buffer: how much, 0 at the end, None where what came was TLS's own, or a part of a piece."""
        self._server.settimeout(0)
        try:
            return self._server.recv_into(buffer)
        except ssl.SSLWantReadError:
            return None
        finally:
            self._server.settimeout(None)


def _put_right(head: bytes, body: _Body, target: Target) -> bytes:
    """Return the request as the server is to get it; the rest of its body, if any, follows as it comes."""
    first, *lines = head[:-4].split(b"\r\n")
    method, _, rest = first.partition(b" ")
    path, _, version = rest.partition(b" ")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    found = dict(headers)
    if not path.startswith(b"/") or not version.startswith(b"HTTP/1."):
        raise Refused("400 Bad Request", "This is no request that the model's server would understand.")
    if not _LOOPBACK.fullmatch(found.get(b"host", b"")):  # a web page that had its own name lead here
        raise Refused("403 Forbidden", "This address is for programs on this computer, under its own name.")
    _check_key(found.get(b"authorization", b""), str(target.get("client_key") or ""))
    if not target:
        raise Refused("503 Service Unavailable", "No model is on. Start one in vLLM Tray.")
    kept = [line for line, (name, _) in zip(lines, headers, strict=True) if name not in _DROPPED]
    length, said = found.get(b"content-length", b""), b""
    is_json = found.get(b"content-type", b"").startswith(b"application/json")
    if method == b"POST" and is_json and _is_length(length):
        said = _with_model(body.read(int(length)), str(target["model"]))
        kept = [line for line in kept if not line.lower().startswith(b"content-length:")]
        kept.append(b"Content-Length: %d" % len(said))
    own = [b"Host: " + f"{target['host']}:{target['port']}".encode(), b"Connection: close"]
    if target["key"]:
        own.append(b"Authorization: Bearer " + target["key"].encode())
    start = b" ".join((method, str(target["path"]).encode() + path, b"HTTP/1.1"))
    return b"\r\n".join((start, *own, *kept)) + b"\r\n\r\n" + said + body.rest()


def _is_length(value: bytes) -> bool:
    return value.isdigit() and len(value) <= len(str(LARGEST_REWRITTEN)) and int(value) <= LARGEST_REWRITTEN


def _check_key(given: bytes, wanted: str) -> None:
    if wanted and not hmac.compare_digest(given, b"Bearer " + wanted.encode()):
        raise Refused("401 Unauthorized", "The key is missing or wrong.")


def _with_model(body: bytes, model: str) -> bytes:
    """Return the body with the name of the model that is on; the very same bytes where it has that name already."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(document, dict) or document.get("model") in {None, model}:
        return body
    return json.dumps({**document, "model": model}, ensure_ascii=False).encode()


def _obey(one: OneAddress) -> None:
    """Take orders from the app until it is gone."""
    for line in sys.stdin:
        try:
            one.lead_to(json.loads(line))
        except (OSError, ValueError) as error:
            one.lead_to({})
            print(json.dumps({"problem": str(error)}), flush=True)  # noqa: T201 - to the app


def _run() -> None:
    port = json.loads(sys.stdin.readline())["port"]
    try:
        listener = socket.create_server(("127.0.0.1", port))
    except OSError as error:
        print(json.dumps({"problem": error.strerror or str(error)}), flush=True)  # noqa: T201 - to the app
        return
    one = OneAddress()
    threading.Thread(target=one.listen, args=(listener,), daemon=True).start()
    print(json.dumps({"listening": listener.getsockname()[1]}), flush=True)  # noqa: T201 - to the app
    _obey(one)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        _run()
