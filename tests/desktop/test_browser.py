"""Web pages in a real browser: what a page gets depends on the origins that the server was told to allow."""

import json
from collections.abc import Iterator

import pytest

from tests.backends.address import Address
from tests.core.planned import planned
from tests.desktop.browser import find_chromium, what_a_page_gets
from tests.fakes.quiet_http import QuietHandler, QuietServer

pytestmark = pytest.mark.browser


class Guarded(QuietHandler):
    """Answers as vLLM with Starlette's CORSMiddleware does, for the origins of a plan."""

    allowed: tuple[str, ...] = ()
    asked: list[str]

    def do_OPTIONS(self) -> None:
        self._answer({}, 200 if self.headers["Origin"] in self.allowed else 400)

    def do_GET(self) -> None:
        self._answer({"data": [{"id": "mine"}]}, 200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(self.headers["Origin"])
        self._answer({"choices": [1]}, 200)

    def _answer(self, body: object, status: int) -> None:
        self.send_response(status)
        if self.headers["Origin"] in self.allowed:
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"])
            self.send_header("Access-Control-Allow-Methods", "*")
            self.send_header("Access-Control-Allow-Headers", "content-type")
        self.end_headers()
        if self.command != "OPTIONS":
            self.wfile.write(json.dumps(body).encode())


@pytest.fixture
def guarded(free_port: int) -> Iterator[type[Guarded]]:
    handler = type("Handler", (Guarded,), {"asked": []})
    server = QuietServer(handler, free_port).start()
    yield handler
    server.close()


def test_a_foreign_page_is_refused_and_an_allowed_one_is_served(
    guarded: type[Guarded], free_port: int, port_numbers: Iterator[int]
) -> None:
    page_port = next(port_numbers)
    mine = f"http://mine.test:{page_port}"
    plan = planned(port=free_port, allowed_origins=(mine,))
    guarded.allowed = tuple(json.loads(plan.arguments[plan.arguments.index("--allowed-origins") + 1]))
    chromium = find_chromium()
    foreign = what_a_page_gets(chromium, "foreign.test", page_port, plan.endpoint, "mine")
    assert foreign == dict.fromkeys(("models", "chat"), "TypeError: Failed to fetch")
    assert guarded.asked == []
    served = what_a_page_gets(chromium, "mine.test", page_port, plan.endpoint, "mine")
    assert served == {"models": [200, {"data": [{"id": "mine"}]}], "chat": [200, {"choices": [1]}]}
    assert guarded.asked == [mine]


def test_the_one_address_lets_in_the_pages_that_its_server_does(
    guarded: type[Guarded], free_port: int, port_numbers: Iterator[int]
) -> None:
    page_port = next(port_numbers)
    mine = f"http://mine.test:{page_port}"
    guarded.allowed = (mine, f"http://foreign.test:{page_port}")  # a server elsewhere may let all in
    chromium = find_chromium()
    with Address() as address:
        address.lead_to(free_port, model="mine", pages=[mine])
        address.wait_for(200)
        endpoint = f"http://127.0.0.1:{address.port}/v1"
        foreign = what_a_page_gets(chromium, "foreign.test", page_port, endpoint, "mine")
        assert guarded.asked == []
        served = what_a_page_gets(chromium, "mine.test", page_port, endpoint, "mine")
    assert foreign == dict.fromkeys(("models", "chat"), "TypeError: Failed to fetch")
    assert served == {"models": [200, {"data": [{"id": "mine"}]}], "chat": [200, {"choices": [1]}]}
    assert guarded.asked == [mine]
