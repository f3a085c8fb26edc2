"""Ollama behind the same states: the model is loaded with its length, watched, unloaded, and all else left alone."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.fakes import fake_ollama
from tests.fakes.elsewhere import Authority, Elsewhere, Manner
from tests.fakes.fake_ollama import GIB, PULL, FakeOllama
from tests.supervision.story import Story
from trayapp.backend_plans import is_ollama_there, ollama_on_gpu
from trayapp.backends.http_client import Target, ask
from trayapp.backends.ollama_client import find_loaded, find_models, ollama_target, pull, unload_everything
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.ollama import OllamaModel, Pull
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Failed, Ready, Starting, Stopped, Waiting
from trayapp.core.status import status_of
from trayapp.wording.problems import problem_words
from trayapp.wording.states import state_row

FAST_MS = 10_000
Make = Callable[..., Story]


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    fake = FakeOllama("qwen3:8b", "tiny").start()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{fake.port}")
    yield fake
    fake.close()


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path) -> Iterator[Make]:
    made: list[Story] = []

    def make(**settings: Any) -> Story:
        fixed = {"backend": "ollama", "ollama_model": "qwen3:8b", **settings}
        made.append(Story(qtbot, tmp_path / f"story{len(made)}", fixed))
        return made[-1]

    yield make
    for told in made:
        told.end()


def failure(told: Story) -> Problem:
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    problem = failed.reason.problems[0]
    assert "…" not in "".join(problem_words(problem))
    return problem


def test_a_model_is_loaded_with_the_chosen_length_for_every_request_and_all_is_left_as_it_was(
    story: Make, ollama: FakeOllama
) -> None:
    told = story(max_model_len=8192)
    ready = told.start(FAST_MS)
    status = status_of(ready)
    name = "qwen3:8b-8192-tokens"
    assert (status.backend, status.model, status.max_model_len) == ("ollama", name, 8192)
    assert (status.native_context, status.endpoint) == (40_960, f"{ollama.url}/v1")
    assert state_row(ready) == f"Ready · {name} · 8,192 tokens · 75 % on the GPU"
    target = ollama_target()
    ask(target, "/v1/chat/completions", {"model": name, "messages": []})
    assert ollama.loaded == {name: 8192}, "a request to /v1 does not load it anew with another length"
    told.stop(FAST_MS)
    assert (ollama.loaded, list(ollama.models)) == ({}, ["qwen3:8b", "tiny:latest"])


def test_without_a_chosen_length_ollama_decides_and_tells(story: Make, ollama: FakeOllama) -> None:
    told = story(ollama_model="tiny")
    ready = told.start(FAST_MS)
    assert (ready.plan.model_name, ready.max_model_len) == ("tiny", 4096)
    told.stop(FAST_MS)
    assert ollama.loaded == {}
    assert list(ollama.models) == ["qwen3:8b", "tiny:latest"]


def test_an_older_ollama_does_not_tell_the_length_and_it_is_not_invented(story: Make, ollama: FakeOllama) -> None:
    ollama.tells_context = ollama.can_create = False
    told = story()
    ready = told.start(FAST_MS)
    assert status_of(ready).max_model_len is None
    assert state_row(ready) == "Ready · qwen3:8b · 75 % on the GPU"
    told.stop(FAST_MS)
    told = story(max_model_len=8192)
    assert told.start(FAST_MS).plan.model_name == "qwen3:8b", "it cannot make a model of its own for the length"
    told.stop(FAST_MS)


def test_a_slow_load_can_be_called_off(story: Make, ollama: FakeOllama) -> None:
    ollama.load_takes_s = 3
    told = story()
    told.controller.take(StartWanted())
    told.wait_for(Starting, timeout_ms=FAST_MS)
    told.controller.take(StopWanted())
    told.wait_for(Stopped, timeout_ms=FAST_MS)


def test_a_model_that_is_not_there(story: Make, ollama: FakeOllama) -> None:
    assert failure(story(ollama_model="gone")).kind is ProblemKind.OLLAMA_MODEL_MISSING


def test_no_model_chosen_names_those_that_are_there(story: Make, ollama: FakeOllama) -> None:
    problem = failure(story(ollama_model=""))
    assert problem.kind is ProblemKind.OLLAMA_NO_MODEL
    assert problem.values["known"] == "qwen3:8b, tiny:latest"


def test_a_load_that_fails_says_what_ollama_says(story: Make, ollama: FakeOllama) -> None:
    ollama.load_error = "model requires more system memory (9.3 GiB) than is available (4.1 GiB)"
    problem = failure(story())
    assert problem.kind is ProblemKind.OLLAMA_CANNOT_LOAD
    assert "9.3 GiB" in problem_words(problem).detail


def test_no_ollama_at_all(story: Make, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert failure(story()).kind is ProblemKind.OLLAMA_NOT_FOUND


def test_an_ollama_elsewhere_that_is_silent_is_not_started_here(
    story: Make, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"no-such-host.invalid:{free_port}")
    assert failure(story()).kind is ProblemKind.REMOTE_NAME_UNKNOWN


@pytest.mark.parametrize(
    ("manner", "kind"),
    [
        (Manner(status=401), ProblemKind.OLLAMA_REFUSES),
        (Manner(status=404), ProblemKind.OLLAMA_ANSWERS_BADLY),
        (Manner(status=429), ProblemKind.REMOTE_BUSY),
        (Manner(status=503), ProblemKind.REMOTE_LOADING),
        (Manner(body=b"<html>"), ProblemKind.OLLAMA_ANSWERS_BADLY),
        (Manner(), ProblemKind.OLLAMA_ANSWERS_BADLY),
        (Manner(cut_short=True), ProblemKind.REMOTE_BROKE_OFF),
    ],
    ids=["401", "404", "429", "503", "no JSON", "JSON of another program", "breaks off in the middle"],
)
def test_what_answers_in_ollamas_place_is_said(
    story: Make, monkeypatch: pytest.MonkeyPatch, manner: Manner, kind: ProblemKind
) -> None:
    other = Elsewhere(manner)
    monkeypatch.setenv("OLLAMA_HOST", other.url)
    try:
        assert failure(story()).kind is kind
    finally:
        other.close()


@pytest.mark.parametrize("speaks_tls", [True, False])
def test_an_ollama_behind_tls_that_does_not_come_about_is_said(
    story: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, speaks_tls: bool
) -> None:
    other = Elsewhere(Manner(), Authority(tmp_path) if speaks_tls else None)
    monkeypatch.setenv("OLLAMA_HOST", f"https://127.0.0.1:{other.port}")
    try:
        expected = ProblemKind.REMOTE_NOT_TRUSTED if speaks_tls else ProblemKind.REMOTE_NO_TLS
        assert failure(story()).kind is expected
    finally:
        other.close()


@pytest.fixture
def installed(tmp_path: Path, free_port: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Ollama is installed and does not run; the port where it will."""
    program = tmp_path / "bin" / "ollama"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{fake_ollama.__file__}" "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    monkeypatch.setenv("FAKE_OLLAMA_MODELS", "qwen3:8b")
    return free_port


def test_where_it_is_only_installed_it_is_started_and_ended(story: Make, installed: int, qtbot: QtBot) -> None:
    told = story(max_model_len=8192)
    ready = told.start(FAST_MS)
    assert (ready.max_model_len, ready.plan.model_name) == (8192, "qwen3:8b")
    assert ready.pid is not None
    assert find_loaded(ollama_target())[0].context_length == 8192
    told.stop(FAST_MS)
    assert told.state == Stopped(1)
    assert not Path(f"/proc/{ready.pid}").exists()
    assert any("Listening on" in line for line in told.log_book.lines())


def test_one_that_was_started_without_the_model_ends_again(story: Make, installed: int) -> None:
    problem = failure(story(ollama_model="gone"))
    assert problem.kind is ProblemKind.OLLAMA_MODEL_MISSING


def test_what_ollama_holds_on_the_gpu_is_named_and_unloaded(ollama: FakeOllama) -> None:
    assert ollama_on_gpu() is None
    ollama.loaded["qwen3:8b"] = 4096
    problem = ollama_on_gpu()
    assert problem is not None
    assert problem.values == {"models": "qwen3:8b", "used_bytes": int(4.5 * GIB)}
    assert unload_everything(ollama_target()) == ("qwen3:8b",)
    assert ollama_on_gpu() is None


def test_what_lies_on_the_processor_is_not_in_the_way(ollama: FakeOllama) -> None:
    ollama.loaded["qwen3:8b"] = 4096
    ollama.gpu_share = 0
    assert ollama_on_gpu() is None


def test_ollama_is_there_where_it_answers_or_is_installed(
    ollama: FakeOllama, free_port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert is_ollama_there()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not is_ollama_there()
    (tmp_path / "ollama").touch(mode=0o700)
    assert is_ollama_there()


def test_no_ollama_is_not_in_the_way(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    assert ollama_on_gpu() is None


@pytest.fixture
def target(ollama: FakeOllama) -> Target:
    return ollama_target()


def test_its_models_are_listed(target: Target) -> None:
    assert find_models(target)[0] == OllamaModel("qwen3:8b", 5 * GIB, "8.2B", "Q4_K_M")


def test_a_pull_tells_true_progress_over_all_its_parts(target: Target, ollama: FakeOllama) -> None:
    told: list[Pull] = []
    assert pull(target, "new", told.append) is None
    assert [(step.done_bytes, step.total_bytes) for step in told] == [
        (0, 0), (0, 1000), (400, 1000), (600, 1200), (1200, 1200), (1200, 1200), (1200, 1200), (1200, 1200),
    ]  # fmt: skip
    assert told[-1].finished
    assert "new:latest" in ollama.models


def test_an_error_after_a_good_status_is_told(target: Target, ollama: FakeOllama) -> None:
    ollama.pull_lines = [*PULL[:3], {"error": "max retries exceeded"}]
    problem = pull(target, "new", lambda _: None)
    assert problem == Problem(ProblemKind.OLLAMA_PULL_FAILED, {"model": "new", "reason": "max retries exceeded"})


def test_a_pull_that_ends_without_success_has_failed(target: Target, ollama: FakeOllama) -> None:
    ollama.pull_lines = PULL[:3]
    problem = pull(target, "new", lambda _: None)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.OLLAMA_PULL_FAILED


def test_a_pull_that_breaks_off_in_the_middle_is_told(target: Target, ollama: FakeOllama) -> None:
    ollama.pull_breaks_off = True
    ollama.pull_lines = PULL[:3]
    problem = pull(target, "new", lambda _: None)
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.REMOTE_BROKE_OFF


def test_a_ready_one_that_vanishes_is_started_anew(story: Make, ollama: FakeOllama) -> None:
    told = story()
    told.start(FAST_MS)
    ollama.close()
    told.wait_for(Waiting, timeout_ms=3 * FAST_MS)
    again = FakeOllama("qwen3:8b", port=ollama.port).start()
    try:
        told.wait_for(Ready, timeout_ms=FAST_MS)
        assert again.loaded == {"qwen3:8b": 4096}
    finally:
        told.stop(FAST_MS)
        again.close()
