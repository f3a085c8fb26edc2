"""A question to a server, and what becomes of it: against real sockets that answer, refuse, break off and hang."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.elsewhere import Authority, TlsFront
from tests.fakes.fake_api import ANSWER, FakeServer
from trayapp.core.access import Access
from trayapp.core.chat import Answer, ChatFailure
from trayapp.supervision.chat import Chat

Raw = Callable[[bytes], int]


@pytest.fixture
def raw() -> Iterator[Raw]:
    """A server that sends these bytes to whoever asks, and closes: raw(bytes) returns its port."""
    listeners = []

    def serve(data: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(data)

        threading.Thread(target=answer, daemon=True).start()
        return int(listener.getsockname()[1])

    yield serve
    for listener in listeners:
        listener.close()


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], int]]:
    servers = []

    def serve(key: str = "") -> int:
        monkeypatch.setenv("VLLM_API_KEY", key)
        listener = socket.create_server(("127.0.0.1", 0))
        behaviour = SimpleNamespace(health="ok", version="0.32.0", model_name="", answer="")
        server = FakeServer(listener, "tiny", 128, behaviour)
        server.server_activate()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return int(listener.getsockname()[1])

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def ask(qtbot: QtBot, port: int, key: str = "") -> tuple[Answer | None, ChatFailure | None, str]:
    return ask_by(qtbot, Access(f"http://127.0.0.1:{port}/v1", "tiny", key))


def ask_by(qtbot: QtBot, access: Access) -> tuple[Answer | None, ChatFailure | None, str]:
    chat = Chat(access)
    answers: list[Answer] = []
    chat.grew.connect(answers.append)
    with qtbot.waitSignal(chat.ended, timeout=10_000) as ended:
        chat.ask("Hello?")
    assert ended.args is not None
    failure, message = ended.args
    return (answers[-1] if answers else None), failure, message


def stream(*events: str) -> bytes:
    body = "".join(f"data: {event}\n\n" for event in events).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + body


def refusal(status: int, message: str) -> bytes:
    body = json.dumps({"error": {"message": message}}).encode()
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body


def test_an_answer_comes_whole(qtbot: QtBot, fake: Callable[[str], int]) -> None:
    answer, failure, _message = ask(qtbot, fake(""))
    assert failure is None
    assert answer is not None
    assert answer.text.strip() == ANSWER
    assert answer.finished == "stop"


def test_the_key_goes_with_the_question(qtbot: QtBot, fake: Callable[[str], int]) -> None:
    port = fake("geheim")
    assert ask(qtbot, port, "geheim")[1] is None
    assert ask(qtbot, port, "other")[1] is ChatFailure.NOT_ALLOWED


def test_nobody_there(qtbot: QtBot, free_port: int) -> None:
    _answer, failure, message = ask(qtbot, free_port)
    assert failure is ChatFailure.NOT_REACHED
    assert message


@pytest.mark.parametrize(
    ("status", "said", "expected"),
    [
        (400, "As of transformers v4.44, default chat template is no longer allowed", ChatFailure.NO_CHAT_TEMPLATE),
        (400, "This model's maximum context length is 128 tokens", ChatFailure.TOO_LONG),
        (503, "not now", ChatFailure.NOT_READY),
        (401, "who are you", ChatFailure.NOT_ALLOWED),
        (404, "The model `tiny` does not exist.", ChatFailure.REFUSED),
        (429, "too many", ChatFailure.REFUSED),
        (500, "a bug", ChatFailure.REFUSED),
    ],
)
def test_a_refusal_keeps_the_servers_own_words(
    qtbot: QtBot, raw: Raw, status: int, said: str, expected: ChatFailure
) -> None:
    assert ask(qtbot, raw(refusal(status, said))) == (None, expected, said)


def test_a_server_behind_tls_is_reached_by_its_own_authority_and_no_other(
    qtbot: QtBot, fake: Callable[[str], int], tmp_path: Path
) -> None:
    authority = Authority(tmp_path)
    front = TlsFront(authority, fake("geheim"))
    try:
        trusting = Access(f"{front.url}/v1", "tiny", "geheim", ca_file=str(authority.file))
        answer, failure, _message = ask_by(qtbot, trusting)
        assert failure is None
        assert answer is not None
        assert answer.text.strip() == ANSWER
        _answer, failure, message = ask_by(qtbot, Access(f"{front.url}/v1", "tiny", "geheim"))
        assert failure is ChatFailure.NOT_REACHED
        assert message
    finally:
        front.close()


def test_a_redirect_does_not_carry_the_key_elsewhere(qtbot: QtBot, raw: Raw) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        there = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v1/chat/completions"
        port = raw(f"HTTP/1.1 307 X\r\nLocation: {there}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        _answer, failure, _message = ask(qtbot, port, "geheim")
        assert failure is ChatFailure.REFUSED
        elsewhere.settimeout(0.2)
        with pytest.raises(TimeoutError):
            elsewhere.accept()


def test_a_stream_that_breaks_off_keeps_what_came(qtbot: QtBot, raw: Raw) -> None:
    event = json.dumps({"choices": [{"delta": {"content": "half"}}]})
    answer, failure, message = ask(qtbot, raw(stream(event)))
    assert answer is not None
    assert (answer.text, failure) == ("half", ChatFailure.BROKEN_OFF)
    assert message


def test_an_answer_is_told_as_it_comes(qtbot: QtBot) -> None:
    seen = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(stream(json.dumps({"choices": [{"delta": {"content": "one"}}]})))
                assert seen.wait(10), "the first part was not told before the second"
                connection.sendall(b'data: {"choices": [{"delta": {"content": " two"}}]}\n\ndata: [DONE]\n\n')

        threading.Thread(target=serve, daemon=True).start()
        chat, texts = Chat(Access(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "tiny")), list[Answer]()
        chat.grew.connect(lambda answer: (texts.append(answer), seen.set()))
        with qtbot.waitSignal(chat.ended, timeout=10_000) as ended:
            chat.ask("Hello?")
    assert ended.args == [None, ""]
    assert [answer.text for answer in texts] == ["one", "one two"]
    assert texts[-1].tokens_per_s is not None


def test_an_error_in_the_stream_is_told(qtbot: QtBot, raw: Raw) -> None:
    event = json.dumps({"error": {"message": "EngineCore died"}})
    assert ask(qtbot, raw(stream(event, "[DONE]"))) == (None, ChatFailure.REFUSED, "EngineCore died")


def test_stopping_is_no_failure(qtbot: QtBot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        chat = Chat(Access(f"http://127.0.0.1:{silent.getsockname()[1]}/v1", "tiny"))
        chat.ask("Hello?")
        with qtbot.waitSignal(chat.ended) as ended:
            chat.stop()
        assert ended.args == [None, ""]
        chat.stop()
