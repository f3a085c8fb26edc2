"""A server on this computer that answers as it is told: how often it was asked, what it sent, and faults on demand."""

import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.fakes.faults_on_demand import Fault
from tests.fakes.quiet_http import QuietHandler, QuietServer

_CHUNK = 1 << 20

Content = bytes | Path


class FakeServer:
    """Serves while it is entered; everything about it may be changed meanwhile."""

    def __init__(self, bytes_a_second: int = 0) -> None:
        self.bytes_a_second = bytes_a_second
        self.faults: list[Fault] = []
        self.sent_bytes: Counter[str] = Counter()
        self.requests: list[str] = []
        ours = self

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                ours.answer(self, with_body=True)

            def do_HEAD(self) -> None:
                ours.answer(self, with_body=False)

        self._server = QuietServer(Handler)
        self.address = self._server.url

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.close()

    def answer(self, handler: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        """Answer a request."""
        raise NotImplementedError

    def send_part(
        self, handler: BaseHTTPRequestHandler, file: str, content: Content, part: range, fault: Fault | None
    ) -> None:
        """Send some bytes of a file as the body, with the fault."""
        stop = part.stop if fault is None or fault.cut_after is None else min(part.stop, part.start + fault.cut_after)
        at = part.start
        if isinstance(content, Path) and fault is None and not self.bytes_a_second:
            # By the kernel: this server must not be what a measurement of a client measures.
            with content.open("rb") as source:
                handler.wfile.flush()
                handler.connection.sendfile(source, at, stop - at)
            self.sent_bytes[file] += stop - at
            return
        while at < stop:
            data = read_part(content, at, min(self._piece_bytes(), stop - at))
            if fault is not None and fault.damage and at == part.start:
                data = bytes([data[0] ^ 0xFF]) + data[1:]
            handler.wfile.write(data)
            at += len(data)
            self.sent_bytes[file] += len(data)
            if self.bytes_a_second:
                time.sleep(len(data) / self.bytes_a_second)
        if fault is not None and stop < part.stop:
            handler.wfile.flush()
            time.sleep(fault.silent_s)
            handler.close_connection = True
            handler.connection.shutdown(2)

    def _piece_bytes(self) -> int:
        return max(1, min(_CHUNK, self.bytes_a_second // 20)) if self.bytes_a_second else _CHUNK


def content_size(content: Content) -> int:
    """Return how many bytes it has."""
    return content.stat().st_size if isinstance(content, Path) else len(content)


def read_part(content: Content, start: int, length: int) -> bytes:
    """Return some bytes of it."""
    if isinstance(content, bytes):
        return content[start : start + length]
    with content.open("rb") as file:
        file.seek(start)
        return file.read(length)


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
    """Answer with a short body."""
    handler.send_response(status)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        handler.send_header(name, value)
    handler.end_headers()
    if with_body:
        handler.wfile.write(body)
