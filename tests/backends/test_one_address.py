"""The app's own address: programs are led to whichever backend is on, byte for byte, and nobody else is."""

import concurrent.futures
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.backends.address import Address
from tests.fakes.elsewhere import Authority, TlsFront
from tests.fakes.quiet_http import QuietHandler, QuietServer
from trayapp.backends import one_address

PIECES = [f"data: piece {number} €\n\n".encode() for number in range(200)]


class Model(QuietServer):
    """Streams, whole or in pieces, and remembers what it was asked."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        self.gone = threading.Event()
        self.breaks_off = False
        self.stays = False  # it goes on with a connection that was to be closed
        self.pieces = 0


class Handler(QuietHandler):
    server: Model
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers), b""))
        self._whole(b'{"data": []}')

    do_OPTIONS = do_GET

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.asked.append((self.path, dict(self.headers), body))
        if b'"stream": true' not in body:
            self._whole(body)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in PIECES:
                self._chunk(piece)
            while b"endless" in body:
                self._chunk(b"data: more\n\n")
            if not self.server.breaks_off:
                self._chunk(b"")
        except OSError:
            self.server.gone.set()
        self.close_connection = True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.server.pieces += 1

    def _whole(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = not self.server.stays


@pytest.fixture
def model() -> Iterator[Model]:
    server = Model().start()
    yield server
    server.close()


@pytest.fixture
def address(model: Model) -> Iterator[Address]:
    with Address() as address:
        address.lead_to(model.server_port)
        address.wait_for(200)
        yield address


def question(model: str = "big", **more: Any) -> bytes:
    return json.dumps({"model": model, "messages": [], **more}, ensure_ascii=False).encode()


def test_a_stream_arrives_byte_for_byte(address: Address) -> None:
    reply = address.ask("/v1/chat/completions", question(stream=True))
    assert reply.headers["Content-Type"] == "text/event-stream"
    assert reply.body == b"".join(PIECES)


def test_fifty_streams_at_once_lose_and_change_nothing_and_need_no_memory(address: Address) -> None:
    process = psutil.Process(address.process.pid)
    address.ask("/v1/chat/completions", question(stream=True))
    before = process.memory_info().rss

    def stream(_: int) -> bytes:
        return address.ask("/v1/chat/completions", question(stream=True)).body

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        bodies = list(pool.map(stream, range(50)))
    assert set(bodies) == {b"".join(PIECES)}
    assert process.memory_info().rss - before < 10e6


def test_a_stream_that_breaks_off_breaks_off_for_the_program_too(address: Address, model: Model) -> None:
    model.breaks_off = True
    with pytest.raises(Exception, match="IncompleteRead"):
        address.ask("/v1/chat/completions", question(stream=True))


def test_a_program_that_goes_away_is_gone_for_the_model_too(address: Address, model: Model) -> None:
    body = question(stream=True, user="endless")
    with closing(HTTPConnection("127.0.0.1", address.port, timeout=20)) as connection:
        connection.request("POST", "/v1/chat/completions", body)
        assert connection.getresponse().read(100)
    assert model.gone.wait(20)


def test_a_program_that_does_not_read_holds_up_the_model_and_nothing_piles_up(address: Address, model: Model) -> None:
    process = psutil.Process(address.process.pid)
    with closing(HTTPConnection("127.0.0.1", address.port, timeout=20)) as connection:
        connection.request("POST", "/v1/chat/completions", question(stream=True, user="endless"))
        assert connection.getresponse().read(100)
        before, pieces = process.memory_info().rss, -1
        while pieces != model.pieces:  # until the model waits, too
            pieces = model.pieces
            threading.Event().wait(0.3)
        assert process.memory_info().rss - before < 10e6
    assert model.gone.wait(20)


@pytest.mark.parametrize("text", ["äöü €", "x" * 5_000_000])
def test_a_body_with_the_right_name_is_not_touched(address: Address, model: Model, text: str) -> None:
    body = question(prompt=text)
    assert address.ask("/v1/completions", body).body == body


def test_the_name_of_the_model_is_put_right(address: Address, model: Model) -> None:
    answer = address.ask("/v1/completions", question("whatever", prompt="€")).body
    assert json.loads(answer) == {"model": "big", "messages": [], "prompt": "€"}


FIRST, SECOND = (b"GET /%s HTTP/1.1\r\nHost: localhost\r\n" % name for name in (b"first", b"second"))
CHUNKED = (
    b"POST /first HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)


@pytest.mark.parametrize(
    "first",
    [
        FIRST + b"\r\n",
        FIRST.replace(b"GET", b"POST") + b"Content-Length: 3\r\n\r\nabc",
        CHUNKED + b'8;a=b\r\n{"model"\r\n9\r\n: "else"}\r\n0\r\nTrailer: x\r\n\r\n',
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_connection_carries_one_request_whatever_the_server_thinks_of_that(
    address: Address, model: Model, first: bytes, at_once: bool
) -> None:
    model.stays = True
    model.asked.clear()
    with socket.create_connection(("127.0.0.1", address.port), 20) as program, program.makefile("rb") as answers:
        program.sendall(first + (SECOND + b"\r\n" if at_once else b""))
        head = b"".join(iter(answers.readline, b"\r\n"))
        assert b"\r\nConnection: close\r\n" in head
        assert answers.read(2) in {b'{"', b"ab"}
        program.sendall(SECOND + b"\r\n")
        address.ask("/third")
    assert [path for path, _, _ in model.asked] == ["/first", "/third"]


def test_a_body_in_chunks_is_put_right_like_any_other(address: Address, model: Model) -> None:
    with closing(HTTPConnection("127.0.0.1", address.port, timeout=20)) as connection:
        body = iter([b'{"model": "whatever", ', b'"prompt": "\xe2\x82\xac"}'])
        connection.request("POST", "/v1/completions", body, {"Content-Type": "application/json"}, encode_chunked=True)
        assert json.loads(connection.getresponse().read()) == {"model": "big", "prompt": "€"}


def test_a_large_file_goes_through_as_it_comes(address: Address) -> None:
    data = bytes(range(256)) * 20_000
    assert address.ask("/v1/audio/transcriptions", data, **{"Content-Type": "audio/wav"}).body == data


@pytest.mark.parametrize(
    "head",
    [
        *(
            FIRST + line
            for line in (b"no colon\r\n", b"A: b\r\n folded: c\r\n", b"A: b\nTransfer-Encoding: chunked\r\n")
        ),
        *(FIRST + line for line in (b"Content-Length: -1\r\n", b"Transfer-Encoding: gzip, chunked\r\n")),
        CHUNKED[:-2] + b"\r\n-1\r\n",
    ],
)
def test_what_two_could_read_differently_is_refused(address: Address, model: Model, head: bytes) -> None:
    model.asked.clear()
    with socket.create_connection(("127.0.0.1", address.port), 20) as program:
        program.sendall(head + b"\r\n")
        assert program.recv(1 << 16).startswith(b"HTTP/1.1 400 ")
    assert model.asked == []


@pytest.mark.parametrize("body", [b"no json", b"[1]", b"{}", b"[" * 100_000])
def test_what_names_no_model_goes_through_as_it_is(address: Address, body: bytes) -> None:
    assert address.ask("/v1/completions", body).body == body


def test_the_key_of_the_program_is_checked_and_the_server_gets_its_own(address: Address, model: Model) -> None:
    address.lead_to(model.server_port, key="of the server", client_key="of this computer")
    assert b"key" in address.wait_for(401).body
    assert address.ask("/v1/models", Authorization="Bearer wrong").status == 401
    model.asked.clear()
    assert address.ask("/v1/models", Authorization="Bearer of this computer").status == 200
    ((_, headers, _),) = model.asked
    assert headers["Authorization"] == "Bearer of the server"
    assert headers["Host"] == f"127.0.0.1:{model.server_port}"


def test_a_browser_may_ask_without_the_key_what_a_page_may_say(address: Address, model: Model) -> None:
    address.lead_to(model.server_port, key="server-key", client_key="program-key", pages=("https://chat.example",))
    address.wait_for(401)
    for origin, status in (
        ("https://chat.example", 200),
        ("http://localhost:3000", 200),
        ("https://evil.example", 403),
    ):
        with closing(HTTPConnection("127.0.0.1", address.port, timeout=20)) as connection:
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            connection.request("OPTIONS", "/v1/chat/completions", headers=headers)
            assert connection.getresponse().status == status
    assert [headers.get("Authorization") for path, headers, _ in model.asked if path == "/v1/chat/completions"] == [
        None,
        None,
    ]


def test_who_is_refused_gets_to_know_why_however_much_was_to_be_said(address: Address, model: Model) -> None:
    address.lead_to(model.server_port, client_key="of this computer")
    address.wait_for(401)
    assert address.ask("/v1/completions", question(prompt="x" * 5_000_000)).status == 401


LONG_LENGTH = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "


@pytest.mark.parametrize("rubbish", [b"", b"\r\n\r\n", b"x" * 100_000, LONG_LENGTH + b"9" * 5_000 + b"\r\n\r\n"])
def test_rubbish_does_not_end_it(address: Address, rubbish: bytes) -> None:
    with socket.create_connection(("127.0.0.1", address.port), 20) as program, suppress(ConnectionError):
        program.sendall(rubbish)
        program.shutdown(socket.SHUT_WR)
        program.recv(1)
    assert address.ask("/v1/models").status == 200


def test_no_key_of_a_program_goes_elsewhere(address: Address, model: Model) -> None:
    model.asked.clear()
    address.ask("/v1/models", Authorization="Bearer mine")
    ((_, headers, _),) = model.asked
    assert "Authorization" not in headers


def test_a_web_page_that_leads_its_name_here_is_refused(address: Address) -> None:
    assert address.ask("/v1/models", Host="evil.example").status == 403


def test_where_no_model_is_on_it_says_so(address: Address) -> None:
    address.tell({})
    assert b"No model is on" in address.wait_for(503).body


def test_a_server_that_is_gone_is_said(address: Address, free_port: int) -> None:
    address.lead_to(free_port)
    assert b"does not answer" in address.wait_for(502).body


def test_it_leads_behind_tls_too(address: Address, model: Model, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    front = TlsFront(authority, model.server_port)
    try:
        address.lead_to(front.port, tls=True, ca_file=str(authority.file), model="far")
        for _ in range(200):
            if b"far" in address.ask("/v1/completions", question("near")).body:
                break
        reply = address.ask("/v1/chat/completions", question("near", stream=True))
        assert reply.body == b"".join(PIECES)
    finally:
        front.close()


def test_a_port_that_is_taken_is_said(model: Model) -> None:
    order = json.dumps({"port": model.server_port}).encode() + b"\n"
    child = subprocess.run(
        [sys.executable, "-I", one_address.__file__], input=order, capture_output=True, check=True, timeout=20
    )
    assert "problem" in json.loads(child.stdout)


def test_it_ends_with_the_app(address: Address) -> None:
    assert address.process.stdin is not None
    address.process.stdin.close()
    assert address.process.wait(10) == 0
