"""The process of the app's own address, told where to lead as the app tells it."""

import json
import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection
from typing import Any, NamedTuple, Self

from trayapp.backends import one_address
from trayapp.core.one_address import Lead


class Answer(NamedTuple):
    """Everything of one answer."""

    status: int
    headers: dict[str, str]
    body: bytes


class Address:
    """The process, what it says, and what a program gets from it."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-I", one_address.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.tell({"port": 0})
        assert self.process.stdout is not None
        self.port = json.loads(self.process.stdout.readline())["listening"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        self.process.wait()

    def tell(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order).encode() + b"\n")
        self.process.stdin.flush()

    def lead_to(self, port: int, **more: Any) -> None:
        self.tell(Lead("127.0.0.1", port, "", tls=False, ca_file="", key="", model="big").as_json() | more)

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> Answer:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            kind = {"Content-Type": "application/json"} if body is not None else {}
            connection.request("GET" if body is None else "POST", path, body, {**kind, **headers})
            reply = connection.getresponse()
            return Answer(reply.status, dict(reply.headers), reply.read())

    def wait_for(self, status: int) -> Answer:
        """Orders and requests come by two ways: ask until the order has arrived."""
        for _ in range(200):
            reply = self.ask("/v1/models")
            if reply.status == status:
                return reply
        raise AssertionError(reply.status)
