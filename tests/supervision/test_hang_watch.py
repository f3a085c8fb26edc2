"""A server that hangs while it serves, against a real HTTP server that stops answering."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.quiet_http import QuietHandler, QuietServer
from trayapp.core.access import Access
from trayapp.core.liveness import SILENT_S, STUCK_S
from trayapp.supervision.hang_watch import HangWatch
from trayapp.supervision.health_check import HealthCheck

MODELS = json.dumps({"data": [{"id": "mine", "max_model_len": 64}]}).encode()


@dataclass
class Server:
    port: int
    goes_on: threading.Event = field(default_factory=threading.Event)
    running: int = 0
    tokens: int = 0

    def __post_init__(self) -> None:
        self.goes_on.set()
        outer = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                outer.goes_on.wait(20)
                body = {"/v1/models": MODELS, "/metrics": outer.metrics()}.get(self.path, b"")
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.http = QuietServer(Handler, self.port).start()

    def metrics(self) -> bytes:
        return f"vllm:num_requests_running {self.running}\nvllm:generation_tokens_total {self.tokens}\n".encode()


@dataclass
class Clock:
    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def server(free_port: int) -> Iterator[Server]:
    server = Server(free_port)
    yield server
    server.goes_on.set()
    server.http.close()


@pytest.fixture
def watched(qtbot: QtBot, server: Server) -> Iterator[tuple[Clock, list[bool]]]:
    clock, told = Clock(), []
    check = HealthCheck("127.0.0.1", server.port, "mine", ready_pause_ms=5, timeout_ms=60)
    watch = HangWatch(check, Access(f"http://127.0.0.1:{server.port}/v1", ""), check, clock=clock)
    watch.hangs.connect(told.append)
    with qtbot.waitSignal(check.answered):
        check.ask()
    yield clock, told
    check.stop()
    check.deleteLater()


def test_silence_is_told_once_and_so_is_its_end(
    qtbot: QtBot, server: Server, watched: tuple[Clock, list[bool]]
) -> None:
    clock, told = watched
    server.goes_on.clear()
    qtbot.wait(150)  # some questions without an answer
    assert told == []
    clock.now_s += SILENT_S
    qtbot.waitUntil(lambda: told == [True])
    qtbot.wait(150)
    assert told == [True]
    server.goes_on.set()
    qtbot.waitUntil(lambda: told == [True, False])


def test_requests_that_get_no_token_are_told(qtbot: QtBot, server: Server, watched: tuple[Clock, list[bool]]) -> None:
    clock, told = watched
    server.running, server.tokens = 1, 5
    qtbot.wait(150)  # its figures were read
    clock.now_s += STUCK_S + 1
    qtbot.waitUntil(lambda: told == [True])
    server.tokens = 6
    qtbot.waitUntil(lambda: told == [True, False])
