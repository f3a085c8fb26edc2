"""The real vLLM as a server elsewhere: with a key, behind TLS, through one address, killed and brought back."""

import concurrent.futures
import json
import os
import signal
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from tests.fakes.elsewhere import Authority, TlsFront
from tests.real.bare_vllm import bare_vllm
from tests.supervision.story import Story
from trayapp.backends.one_address_process import OneAddressProcess
from trayapp.backends.remote_check import check
from trayapp.core.one_address import lead_of
from trayapp.core.problems import ProblemKind
from trayapp.core.remote_server import KEY_VARIABLE, RemoteServer, Step
from trayapp.core.states import Ready, Stopped, Waiting

pytestmark = pytest.mark.real

KEY = "key-of-the-far-one-0123456789"
SOON_MS = 30_000


@pytest.fixture
def front(free_port: int, tmp_path: Path) -> Iterator[tuple[TlsFront, Authority]]:
    authority = Authority(tmp_path)
    front = TlsFront(authority, free_port)
    yield front, authority
    front.close()


def connect(qtbot: QtBot, folder: Path, url: str, ca_file: str) -> Story:
    server = {"name": "far", "url": url, "ca_file": ca_file}
    return Story(qtbot, folder / "story", {"backend": "remote", "remote_servers": (server,)})


def stream(port: int) -> str:
    question = {
        "model": "whatever this program was set up with",
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 16,
        "temperature": 0,
        "stream": True,
    }
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", json.dumps(question), headers)
        reply = connection.getresponse()
        if reply.status == 503:  # the order where to lead has not arrived yet
            return stream(port)
        assert reply.status == 200, reply.read()
        lines = reply.read().decode().split("\n\n")
    assert lines[-2] == "data: [DONE]"
    pieces = [json.loads(line.removeprefix("data: "))["choices"] for line in lines[:-2]]
    return "".join(choices[0]["delta"].get("content") or "" for choices in pieces if choices)


def test_it_is_checked_connected_reached_by_one_address_and_left_alone(
    qtbot: QtBot,
    vllm: Path,
    free_port: int,
    tmp_path: Path,
    front: tuple[TlsFront, Authority],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One start."""
    tls, authority = front
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with bare_vllm(vllm, free_port, KEY, tmp_path / "far.log") as server:
        far = RemoteServer("far", tls.url, str(authority.file))
        seen = check(far, KEY)
        assert seen.problem is None, seen
        assert [outcome.step for outcome in seen.steps] == list(Step)
        assert seen.facts is not None
        assert (seen.facts.model, seen.facts.max_model_len) == ("far", 2048)
        assert seen.facts.version is not None
        assert seen.facts.version.startswith("0.")
        refused = check(far, "another").problem
        assert refused is not None
        assert refused.kind is ProblemKind.REMOTE_KEY_REFUSED

        told = connect(qtbot, tmp_path, tls.url, str(authority.file))
        ready = told.start(SOON_MS)
        assert (ready.max_model_len, ready.plan.version) == (2048, seen.facts.version)

        one = OneAddressProcess(0, QCoreApplication.instance())
        with qtbot.waitSignal(one.listening, timeout=SOON_MS) as listening:
            one.start()
        one.lead_to(lead_of(ready, lambda _: KEY, ""))
        port = listening.args[0]
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = pool.submit(stream, port)
            qtbot.waitUntil(first.done, timeout=SOON_MS)  # the order is written by the event loop
        assert "It works" in first.result()
        before = psutil.Process(one.pid).memory_info().rss
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(stream, [port] * 50))
        assert len(set(answers)) == 1, "none lost or changed"
        assert "It works" in answers[0]
        assert psutil.Process(one.pid).memory_info().rss - before < 10e6
        one.end()

        told.stop(SOON_MS)
        assert told.state == Stopped(1)
        assert server.poll() is None, "a stop only disconnects"
        assert check(far, KEY).facts is not None
        told.end()


@pytest.mark.long
def test_it_is_killed_and_brought_back(
    qtbot: QtBot,
    vllm: Path,
    free_port: int,
    tmp_path: Path,
    front: tuple[TlsFront, Authority],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two starts."""
    tls, authority = front
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    told = connect(qtbot, tmp_path, tls.url, str(authority.file))
    with bare_vllm(vllm, free_port, KEY, tmp_path / "far.log") as server:
        told.start(SOON_MS)
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        told.wait_for(Waiting, timeout_ms=SOON_MS)
    with bare_vllm(vllm, free_port, KEY, tmp_path / "again.log"):
        ready = told.wait_for(Ready, timeout_ms=90_000)
        assert isinstance(ready, Ready)
        assert ready.course.lost is not None
        told.stop(SOON_MS)
    told.end()
