"""Readiness, against real HTTP servers on this computer."""

import json
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.quiet_http import QuietHandler, QuietServer
from trayapp.supervision.health_check import HealthCheck, read_models_answer

MODELS = {"data": [{"id": "mine", "max_model_len": 26_608}]}


class Answers(QuietHandler):
    health = 200
    models: object = MODELS

    def do_GET(self) -> None:
        body = b"" if self.path == "/health" else json.dumps(self.models).encode()
        self.send_response(self.health)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def serve(free_port: int) -> Iterator[Callable[..., int]]:
    """serve(health=..., models=...): a server on the free port; returns the port."""
    running: list[QuietServer] = []

    def start(**values: object) -> int:
        handler = type("Handler", (Answers,), dict(values))
        running.append(QuietServer(handler, free_port).start())
        return free_port

    yield start
    for server in running:
        server.close()


def answers_of(qtbot: QtBot, port: int, wait_ms: int = 1500) -> list[int]:
    check = HealthCheck("127.0.0.1", port, "mine")
    answers: list[int] = []
    check.answered.connect(answers.append)
    check.ask()
    try:
        qtbot.waitUntil(lambda: bool(answers), timeout=wait_ms)
    except Exception:  # noqa: BLE001 - no answer is an answer here
        return answers
    finally:
        check.stop()
        check.deleteLater()
    return answers


def test_it_is_ready_when_health_is_good_and_the_model_is_ours(qtbot: QtBot, serve: Callable[..., int]) -> None:
    assert answers_of(qtbot, serve()) == [26_608]


@pytest.mark.parametrize(
    "values", [{"health": 503}, {"models": {"data": [{"id": "other"}]}}, {"models": ["no"]}, {"models": None}]
)
def test_it_is_not_ready_otherwise(qtbot: QtBot, serve: Callable[..., int], values: dict[str, object]) -> None:
    assert answers_of(qtbot, serve(**values)) == []


def test_a_server_that_comes_late_is_noticed(qtbot: QtBot, serve: Callable[..., int], free_port: int) -> None:
    check = HealthCheck("127.0.0.1", free_port, "mine")
    with qtbot.waitSignal(check.answered, timeout=5000):
        check.hint()
        qtbot.wait(100)
        serve()
    check.stop()


def test_silence_after_it_was_ready_is_told(qtbot: QtBot, serve: Callable[..., int]) -> None:
    port = serve()
    check = HealthCheck("127.0.0.1", port, "mine")
    with qtbot.waitSignal(check.answered, timeout=5000):
        check.ask()
    Answers.health = 503
    try:
        with qtbot.waitSignal(check.silent, timeout=5000):
            check.ask()
    finally:
        Answers.health = 200
    check.stop()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"data": 3}', b'{"data": [3]}', b'{"data": [{"name": "mine"}]}'])
def test_an_answer_that_makes_no_sense_is_not_ours(body: bytes) -> None:
    assert read_models_answer(body, "mine") is None


def test_a_server_without_a_length_is_ready_all_the_same() -> None:
    assert read_models_answer(b'{"data": [{"id": "mine"}]}', "mine") == 0


@pytest.mark.parametrize(
    "body",
    [b"[" * 200_000, b"\xff\xfe", b"null", b'{"data": null}', b'{"data": ["mine"]}', b'{"data": {"id": "mine"}}'],
)
def test_what_a_stranger_answers_is_no_answer(body: bytes) -> None:
    assert read_models_answer(body, "mine") is None


@pytest.mark.parametrize("length", ["true", "-5", "1e999", "null", '"9"'])
def test_a_length_that_is_none_is_not_believed(length: str) -> None:
    assert read_models_answer(b'{"data": [{"id": "mine", "max_model_len": %s}]}' % length.encode(), "mine") == 0
