"""The app's own address: a small program that passes programs on to whichever backend is on. No Qt, no import of ours.

The app runs it as a child and tells it on standard input, one JSON object a line, where to lead: {"port"} once, then
{"host", "port", "path", "tls", "ca_file", "key", "model", "client_key", "pages"} at each change, or {} for nowhere. It
ends when that input ends, and so with the app, however that dies.

A web page is asked for its origin: the server behind may let all in, and would take the page for a program with a key.

Bytes are passed through as they come, in both directions; of a request only the address, the key and the name of the
model are put right, so that a program is set up once. Each connection carries one request, whatever the server thinks
of that: the answer says so, and what a program says behind its request reaches nobody. Nothing is kept, and nothing is
written down.
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
LONGEST_LINE = 4096
_OF_ONE_CONNECTION = {b"connection", b"keep-alive", b"proxy-connection"}
_DROPPED = _OF_ONE_CONNECTION | {b"host", b"authorization", b"expect", b"content-length", b"transfer-encoding"}
_LENGTH = re.compile(rb"\d{1,15}")
_CHUNK_SIZE = re.compile(rb"[0-9a-fA-F]{1,8}")
_LOOPBACK = re.compile(rb"(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?", re.IGNORECASE)
_WEB = re.compile(rb"https?://", re.IGNORECASE)

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
                body = _Body(program, rest)
                request = _put_right(head, body, target)
                with _connect(target, context) as server:
                    server.sendall(request)
                    _pass_on(body, server)
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
    """What follows the head of a request. due: how many bytes of it are still to be passed on as they come."""

    def __init__(self, program: socket.socket, rest: bytes) -> None:
        self.program = program
        self.due = 0
        self._rest = rest

    def read(self, size: int) -> bytes:
        """Return so many bytes."""
        data = bytearray(self._rest[:size])
        self._rest = self._rest[size:]
        while len(data) < size:
            data += self._receive(min(size - len(data), 1 << 20))
        return bytes(data)

    def read_chunks(self) -> bytes:
        """Return a body that comes in chunks, whole."""
        data = bytearray()
        while size := self._chunk_size():
            if len(data) + size > LARGEST_REWRITTEN:
                raise Refused("413 Content Too Large", "This request is too large for a body in chunks.")
            data += self.read(size)
            self._line()
        while self._line():  # trailers, which no model's server asks for
            pass
        return bytes(data)

    def begin(self, length: int) -> bytes:
        """Return what has come of a body of this length; the rest of it is due."""
        begun = self._rest[:length]
        self.due = length - len(begun)
        return begun

    def go_on(self) -> bytes:
        """Return the next piece of what is due; nothing of what comes behind it."""
        piece = self._receive(PIECE)[: self.due]
        self.due -= len(piece)
        return piece

    def _chunk_size(self) -> int:
        size = self._line().partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise Refused("400 Bad Request", "The chunks of this request have no length.")
        return int(size, 16)

    def _line(self) -> bytes:
        while (end := self._rest.find(b"\r\n")) < 0:
            if len(self._rest) > LONGEST_LINE:
                raise Gone
            self._rest += self._receive(PIECE)
        line, self._rest = self._rest[:end], self._rest[end + 2 :]
        return line

    def _receive(self, size: int) -> bytes:
        piece = self.program.recv(size)
        if not piece:
            raise Gone
        return piece


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


def _pass_on(body: _Body, server: socket.socket) -> None:
    """Pass on what both say, until the answer ends or the program has gone.

    A side that reads slowly holds up the other: nothing is piled up here.
    """
    buffer = bytearray(PIECE)
    view, answers, give = memoryview(buffer), server.fileno(), body.program.sendall
    begun: bytes | None = b""  # of the answer; None once its head is through
    take = _Tls(server).take if isinstance(server, ssl.SSLSocket) else server.recv_into
    ready = select.poll()
    for side in (server, body.program):
        ready.register(side, select.POLLIN)
    while True:
        for which, _ in ready.poll():
            if which != answers:
                server.sendall(body.go_on())
            elif size := take(buffer):
                if begun is None:
                    give(view[:size])
                elif answer := _with_its_end(begun := begun + view[:size]):
                    give(answer)
                    begun = None
            elif size == 0:
                give(begun or b"")
                return


def _with_its_end(answer: bytes) -> bytes:
    """Return what has come of an answer, told to be the last one of its connection; b"" until its head is complete.

    A server that would go on with this connection is thought to do so by the program, too.
    """
    head, end, rest = answer.partition(b"\r\n\r\n")
    if not end:
        return answer if len(answer) > LARGEST_HEAD else b""
    first, *lines = head.split(b"\r\n")
    if first.partition(b" ")[2].startswith(b"1"):  # not the answer yet, only news of it
        return _with_its_end(rest)
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _OF_ONE_CONNECTION]
    return b"\r\n".join((first, *kept, b"Connection: close")) + end + rest


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
    """Return the request as the server is to get it; what is due of its body follows as it comes."""
    first, *lines = head[:-4].split(b"\r\n")
    method, _, rest = first.partition(b" ")
    path, _, version = rest.partition(b" ")
    headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
    found = dict(headers)
    odd = any(line[:1] in b" \t" or b"\n" in line or b":" not in line for line in lines)  # read differently by each
    if odd or not path.startswith(b"/") or not version.startswith(b"HTTP/1."):
        raise Refused("400 Bad Request", "This is no request that the model's server would understand.")
    if not _LOOPBACK.fullmatch(found.get(b"host", b"")):  # a web page that had its own name lead here
        raise Refused("403 Forbidden", "This address is for programs on this computer, under its own name.")
    _check_page([value for name, value in headers if name == b"origin"], target.get("pages") or [])
    asks_first = method == b"OPTIONS"  # a browser, what a page may say: never with the key, and answered without it
    if not asks_first:
        _check_key(found.get(b"authorization", b""), str(target.get("client_key") or ""))
    if not target:
        raise Refused("503 Service Unavailable", "No model is on. Start one in vLLM Tray.")
    kept = [line for line, (name, _) in zip(lines, headers, strict=True) if name not in _DROPPED]
    is_question = method == b"POST" and found.get(b"content-type", b"").startswith(b"application/json")
    said = _begin(found, body, str(target["model"]) if is_question else None)
    if said is not None:
        kept.append(b"Content-Length: %d" % (len(said) + body.due))
    own = [b"Host: " + f"{target['host']}:{target['port']}".encode(), b"Connection: close"]
    if target["key"] and not asks_first:
        own.append(b"Authorization: Bearer " + target["key"].encode())
    start = b" ".join((method, str(target["path"]).encode() + path, b"HTTP/1.1"))
    return b"\r\n".join((start, *own, *kept)) + b"\r\n\r\n" + (said or b"")


def _begin(found: dict[bytes, bytes], body: _Body, model: str | None) -> bytes | None:
    """Return the body of a request as far as it can be passed on by now; None where it has none.

    What goes to this model is put right and needs all of it, and what comes in chunks has no length before that.
    """
    chunked, length = found.get(b"transfer-encoding"), found.get(b"content-length", b"0")
    if chunked is None and b"content-length" not in found:
        return None
    if (chunked or b"chunked").lower() != b"chunked" or not _LENGTH.fullmatch(length):
        raise Refused("400 Bad Request", "Nobody can tell where this request ends.")
    if chunked is None and (model is None or int(length) > LARGEST_REWRITTEN):
        return body.begin(int(length))
    said = body.read(int(length)) if chunked is None else body.read_chunks()
    return said if model is None else _with_model(said, model)


def _check_page(origins: list[bytes], allowed: list[str]) -> None:
    """Let in programs, pages of this computer, and the pages that the settings allow; "*" among them allows all."""
    for origin in origins:
        is_local = _LOOPBACK.fullmatch(_WEB.sub(b"", origin, count=1)) is not None
        if not is_local and not {"*", origin.decode("latin-1")} & set(allowed):
            raise Refused("403 Forbidden", "This web page is not among those that the settings of vLLM Tray allow.")


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
