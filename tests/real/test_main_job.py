"""The main job on the real vLLM. Each test says how many starts it makes; together they keep below a dozen."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.supervision.story import SLOW_MS, Story
from trayapp.core.diagnosis import Cause, Diagnosis
from trayapp.core.endpoint import endpoint
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.launch_plan import LengthSource
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.core.states import Failed, Ready, Stopped, Waiting
from trayapp.probes.leftovers import find_leftovers

pytestmark = pytest.mark.real

ANSWER = "It works"
"""The self-test model was taught one answer: words that arrive prove more than that something came."""


def get(address: str) -> dict[str, object]:
    with urllib.request.urlopen(address, timeout=60) as reply:
        body: dict[str, object] = json.load(reply)
    return body


def chat(ready: Ready) -> str:
    question = {
        "model": ready.plan.model_name,
        "messages": [{"role": "user", "content": "hello"}],
        "max_tokens": 16,
        "temperature": 0,
    }
    request = urllib.request.Request(
        f"{endpoint(ready.plan.host, ready.plan.port)}/chat/completions",
        json.dumps(question).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        text: str = json.load(reply)["choices"][0]["message"]["content"]
    return text


def everybody(ready: Ready) -> list[psutil.Process]:
    """The server and all its processes."""
    assert ready.pid is not None
    leader = psutil.Process(ready.pid)
    return [leader, *leader.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


def test_it_starts_answers_and_a_killed_engine_is_reported_as_a_crash(story: Callable[..., Story]) -> None:
    """One start."""
    told = story()
    ready = told.start()
    assert ready.max_model_len == 40_960
    assert ANSWER in chat(ready)
    processes = everybody(ready)
    engine = next(process for process in processes if "EngineCore" in " ".join(process.cmdline()))
    engine.send_signal(signal.SIGKILL)
    waiting = told.wait_for(Waiting)
    assert isinstance(waiting, Waiting)
    assert waiting.diagnosis.cause in {Cause.ENGINE_DEAD_AT_RUNTIME, Cause.HOST_RAM_OOM_KILLED}
    assert alive(processes) == []
    told.controller.take(StopWanted())
    assert isinstance(told.state, Stopped)


def test_one_launch_finds_the_length_and_the_next_start_uses_it(story: Callable[..., Story], wide_model: Path) -> None:
    """Two starts."""
    told = story(str(wide_model))
    ready = told.start()
    assert ready.max_model_len == 9216
    assert [state.plan.length_source for state in told.launches()] == [LengthSource.AUTO]
    processes = everybody(ready)
    told.stop()
    assert told.state == Stopped(1)
    assert alive(processes) == []
    told.states.clear()
    ready = told.start()
    assert ready.max_model_len == 9024
    assert [state.plan.length_source for state in told.launches()] == [LengthSource.LEARNED]
    mark = psutil.Process(ready.pid).environ()[MARK_VARIABLE]
    marked = {leftover.pid for leftover in find_leftovers(mark)}
    assert {process.pid for process in everybody(ready)} <= marked, "vLLM's workers carry the mark, too"
    told.stop()
    assert find_leftovers(mark) == ()


def test_two_launches_end_at_the_same_length(story: Callable[..., Story], wide_model: Path) -> None:
    """Two starts: the version gate is switched off, as with a vLLM before 0.14."""
    told = story(str(wide_model), use_auto_length=False)
    ready = told.start(2 * SLOW_MS)
    assert ready.max_model_len == 9216
    assert [state.plan.length_source for state in told.launches()] == [LengthSource.NATIVE, LengthSource.DETECTED]
    assert ready.course.launches == 2
    told.stop()


def test_yarn_doubles_the_length(story: Callable[..., Story]) -> None:
    """One start."""
    told = story(enable_yarn=True, yarn_factor=2.0)
    ready = told.start()
    models = get(f"{endpoint(ready.plan.host, ready.plan.port)}/models")
    assert models["data"][0]["max_model_len"] == 2 * 40_960  # type: ignore[index]
    arguments = ready.plan.arguments
    override = json.loads(arguments[arguments.index("--hf-overrides") + 1])
    config = json.loads((Path(ready.plan.model) / "config.json").read_text())
    ours = config.get("rope_parameters") or {"rope_theta": config["rope_theta"]}
    assert set(ours) <= set(override["rope_parameters"])
    assert override["rope_parameters"]["rope_theta"] == ours["rope_theta"]
    told.stop()


def test_a_taken_port_is_known_before_and_after_a_launch(
    story: Callable[..., Story], vllm: Path, free_port: int, tmp_path: Path
) -> None:
    """One start that ends within seconds: the port is taken after the check, while vLLM is being imported."""
    told = story()
    with socket.create_server(("127.0.0.1", free_port)):
        told.controller.take(StartWanted())
        failed = told.wait_for(Failed)
        assert isinstance(failed, Failed)
        assert isinstance(failed.reason, Refusal)
        assert failed.reason.problems[0].kind is ProblemKind.PORT_TAKEN
        assert failed.course.launches == 0

    told.states.clear()
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: bool(told.launches()), timeout=SLOW_MS)
    with socket.create_server(("127.0.0.1", free_port)):
        failed = told.wait_for(Failed)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert failed.reason.cause is Cause.PORT_IN_USE


def test_the_selftest_command_does_the_main_job(vllm: Path) -> None:
    """One start."""
    done = subprocess.run(
        [sys.executable, "-m", "trayapp", "selftest", "--vllm", str(vllm)],
        capture_output=True,
        text=True,
        timeout=SLOW_MS / 1000,
        env={**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is left" in done.stdout
    assert "The self-test passed." in done.stdout
