"""A server elsewhere behind the same states: connected, lost, back, left alone by a stop."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.elsewhere import Authority, Elsewhere, Manner
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.supervision.story import Story
from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.remote_server import KEY_VARIABLE
from trayapp.core.states import Checking, Failed, Ready, Starting, Stopped, Stopping, Waiting
from trayapp.core.status import status_of

KEY = "key-of-the-remote-0123456789"
FAST_MS = 10_000
Make = Callable[..., Story]


@pytest.fixture
def manner() -> Manner:
    return Manner(key=KEY)


@pytest.fixture
def elsewhere(manner: Manner) -> Iterator[Elsewhere]:
    server = Elsewhere(manner)
    yield server
    server.close()


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[Story] = []
    monkeypatch.setenv(KEY_VARIABLE, KEY)

    def make(url: str, **more: Any) -> Story:
        fixed = {"backend": "remote", "remote_servers": ({"name": "house", "url": url, **more},)}
        made.append(Story(qtbot, tmp_path / f"story{len(made)}", fixed))
        return made[-1]

    yield make
    for told in made:
        told.end()


def test_it_connects_and_a_stop_only_disconnects(story: Make, elsewhere: Elsewhere, manner: Manner) -> None:
    told = story(elsewhere.url)
    ready = told.start(FAST_MS)
    status = status_of(ready)
    assert (status.backend, status.model, status.max_model_len) == ("remote", "big", 32_768)
    assert (status.endpoint, status.pid, status.native_context) == (f"{elsewhere.url}/v1", None, None)
    assert {key for path, key in manner.asked if path == "/v1/models"} == {f"Bearer {KEY}"}
    told.stop()
    assert told.state == Stopped(1)
    asked = len(manner.asked)
    told.start(FAST_MS)
    assert len(manner.asked) > asked, "it is there as before"


def test_the_key_is_in_no_log_and_in_no_state(story: Make, elsewhere: Elsewhere, tmp_path: Path) -> None:
    told = story(elsewhere.url)
    told.start(FAST_MS)
    told.stop()
    assert KEY not in repr(told.states)
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def test_one_that_dies_is_lost_and_one_that_comes_back_is_back(
    story: Make, elsewhere: Elsewhere, manner: Manner, qtbot: QtBot
) -> None:
    told = story(elsewhere.url)
    told.start(FAST_MS)
    elsewhere.close()
    waiting = told.wait_for(Waiting, timeout_ms=3 * FAST_MS)
    assert isinstance(waiting, Waiting)
    assert isinstance(waiting.diagnosis, Refusal)
    assert waiting.diagnosis.problems[0].kind is ProblemKind.REMOTE_PORT_CLOSED
    again = Elsewhere(manner, port=elsewhere.port)
    try:
        ready = told.wait_for(Ready, timeout_ms=3 * FAST_MS)
        assert isinstance(ready, Ready)
        assert ready.course.lost is not None
    finally:
        told.stop()
        again.close()
    assert not any(isinstance(state, Failed) for state in told.states)


def test_a_busy_server_is_not_lost(story: Make, elsewhere: Elsewhere, manner: Manner, qtbot: QtBot) -> None:
    told = story(elsewhere.url)
    told.start(FAST_MS)
    manner.status = 429
    asked = len(manner.asked)
    qtbot.waitUntil(lambda: len(manner.asked) > asked, timeout=FAST_MS)
    assert isinstance(told.state, Ready)


def test_a_first_connection_that_fails_is_a_failure(story: Make, elsewhere: Elsewhere, manner: Manner) -> None:
    manner.key = "another"
    told = story(elsewhere.url)
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    assert failed.reason.problems[0].kind is ProblemKind.REMOTE_KEY_REFUSED
    assert not failed.reason.may_start_anyway


def test_a_connection_behind_tls_with_an_authority_of_its_own(story: Make, manner: Manner, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    server = Elsewhere(manner, authority)
    try:
        told = story(server.url, ca_file=str(authority.file))
        assert told.start(FAST_MS).plan.endpoint == f"{server.url}/v1"
        told.stop()
    finally:
        server.close()


def test_a_stop_while_it_is_lost_ends_the_asking(story: Make, elsewhere: Elsewhere) -> None:
    told = story(elsewhere.url)
    told.start(FAST_MS)
    elsewhere.close()
    told.wait_for(Waiting, timeout_ms=3 * FAST_MS)
    told.controller.take(StopWanted())
    assert isinstance(told.state, Stopped)
    told.controller.take(RestartWanted())
    told.wait_for(Failed, timeout_ms=FAST_MS)


def test_the_switch_takes_less_than_a_second_after_the_end_of_vllm(
    qtbot: QtBot,
    tmp_path: Path,
    elsewhere: Elsewhere,
    fake_vllm: Callable[..., FakeVllmFolder],
    free_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    settings: dict[str, Any] = {
        "model": "selftest",
        "port": free_port,
        "vllm_executable": fake_vllm().executable,
        "remote_servers": ({"name": "house", "url": elsewhere.url},),
    }
    told = Story(qtbot, tmp_path, settings)
    told.start(FAST_MS)
    settings["backend"] = "remote"
    entered: dict[str, float] = {}
    told.controller.state_changed.connect(lambda _, after: entered.setdefault(type(after).__name__, time.monotonic()))
    told.controller.take(RestartWanted())
    told.wait_for(Stopping, timeout_ms=FAST_MS)
    told.wait_for(Checking, Starting, Ready, timeout_ms=FAST_MS)
    ready = told.wait_for(Ready, timeout_ms=FAST_MS)
    assert isinstance(ready, Ready)
    assert ready.plan.endpoint == f"{elsewhere.url}/v1"
    took_s = entered["Ready"] - entered["Checking"]
    print(f"the switch took {took_s:.3f} s")
    assert took_s <= 1
    told.stop()
    told.end()
