"""The table of the lifecycle, row by row, and every short sequence of events; longer ones are in tests/faults."""

import itertools
from collections.abc import Iterable
from dataclasses import replace

import pytest

from tests.builders import a_plan
from tests.core.lifecycle_events import REFUSAL, SHORTER, TOO_SMALL, ended
from tests.core.lifecycle_world import PLAN, World
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis
from trayapp.core.events import (
    Effect,
    EndServer,
    Event,
    HealthAnswered,
    Launch,
    Learn,
    LogSaid,
    Noted,
    RemedyWanted,
    RestartWanted,
    ServerStarted,
    SetTimer,
    Stalled,
    StartWanted,
    StopWanted,
    Survey,
    Surveyed,
    TimerFired,
)
from trayapp.core.launch_plan import LengthSource
from trayapp.core.lifecycle import step
from trayapp.core.log_events import FigureSeen, Listening, Phase, PhaseSeen
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.states import (
    Afterwards,
    Checking,
    Course,
    Failed,
    Ready,
    Starting,
    State,
    Stopped,
    Stopping,
    Waiting,
)


def after(*events: Event, state: State | None = None) -> tuple[State, list[Effect]]:
    state, effects = state or Stopped(), []
    for event in events:
        state, more = step(state, event)
        effects += more
    return state, effects


STARTING = (StartWanted(), Surveyed(1, PLAN), ServerStarted(1, 4711))
READY = (*STARTING, HealthAnswered(1, 26_608))


def test_a_start_surveys_first() -> None:
    assert after(StartWanted()) == (Checking(1, Course(serial=1)), [Survey(1, {})])


def test_a_plan_is_launched() -> None:
    state, effects = after(StartWanted(), Surveyed(1, PLAN))
    assert state == Starting(1, PLAN, Course(serial=1, launches=1))
    assert effects[-1] == Launch(1, PLAN)


def test_a_refusal_is_shown_and_nothing_launched() -> None:
    state, effects = after(StartWanted(), Surveyed(1, REFUSAL))
    assert state == Failed(REFUSAL, Course(serial=1))
    assert effects == [Survey(1, {})]


def test_the_ways_out_of_a_refusal_are_those_of_the_failure() -> None:
    refusal = replace(REFUSAL, remedies=(SHORTER,))
    assert after(StartWanted(), Surveyed(1, refusal))[0] == Failed(refusal, Course(serial=1), (SHORTER,))


def test_start_anyway_is_passed_on_to_the_plan() -> None:
    assert after(StartWanted(), Surveyed(1, REFUSAL), StartWanted(anyway=True))[1][-1] == Survey(2, {}, anyway=True)


def test_the_answer_to_an_older_question_is_ignored() -> None:
    state, effects = after(StartWanted(), StopWanted(), StartWanted(), Surveyed(1, PLAN))
    assert isinstance(state, Checking)
    assert not any(isinstance(effect, Launch) for effect in effects)


def test_the_phases_are_followed_and_never_go_back() -> None:
    state, _ = after(*STARTING, LogSaid(1, PhaseSeen(Phase.LOADING_WEIGHTS, 2, 4)))
    assert isinstance(state, Starting)
    assert (state.phase, state.done, state.total, state.pid) == (Phase.LOADING_WEIGHTS, 2, 4, 4711)
    assert after(LogSaid(1, PhaseSeen(Phase.READING_MODEL)), state=state)[0] == state


def test_a_start_that_goes_silent_is_said_and_may_go_on() -> None:
    silent = Diagnosis(Cause.STARTUP_HANG, Confidence.LIKELY)
    state, _ = after(*STARTING, Stalled(1, silent))
    assert isinstance(state, Starting)
    assert state.stalled == silent
    state, _ = after(LogSaid(1, PhaseSeen(Phase.COMPILING)), state=state)
    assert isinstance(state, Starting)
    assert state.stalled is None
    assert isinstance(after(HealthAnswered(1, 100), state=state)[0], Ready)


def test_figures_are_collected() -> None:
    state, _ = after(*STARTING, LogSaid(1, FigureSeen("kv_cache_tokens", 5)), LogSaid(1, Listening()))
    assert isinstance(state, Starting)
    assert state.figures == {"kv_cache_tokens": 5}


def test_ready_is_what_http_says_and_it_is_learned() -> None:
    state, effects = after(*READY)
    assert isinstance(state, Ready)
    assert (state.max_model_len, state.pid) == (26_608, 4711)
    assert effects[-1] == Learn(1, PLAN, 26_608, {})


def test_a_failed_attempt_is_followed_by_a_safer_one() -> None:
    state, effects = after(*STARTING, ended(1, TOO_SMALL, SHORTER))
    assert effects[-1] == Survey(2, {"max_model_len": 9216})
    state, effects = after(Surveyed(2, PLAN), state=state)
    assert isinstance(state, Starting)
    assert (state.course.launches, state.course.tried) == (2, (SHORTER,))


def test_what_made_a_start_work_is_learned_with_it() -> None:
    events = (*STARTING, ended(1, TOO_SMALL, SHORTER), Surveyed(2, PLAN), HealthAnswered(2, 9216))
    assert after(*events)[1][-1] == Learn(2, PLAN, 9216, tried=(SHORTER,))


def test_the_same_remedy_is_not_tried_twice() -> None:
    state, _ = after(*STARTING, ended(1, TOO_SMALL, SHORTER), Surveyed(2, PLAN), ended(2, TOO_SMALL, SHORTER))
    assert isinstance(state, Failed)
    assert state.reason == TOO_SMALL


def test_a_learned_limit_that_fails_is_said() -> None:
    plan = a_plan(max_model_len=26_064, length_source=LengthSource.LEARNED)
    state, _ = after(StartWanted(), Surveyed(1, plan), ended(1, TOO_SMALL, SHORTER))
    assert isinstance(state, Checking)
    assert state.course.notes == (Problem(ProblemKind.LIMIT_NO_LONGER_HOLDS, {"max_model_len": 26_064}),)


def test_nothing_is_tried_while_something_of_the_server_lives() -> None:
    state, _ = after(*STARTING, ended(1, TOO_SMALL, SHORTER, survivors=(5,)))
    assert isinstance(state, Failed)


def test_a_note_is_told_once() -> None:
    note = Problem(ProblemKind.GPU_CHANGED, {"before": "a", "now": "b"})
    first = (StartWanted(), Surveyed(1, PLAN, (note,)), ended(1, TOO_SMALL, SHORTER))
    state, _ = after(*first, Surveyed(2, PLAN, (note,)))
    assert isinstance(state, Starting)
    assert state.course.notes == (note,)


@pytest.mark.parametrize("so_far", [STARTING, READY])
def test_what_comes_up_beside_a_run_is_told_with_it_and_once(so_far: tuple[Event, ...]) -> None:
    problem = Problem(ProblemKind.LIMIT_NOT_KEPT, {"path": "/limits", "reason": "the disk is full"})
    state, effects = after(*so_far, Noted(1, (problem,)), Noted(1, (problem,)), Noted(7, (REFUSAL.problems[0],)))
    assert isinstance(state, Starting | Ready)
    assert state.course.notes == (problem,)
    assert effects == after(*so_far)[1]


def test_a_stop_while_checking_needs_no_server_to_end() -> None:
    assert after(StartWanted(), StopWanted()) == (Stopped(1), [Survey(1, {})])


@pytest.mark.parametrize("before", [STARTING, READY])
def test_a_stop_ends_the_server_and_is_never_a_crash(before: Iterable[Event]) -> None:
    state, effects = after(*before, StopWanted())
    assert isinstance(state, Stopping)
    assert isinstance(effects[-1], EndServer)
    assert after(ended(1), state=state) == (Stopped(1), [])


def test_less_patience_is_had_with_a_server_that_only_loads() -> None:
    assert after(*STARTING, StopWanted())[1][-1] == EndServer(1, loading=True)
    assert after(*READY, StopWanted())[1][-1] == EndServer(1)


def test_what_could_not_be_ended_is_named() -> None:
    assert after(*READY, StopWanted(), ended(1, survivors=(7, 8)))[0] == Stopped(1, (7, 8))


def test_a_restart_ends_the_server_first() -> None:
    state, effects = after(*READY, RestartWanted())
    assert isinstance(state, Stopping)
    assert effects[-1] == EndServer(1)
    state, effects = after(ended(1), state=state)
    assert isinstance(state, Checking)
    assert effects == [Survey(2, {})]


def test_a_start_while_stopping_comes_after_it_and_a_stop_takes_it_back() -> None:
    state, _ = after(*READY, StopWanted(), StartWanted())
    assert isinstance(state, Stopping)
    assert state.afterwards is Afterwards.START_AGAIN
    assert after(StopWanted(), ended(1), state=state)[0] == Stopped(1)


@pytest.mark.parametrize("code", [0, 1, -9])
def test_an_exit_that_nobody_asked_for_is_a_crash_even_with_code_0(code: int) -> None:
    state, effects = after(*READY, ended(1, code=code))
    assert isinstance(state, Waiting)
    assert effects[-1] == SetTimer(2, 2.0)


def test_after_a_crash_the_pause_grows_and_the_fourth_one_in_ten_minutes_is_the_last() -> None:
    state, pauses = after(*READY)[0], []
    for crash in range(4):
        assert isinstance(state, Ready)
        state, _ = after(ended(state.run, at_s=crash * 60.0), state=state)
        if isinstance(state, Failed):
            break
        assert isinstance(state, Waiting)
        pauses.append(state.pause_s)
        ticket = state.ticket
        state, _ = after(
            TimerFired(ticket), Surveyed(ticket + 1, PLAN), HealthAnswered(ticket + 1, 26_608), state=state
        )
    assert pauses == [2.0, 10.0, 30.0]
    assert isinstance(state, Failed)
    assert state.was_ready


def test_crashes_that_are_long_ago_do_not_count() -> None:
    state, _ = after(*READY, ended(1, at_s=0.0), TimerFired(2), Surveyed(3, PLAN), HealthAnswered(3, 100))
    state, effects = after(ended(3, at_s=601.0), state=state)
    assert isinstance(state, Waiting)
    assert effects == [SetTimer(4, 2.0)]


def test_what_made_the_start_work_is_kept_for_the_restart() -> None:
    first = (*STARTING, ended(1, TOO_SMALL, SHORTER), Surveyed(2, PLAN), HealthAnswered(2, 9216))
    _, effects = after(*first, ended(2), TimerFired(3))
    assert effects[-1] == Survey(4, {"max_model_len": 9216})


def test_waiting_can_be_cut_short_or_called_off() -> None:
    state, _ = after(*READY, ended(1))
    assert isinstance(after(StartWanted(), state=state)[0], Checking)
    assert after(StopWanted(), state=state)[0] == Stopped(2)


def test_a_crash_that_leaves_processes_is_not_restarted() -> None:
    assert isinstance(after(*READY, ended(1, survivors=(5,)))[0], Failed)


def test_a_failure_is_left_by_a_start_a_remedy_or_a_stop() -> None:
    failed, _ = after(*STARTING, ended(1))
    assert after(StartWanted(), state=failed)[1] == [Survey(2, {})]
    assert after(RestartWanted(), state=failed)[1] == [Survey(2, {})]
    assert after(RemedyWanted(SHORTER), state=failed)[1] == [Survey(2, {"max_model_len": 9216})]
    assert after(StopWanted(), state=failed) == (Stopped(1), [])


def test_a_restart_while_checking_asks_anew() -> None:
    assert after(StartWanted(), RestartWanted())[1] == [Survey(1, {}), Survey(2, {})]


def test_late_events_change_nothing() -> None:
    for late in (Surveyed(9, PLAN), ServerStarted(9, 1), HealthAnswered(9, 1), ended(9), TimerFired(9)):
        for before in ((), STARTING, READY, (*READY, StopWanted()), (*READY, ended(1))):
            state, _ = after(*before)
            assert step(state, late) == (state, ())


NAMES = ("start", "stop", "restart", "answer", "refusal", "exit", "healthy", "timer")


def test_every_sequence_of_five_events_after_a_launch_keeps_the_promises() -> None:
    for names in itertools.product(NAMES, repeat=5):
        world = World()
        for number, name in enumerate(("start", "answer", *names)):
            world.happen(name, number)
            world.check()
        # No dead end: a stop, and the end of what runs, always leads to a place from which a start works.
        for number, name in enumerate(("stop", "exit", "start", "answer", "healthy")):
            world.happen(name, 100 + number)
            world.check()
        assert isinstance(world.state, Ready), (names, world.state)
