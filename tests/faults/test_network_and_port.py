"""The port and what answers on it: taken, shared, hanging, refusing, lying."""

import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.quiet_http import QuietHandler, QuietServer
from tests.faults.as_nobody import as_nobody
from tests.faults.conftest import AppMaker, StoryMaker
from tests.faults.table import fault
from trayapp.core.diagnosis import Cause, Diagnosis
from trayapp.core.events import StartWanted
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.states import Failed, Ready, Starting
from trayapp.probes.ports import find_port_problem, find_port_user
from trayapp.supervision.health_check import HealthCheck
from trayapp.wording.diagnoses import diagnosis_words
from trayapp.wording.problems import problem_words

FAST_MS = 30_000
SOON_MS = 1_500


def refusal(told: Any) -> ProblemKind:
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: isinstance(told.state, Failed), timeout=FAST_MS)
    assert isinstance(told.state.reason, Refusal)
    return told.state.reason.problems[0].kind


@fault("somebody listens on our port", "refused before anything runs, and the program is named")
def test_a_port_that_is_taken(story: StoryMaker, free_port: int) -> None:
    told, fake = story()
    with socket.create_server(("127.0.0.1", free_port)):
        assert refusal(told) is ProblemKind.PORT_TAKEN
        assert str(told.state.reason.problems[0].values["user"])  # type: ignore[union-attr]
    assert fake.launches() == []
    told.start(FAST_MS)


@fault("somebody has bound our port and does not listen yet, as a vLLM that loads", "refused before anything runs")
def test_a_port_that_is_bound(story: StoryMaker, free_port: int) -> None:
    told, fake = story()
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port))
        assert refusal(told) is ProblemKind.PORT_TAKEN
    assert fake.launches() == []


@fault("somebody takes our port after the check and before vLLM", "diagnosed as what it is; nothing of vLLM stays")
def test_a_port_that_is_taken_in_between(story: StoryMaker, free_port: int) -> None:
    told, fake = story()
    taken: list[socket.socket] = []

    def take(_before: object, after: object) -> None:
        if isinstance(after, Starting) and not taken:
            taken.append(socket.create_server(("127.0.0.1", free_port)))

    told.controller.state_changed.connect(take)
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: isinstance(told.state, Failed), timeout=FAST_MS)
    assert isinstance(told.state.reason, Diagnosis)  # type: ignore[union-attr]
    assert told.state.reason.cause is Cause.PORT_IN_USE  # type: ignore[union-attr]
    assert fake.alive() == []
    taken[0].close()


@fault("another user of this computer has our port", "refused before anything runs, though nobody may say whose it is")
def test_a_port_of_another_user(free_port: int) -> None:
    find_port_user(free_port)  # loads what it needs: nobody may not read root's Python
    with socket.create_server(("127.0.0.1", free_port)) as server:

        def ask() -> Problem | None:
            server.close()  # what the child has of it: the parent still listens
            return find_port_problem("127.0.0.1", free_port)

        problem = as_nobody(ask)
    assert problem is not None
    assert problem.kind is ProblemKind.PORT_TAKEN
    assert problem_words(problem).remedy
    assert os.getuid() != 0 or problem.values["user"] == ""


@fault("another vLLM shares our port (SO_REUSEPORT)", "refused before anything runs")
def test_a_port_that_is_shared(story: StoryMaker, free_port: int) -> None:
    told, fake = story(reuse_port=True)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", free_port))
        other.listen()
        assert refusal(told) is ProblemKind.PORT_TAKEN
    assert fake.launches() == []


@fault("what answers on our port serves another model", "it is never called ready")
def test_a_stranger(story: StoryMaker) -> None:
    told, fake = story(model_name="somebody-elses")
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: bool(told.log_book.lines()), timeout=FAST_MS)
    told._qtbot.waitUntil(lambda: len(fake.alive()) == 1, timeout=FAST_MS)
    with pytest.raises(Exception, match=r"imeout|timed out"):
        told._qtbot.waitUntil(lambda: isinstance(told.state, Ready), timeout=SOON_MS)
    told.stop(FAST_MS)


class SameModel(QuietHandler):
    """Somebody else's server with our model, by its name."""

    model = ""

    def do_GET(self) -> None:
        body = b"" if self.path == "/health" else json.dumps({"data": [{"id": self.model}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def same_model(free_port: int) -> Iterator[Callable[[str], None]]:
    """same_model(name): from now on a stranger answers on our port, which others may have bound without listening."""
    running: list[QuietServer] = []

    def start(name: str) -> None:
        handler = type("Named", (SameModel,), {"model": name})
        running.append(type("Sharing", (QuietServer,), {"allow_reuse_port": True})(handler, free_port).start())

    yield start
    for server in running:
        server.close()


@fault(
    "while vLLM loads, a stranger {how} our port and serves the same model", "said with its name, never called ready"
)
@pytest.mark.parametrize(("how", "sharing"), [("shares", True), ("takes over", False)])
def test_a_stranger_with_our_model(
    story: StoryMaker, same_model: Callable[[str], None], how: str, sharing: bool
) -> None:
    del how
    told, fake = story(speed=8, reuse_port=sharing)  # its first word after 2 s, ready after 12
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: bool(told.log_book.lines()[1:]), timeout=FAST_MS)  # it has bound the port by then
    assert isinstance(told.state, Starting)
    same_model(told.state.plan.model_name)
    told._qtbot.waitUntil(lambda: isinstance(told.state, Failed), timeout=FAST_MS)
    assert isinstance(told.state, Failed)
    assert isinstance(told.state.reason, Diagnosis)
    assert told.state.reason.cause is Cause.PORT_IN_USE
    assert f"({os.getpid()})" in diagnosis_words(told.state.reason)[1]
    assert next(remedy.id for remedy in told.state.remedies) is RemedyId.USE_OTHER_PORT
    assert not any(isinstance(state, Ready) for state in told.states)
    assert fake.alive() == []


@fault("vLLM runs in a container, and a program that is not ours has its port", "the model becomes ready as any other")
@pytest.mark.parametrize("command", ["#!/bin/sh\nsleep 60\n", ""])
def test_a_container(story: StoryMaker, same_model: Callable[[str], None], command: str) -> None:
    told, fake = story(never_ready=True)  # without a command of its own: it says that it listens, and does not itself
    if command:
        Path(fake.executable).write_text(command)
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: isinstance(told.state, Starting), timeout=FAST_MS)
    if not command:
        told._qtbot.waitUntil(
            lambda: any("startup complete" in line for line in told.log_book.lines()), timeout=FAST_MS
        )
    assert isinstance(told.state, Starting)
    same_model(told.state.plan.model_name)
    told._qtbot.waitUntil(lambda: isinstance(told.state, Ready), timeout=FAST_MS)
    told.stop(FAST_MS)


@fault("an address of another computer is to be listened on", "refused before anything runs")
def test_a_foreign_address(story: StoryMaker) -> None:
    told, fake = story(settings={"host": "192.0.2.1"})
    assert refusal(told) is ProblemKind.ADDRESS_NOT_USABLE
    assert fake.launches() == []


@fault("the host name cannot be resolved", "refused before anything runs")
def test_a_name_that_means_nothing() -> None:
    problem = find_port_problem("no-such-name.invalid", 8000)
    assert problem is not None
    assert problem.kind is ProblemKind.ADDRESS_NOT_USABLE


@fault("an ordinary user wants port 80", "refused before anything runs, or allowed by this computer's own rule")
def test_a_privileged_port() -> None:
    first = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())

    def ask() -> str:
        problem = find_port_problem("127.0.0.1", 80)
        return problem.kind.value if problem else ""

    assert as_nobody(ask) == ("address_not_usable" if first > 80 else "")


@fault("the proxy of the environment leads nowhere", "it is not used for our own server: the model becomes ready")
def test_a_proxy(story: StoryMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    told, _ = story()
    told.start(FAST_MS)
    told.stop(FAST_MS)


@fault("connections of the last server linger on the port (TIME_WAIT)", "the next start is not refused")
def test_lingering_connections(story: StoryMaker, free_port: int) -> None:
    told, fake = story()
    told.start(FAST_MS)
    held = [socket.create_connection(("127.0.0.1", free_port)) for _ in range(5)]
    told.stop(FAST_MS)
    for connection in held:
        connection.close()
    told.start(FAST_MS)
    assert len(fake.launches()) == 2
    told.stop(FAST_MS)


class Answer(QuietHandler):
    how = ""

    def do_GET(self) -> None:
        health = self.path == "/health"
        match self.how:
            case "503 for ever":
                self.send_error(503)
            case "nothing, and closes":
                self.close_connection = True
            case "rubbish":
                self.wfile.write(b"\x00\xff" * 500)
            case "a redirection to somewhere else":
                self.send_response(302)
                self.send_header("Location", "/docs" if health else "/v1/models/other")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "health, and then ten megabytes of models":
                body = b"" if health else b'{"data": [' + b'{"id": "x"},' * 900_000 + b"{}]}"
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            case "health, and then half of the models":
                self.send_response(200)
                self.send_header("Content-Length", "0" if health else "1000")
                self.end_headers()
                self.wfile.write(b"" if health else b'{"data": [{"id": "mine"')
                self.close_connection = True
            case "headers that never end":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000)


@pytest.fixture
def serve(free_port: int) -> Iterator[Callable[[str], int]]:
    """serve(how): something that answers like this; returns the port."""
    running: list[QuietServer] = []

    def start(how: str) -> int:
        handler = type("How", (Answer,), {"how": how})
        running.append(QuietServer(handler, free_port).start())
        return free_port

    yield start
    for server in running:
        server.close()


@fault("the server answers with {how}", "it is never called ready, and asked again")
@pytest.mark.parametrize(
    "how",
    [
        "503 for ever",
        "nothing, and closes",
        "rubbish",
        "a redirection to somewhere else",
        "health, and then ten megabytes of models",
        "health, and then half of the models",
        "headers that never end",
    ],
)
def test_bad_answers(qtbot: QtBot, serve: Callable[[str], int], how: str) -> None:
    check = HealthCheck("127.0.0.1", serve(how), "mine")
    ready: list[object] = []
    rounds: list[int] = []
    check.answered.connect(ready.append)
    again = check._missed

    def missed(reason: str) -> None:
        rounds.append(1)
        again(reason)

    check._missed = missed  # type: ignore[method-assign]
    check.ask()
    qtbot.waitUntil(lambda: len(rounds) >= 2, timeout=FAST_MS)
    assert ready == []
    check.stop()
    check.deleteLater()


@fault("a server that serves hangs: /health does not answer any more", "noticed within seconds, and asked on")
def test_a_hang(qtbot: QtBot, free_port: int) -> None:
    listener = socket.create_server(("127.0.0.1", free_port))
    check = HealthCheck("127.0.0.1", free_port, "mine")
    check._ready = True
    with qtbot.waitSignal(check.silent, timeout=FAST_MS):
        check.ask()
    check.stop()
    check.deleteLater()
    listener.close()


@fault("the app is killed and comes again while its old server still ends", "the port is waited for or said; never two")
def test_an_old_server_on_the_port(app: AppMaker) -> None:
    running = app(workers=1, stop_takes_s=2)
    assert running.run("start", "--wait", "60").returncode == 0
    running.end()
    running.start()
    done = running.run("start", "--wait", "60")
    assert done.returncode in {0, 1}
    assert "Traceback" not in done.stderr
    started = time.monotonic()
    while done.returncode and time.monotonic() < started + 30:
        done = running.run("start", "--wait", "60")
    assert done.returncode == 0, done.stderr
    serving = [launch["pid"] for launch in running.vllm.launches() if Path(f"/proc/{launch['pid']}").exists()]
    assert [pid for pid in serving if pid in running.vllm.alive()] == [running.vllm.launches()[-1]["pid"]]
