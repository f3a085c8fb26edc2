"""A server that is not ours: its silence is a loss and no crash, and it is waited for in growing pauses."""

import itertools

from tests.builders import a_plan, a_remote_plan, an_ollama_plan
from trayapp.core.events import (
    EndServer,
    Event,
    HealthAnswered,
    Launch,
    RestartWanted,
    ServerEnded,
    SetTimer,
    StartWanted,
    StopWanted,
    Surveyed,
    TimerFired,
)
from trayapp.core.exits import Exit
from trayapp.core.lifecycle import step
from trayapp.core.notices import Button, ButtonId, notice_for
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.restart_policy import RECONNECT_PAUSES_S, pause_before_asking
from trayapp.core.states import Checking, Ready, Starting, State, Stopped, Stopping, Waiting
from trayapp.core.status import status_of
from trayapp.wording.notices import notice_words
from trayapp.wording.states import state_row

PLAN = a_remote_plan()
SILENT = Refusal((Problem(ProblemKind.REMOTE_PORT_CLOSED, {"server": "house", "host": "h", "port": 1, "reason": "r"}),))
STILL_SILENT = Refusal((Problem(ProblemKind.REMOTE_SILENT, {"server": "house", "seconds": 5}),))


def connected() -> Ready:
    state: State = Stopped()
    for event in (StartWanted(), Surveyed(1, PLAN), HealthAnswered(1, 32_768)):
        state, _ = step(state, event)
    assert isinstance(state, Ready)
    return state


def lost() -> Waiting:
    state, effects = step(connected(), ServerEnded(1, Exit(None), SILENT, (), 100.0))
    assert isinstance(state, Waiting)
    assert effects == (SetTimer(state.ticket, RECONNECT_PAUSES_S[0]),)
    return state


def asked_again(state: State, *events: Event) -> State:
    assert isinstance(state, Waiting)
    state, _ = step(state, TimerFired(state.ticket))
    assert isinstance(state, Checking)
    for event in events:
        state, _ = step(state, event)
    return state


def still_lost(state: State) -> Waiting:
    assert isinstance(state, Waiting)
    again = asked_again(state, Surveyed(state.ticket + 1, STILL_SILENT))
    assert isinstance(again, Waiting)
    return again


def test_the_pauses_grow_and_end_at_the_longest() -> None:
    pauses = [pause_before_asking(tries) for tries in range(8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pauses[-3] == RECONNECT_PAUSES_S[-1]


def test_a_lost_server_is_asked_again_for_ever() -> None:
    state: State = lost()
    for _ in range(30):
        before, state = state, still_lost(state)
        assert isinstance(before, Waiting)
        assert state.pause_s >= before.pause_s
        assert state.plan == PLAN
    assert state.pause_s == RECONNECT_PAUSES_S[-1]


def test_it_is_back() -> None:
    state = still_lost(lost())
    run = state.ticket + 1
    back = asked_again(state, Surveyed(run, PLAN), HealthAnswered(run, 32_768))
    assert isinstance(back, Ready)
    again, _ = step(back, ServerEnded(run, Exit(None), SILENT, (), 200.0))
    assert isinstance(again, Waiting)
    assert again.pause_s == RECONNECT_PAUSES_S[0], "the pauses begin anew"


def test_one_that_goes_again_before_it_has_answered_is_lost_still() -> None:
    state = lost()
    run = state.ticket + 1
    again = asked_again(state, Surveyed(run, PLAN), ServerEnded(run, Exit(None), STILL_SILENT, (), 200.0))
    assert isinstance(again, Waiting)
    assert again.pause_s == RECONNECT_PAUSES_S[1]


def test_who_stops_is_not_asked_any_more() -> None:
    state, effects = step(lost(), StopWanted())
    assert (type(state), effects) == (Stopped, ())


def test_who_wants_it_now_has_it_asked_now() -> None:
    state, _ = step(lost(), RestartWanted())
    assert isinstance(state, Checking)


def test_a_stop_disconnects() -> None:
    state, effects = step(connected(), StopWanted())
    assert isinstance(state, Stopping)
    assert effects == (EndServer(1),)


def test_the_switch_to_another_place_is_one_stop_and_one_start() -> None:
    here, _ = step(Stopped(), StartWanted())
    here, _ = step(here, Surveyed(1, a_plan()))
    assert isinstance(here, Starting)
    leaving, effects = step(here, RestartWanted())
    assert effects == (EndServer(1, loading=True),)
    checking, _ = step(leaving, ServerEnded(1, Exit(0), SILENT, (), 1.0))
    assert isinstance(checking, Checking)
    there, effects = step(checking, Surveyed(checking.ticket, PLAN))
    assert effects == (Launch(checking.ticket, PLAN),)
    assert isinstance(there, Starting)


def test_the_loss_is_told_once_and_the_return_too() -> None:
    waiting = lost()
    told = notice_for(connected(), waiting)
    assert told is not None
    assert told.urgent
    assert told.buttons == (Button(ButtonId.STOP), Button(ButtonId.SHOW_DETAILS))
    words = notice_words(told)
    assert words[0] == "Lost: house does not answer"
    states = [
        waiting,
        asked_again(waiting),
        still_lost(waiting),
        asked_again(waiting, Surveyed(waiting.ticket + 1, PLAN)),
    ]
    for before, after in itertools.pairwise(states):
        notice = notice_for(before, after)
        assert notice is not None
        assert notice_words(notice) == words, "nothing new is said"
    run = waiting.ticket + 1
    back = asked_again(waiting, Surveyed(run, PLAN), HealthAnswered(run, 0))
    notice = notice_for(states[-1], back)
    assert notice is not None
    assert notice_words(notice) == (
        "Qwen3-32B-AWQ is back",
        "https://house.example/v1\nContext length: 32,768 tokens.",
    )


def test_the_row_of_the_menu_says_when_it_is_asked_again() -> None:
    waiting = lost()
    assert state_row(waiting) == "Lost · Qwen3-32B-AWQ · asked again in 2 s"
    assert state_row(asked_again(waiting)) == "Lost · Qwen3-32B-AWQ · asking again"


def test_the_status_tells_the_backend_and_null_for_what_it_does_not_know() -> None:
    status = status_of(connected())
    assert (status.backend, status.endpoint, status.pid) == ("remote", "https://house.example/v1", None)
    waiting = status_of(lost())
    assert (waiting.backend, waiting.model) == ("remote", PLAN.model)
    assert waiting.diagnosis is not None
    assert waiting.diagnosis["cause"] == "remote_port_closed"


def test_each_plan_says_what_it_runs() -> None:
    assert a_plan().what_runs.startswith("/opt/vllm/bin/vllm serve")
    assert a_plan().version == "0.32.0"
    assert PLAN.what_runs == "house at https://house.example"
    assert PLAN.model_name == PLAN.model
    ollama = an_ollama_plan()
    assert ollama.what_runs == "Ollama at http://127.0.0.1:11434"
    assert an_ollama_plan(executable="/usr/bin/ollama").what_runs == "/usr/bin/ollama serve"
    assert (ollama.model_name, ollama.endpoint) == ("qwen3:8b-8192-tokens", "http://127.0.0.1:11434/v1")
