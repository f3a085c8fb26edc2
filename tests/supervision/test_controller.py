"""Whole starts with the fake vLLM: a real child process below a real guard, replaying what the real one printed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from pytestqt.qtbot import QtBot

from tests.fakes.vllm_folder import FakeVllmFolder
from tests.supervision.story import Story
from trayapp.core.diagnosis import Cause, Diagnosis
from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.launch_plan import LengthSource
from trayapp.core.log_events import Phase
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.states import Checking, Failed, Ready, Starting, Stopped, Stopping, Waiting

FAST_MS = 15_000


@pytest.fixture
def story(
    qtbot: QtBot, tmp_path: Path, free_port: int, fake_vllm: Callable[..., FakeVllmFolder]
) -> Iterator[Callable[..., tuple[Story, FakeVllmFolder]]]:
    """story(version, *launches, use_auto_length=True, settings={}, **always): a controller above a fake vLLM."""
    made: list[Story] = []

    def make(
        version: str = "0.32.0+cpu",
        *launches: dict[str, Any],
        settings: dict[str, object] | None = None,
        use_auto_length: bool = True,
        **always: Any,
    ) -> tuple[Story, FakeVllmFolder]:
        fake = fake_vllm(version, *launches, **always)
        fixed = {"model": "selftest", "port": free_port, "vllm_executable": fake.executable, **(settings or {})}
        made.append(Story(qtbot, tmp_path, fixed, use_auto_length=use_auto_length))
        return made[-1], fake

    yield make
    for each in made:
        each.end()


Make = Callable[..., tuple[Story, FakeVllmFolder]]


def test_a_start_goes_through_the_phases_to_ready_and_a_stop_leaves_nothing(story: Make) -> None:
    told, fake = story(workers=2, speed=30)  # at once, the lines of several phases would come in one piece
    ready = told.start(FAST_MS)
    assert ready.max_model_len == 40_960
    assert ready.pid == fake.launches()[0]["pid"]
    phases = {state.phase for state in told.states if isinstance(state, Starting)}
    assert {Phase.READING_MODEL, Phase.LOADING_WEIGHTS, Phase.MEASURING_MEMORY} <= phases
    assert ready.figures["kv_cache_tokens"] > 0
    told.stop(FAST_MS)
    assert told.state == Stopped(1)
    assert fake.alive() == []


def test_one_launch_finds_the_length_where_vllm_can(story: Make) -> None:
    told, fake = story(fits_tokens=9216)
    assert told.start(FAST_MS).max_model_len == 9216
    assert len(fake.launches()) == 1


def test_two_launches_find_it_where_vllm_cannot(story: Make) -> None:
    told, fake = story("0.11.0+cpu", fits_tokens=9216, knows_auto=False)
    ready = told.start(FAST_MS)
    assert ready.max_model_len == 9216
    assert ready.course.launches == 2
    assert [state.plan.length_source for state in told.launches()] == [LengthSource.NATIVE, LengthSource.DETECTED]
    assert len(fake.launches()) == 2


@pytest.mark.parametrize("version", ["0.11.0+cpu", "0.32.0+cpu"])
def test_later_starts_take_one_launch_with_a_little_less(story: Make, version: str) -> None:
    told, fake = story(version, fits_tokens=9216, knows_auto=version != "0.11.0+cpu")
    told.start(FAST_MS)
    told.stop(FAST_MS)
    for _ in range(2):
        before = len(fake.launches())
        ready = told.start(FAST_MS)
        assert (ready.plan.length_source, ready.max_model_len) == (LengthSource.LEARNED, 9024)
        assert len(fake.launches()) == before + 1
        told.stop(FAST_MS)


def test_a_kept_limit_that_no_longer_holds_is_measured_again_and_said(story: Make) -> None:
    told, fake = story(fits_tokens=9216)
    told.start(FAST_MS)
    told.stop(FAST_MS)
    fake.behave(fits_tokens=4096)
    ready = told.start(FAST_MS)
    assert ready.max_model_len == 4096
    assert ProblemKind.LIMIT_NO_LONGER_HOLDS in [note.kind for note in ready.course.notes]
    told.stop(FAST_MS)
    assert told.start(FAST_MS).max_model_len == 4000


def test_a_length_set_by_the_person_is_kept_to(story: Make) -> None:
    told, _ = story(fits_tokens=9216, settings={"max_model_len": 2048})
    ready = told.start(FAST_MS)
    assert (ready.max_model_len, ready.plan.length_source) == (2048, LengthSource.USER)


def test_a_crash_while_serving_is_one_even_with_exit_code_0(story: Make) -> None:
    told, fake = story("0.32.0+cpu", ends_after_s=1.5, end_code=0, workers=1)
    told.start(FAST_MS)
    waiting = told.wait_for(Waiting, timeout_ms=FAST_MS)
    assert isinstance(waiting, Waiting)
    assert waiting.diagnosis.cause is not Cause.HEALTHY
    assert fake.alive() == []


def test_a_crash_is_followed_by_a_start(story: Make) -> None:
    told, fake = story("0.32.0+cpu", {"ends_after_s": 1.5, "end_signal": 9}, {})
    told.start(FAST_MS)
    told.wait_for(Waiting, timeout_ms=FAST_MS)
    told.wait_for(Ready, timeout_ms=FAST_MS)
    assert len(fake.launches()) == 2


def test_a_start_that_never_was_ready_is_not_repeated(story: Make) -> None:
    told, fake = story(ends_before_ready=True, end_code=1)
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert len(fake.launches()) == 1


@pytest.mark.parametrize("moment", [Checking, Starting])
def test_a_stop_works_at_any_moment_of_a_start(story: Make, moment: type) -> None:
    told, fake = story(speed=1.0, workers=1)
    told.controller.take(StartWanted())
    told.wait_for(moment, timeout_ms=FAST_MS)
    told.stop(FAST_MS)
    assert isinstance(told.state, Stopped)
    assert fake.alive() == []


def test_workers_that_flee_are_ended_too(story: Make) -> None:
    told, fake = story(fleeing_workers=2)
    told.start(FAST_MS)
    told.stop(FAST_MS)
    assert fake.alive() == []


def test_a_server_that_is_deaf_while_it_loads_is_ended_without_long_patience(story: Make) -> None:
    told, fake = story(deaf_while_loading=True, speed=4.0)
    told.controller.take(StartWanted())
    told.wait_for(Starting, timeout_ms=FAST_MS)
    told._qtbot.waitUntil(lambda: told.state.phase is not Phase.LAUNCHING, timeout=FAST_MS)  # type: ignore[union-attr]
    told.stop(10_000)
    assert fake.alive() == []


def test_when_the_guard_itself_is_killed_nothing_stays_and_it_is_a_crash(story: Make) -> None:
    told, fake = story(fleeing_workers=1)
    ready = told.start(FAST_MS)
    guard = psutil.Process(ready.pid).parent()
    assert guard is not None
    guard.kill()
    told.wait_for(Waiting, timeout_ms=FAST_MS)
    assert fake.alive() == []


def test_a_restart_ends_the_first_server_before_the_second_is_launched(story: Make) -> None:
    told, fake = story(workers=1)
    told.start(FAST_MS)
    told.controller.take(RestartWanted())
    told.wait_for(Stopping, timeout_ms=FAST_MS)
    told.wait_for(Ready, timeout_ms=FAST_MS)
    first, second = fake.launches()
    assert first["pid"] not in fake.alive()
    assert second["pid"] in fake.alive()


def test_a_server_with_another_name_on_our_port_is_not_ours(story: Make) -> None:
    told, _ = story(model_name="somebody-elses")
    told.controller.take(StartWanted())
    told.wait_for(Starting, timeout_ms=FAST_MS)
    with pytest.raises(Exception, match=r"Timeout|timed out"):
        told.wait_for(Ready, timeout_ms=3000)
    told.stop(FAST_MS)


def test_a_program_that_cannot_be_started_says_why(story: Make, tmp_path: Path) -> None:
    told, fake = story()
    Path(fake.executable).write_text("#!/nowhere/python\n")
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)


def test_no_vllm_is_refused_before_anything_runs(story: Make) -> None:
    told, _ = story(settings={"vllm_executable": "/nowhere/vllm"})
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)


def test_a_bad_setting_is_told_with_the_start_and_the_default_is_used(story: Make) -> None:
    told, _ = story()
    told.folders.config.mkdir()
    told.folders.settings_file.write_text('{"max_num_seqs": "many"}')
    ready = told.start(FAST_MS)
    assert [note.kind for note in ready.course.notes] == [ProblemKind.SETTING_NOT_ALLOWED]


def test_stop_twice_and_start_while_stopping(story: Make) -> None:
    told, fake = story(stop_takes_s=0.5)
    told.start(FAST_MS)
    told.controller.take(StopWanted())
    told.controller.take(StopWanted())
    told.controller.take(StartWanted())
    told.wait_for(Ready, timeout_ms=FAST_MS)
    assert len(fake.launches()) == 2
