"""What deserves a notification, and which buttons it has."""

from types import MappingProxyType

import pytest

from tests.builders import a_plan
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis
from trayapp.core.notices import Button, ButtonId, buttons_for, can_be_done, notice_for
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import Remedy, RemedyId
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

PLAN, COURSE = a_plan(), Course()
CRASH = Diagnosis(Cause.ENGINE_DEAD_AT_RUNTIME, Confidence.LIKELY)
CHECKING, STARTING = Checking(1, COURSE), Starting(1, PLAN, COURSE)
READY, STOPPING = Ready(1, PLAN, COURSE, 100, 7), Stopping(1, PLAN, COURSE, Afterwards.STAY_STOPPED, 7)
SHORTER = Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes=MappingProxyType({"max_model_len": 9216}))
USERS, ADVICE = Remedy(RemedyId.SHOW_GPU_USERS, automatic=False), Remedy(RemedyId.CLOSE_PROGRAMS, automatic=False)


def ids(state: State, before: State = STARTING) -> list[ButtonId]:
    notice = notice_for(before, state)
    assert notice is not None
    return [button.id for button in notice.buttons]


def test_each_step_of_a_start_can_be_stopped_and_a_ready_model_copied() -> None:
    assert ids(CHECKING) == ids(STARTING) == [ButtonId.STOP]
    assert ids(READY) == [ButtonId.COPY_ADDRESS, ButtonId.STOP]
    assert ids(STOPPING) == []


def test_a_start_that_stalls_and_a_crash_are_urgent() -> None:
    stalled = Starting(1, PLAN, COURSE, stalled=CRASH)
    assert ids(stalled) == [ButtonId.SHOW_LOG, ButtonId.STOP]
    waiting = Waiting(2, COURSE, 2.0, CRASH)
    assert ids(waiting) == [ButtonId.SHOW_DETAILS, ButtonId.SHOW_LOG, ButtonId.START_AGAIN]
    for state in (stalled, waiting, Failed(CRASH, COURSE)):
        notice = notice_for(STARTING, state)
        assert notice is not None
        assert notice.urgent


def test_a_stop_is_news_and_leaving_a_failure_is_none() -> None:
    assert notice_for(STOPPING, Stopped()) is not None
    assert notice_for(Failed(CRASH, COURSE), Stopped()) is None


@pytest.mark.parametrize(
    ("remedies", "expected"),
    [
        ((SHORTER,), [ButtonId.REMEDY, ButtonId.SHOW_DETAILS, ButtonId.SHOW_LOG]),
        ((ADVICE, USERS), [ButtonId.REMEDY, ButtonId.SHOW_LOG, ButtonId.START_AGAIN]),
        ((ADVICE,), [ButtonId.SHOW_DETAILS, ButtonId.SHOW_LOG, ButtonId.START_AGAIN]),
    ],
)
def test_the_best_thing_that_the_app_can_do_comes_first(remedies: tuple[Remedy, ...], expected: list[ButtonId]) -> None:
    assert [button.id for button in buttons_for(Failed(CRASH, COURSE, remedies))] == expected


OLLAMA = Remedy(RemedyId.USE_OLLAMA, automatic=False)
INSTALL = Remedy(RemedyId.INSTALL_OLLAMA, automatic=False)


def test_ollama_has_a_button_of_its_own_after_a_failure() -> None:
    buttons = buttons_for(Failed(CRASH, COURSE, (USERS, ADVICE, OLLAMA)))
    assert buttons == (Button(ButtonId.REMEDY, USERS), Button(ButtonId.REMEDY, OLLAMA), Button(ButtonId.SHOW_LOG))
    assert buttons_for(Failed(CRASH, COURSE, (OLLAMA,)))[0] == Button(ButtonId.REMEDY, OLLAMA)


def test_who_lacks_a_token_can_open_the_licence_and_enter_it() -> None:
    page, token = (Remedy(each, automatic=False) for each in (RemedyId.OPEN_MODEL_PAGE, RemedyId.ENTER_TOKEN))
    buttons = buttons_for(Failed(CRASH, COURSE, (page, token)))
    assert buttons[:2] == (Button(ButtonId.REMEDY, page), Button(ButtonId.REMEDY, token))


def test_a_refusal_offers_the_better_place_first_and_what_is_to_be_installed_is_no_button() -> None:
    refusal = Refusal((Problem(ProblemKind.MEMORY_DOES_NOT_FIT),), may_start_anyway=True)
    buttons = buttons_for(Failed(refusal, COURSE, (OLLAMA,)))
    assert buttons[:2] == (Button(ButtonId.REMEDY, OLLAMA), Button(ButtonId.START_ANYWAY))
    assert buttons_for(Failed(refusal, COURSE, (INSTALL,)))[0] == Button(ButtonId.START_ANYWAY)


@pytest.mark.parametrize("kind", [ProblemKind.OLLAMA_NO_MODEL, ProblemKind.REMOTE_KEY_REFUSED])
def test_trouble_with_another_place_leads_to_where_it_is_set_up(kind: ProblemKind) -> None:
    buttons = buttons_for(Failed(Refusal((Problem(kind),)), COURSE))
    assert buttons == (Button(ButtonId.START_AGAIN), Button(ButtonId.SET_UP_PLACES))


@pytest.mark.parametrize("remedy_id", [RemedyId.UPDATE_VLLM, RemedyId.REINSTALL_VLLM])
def test_another_vllm_is_one_click_away(remedy_id: RemedyId) -> None:
    assert can_be_done(Remedy(remedy_id, automatic=False))


def test_advice_is_no_button() -> None:
    assert can_be_done(SHORTER)
    assert can_be_done(USERS)
    assert not can_be_done(ADVICE)


@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (ProblemKind.NO_MODEL_CHOSEN, ButtonId.USE_SELFTEST_MODEL),
        (ProblemKind.MODEL_NOT_FOUND, ButtonId.CHOOSE_MODEL),
        (ProblemKind.VLLM_NOT_FOUND, ButtonId.INSTALL_RUNTIME),
        (ProblemKind.PORT_TAKEN, ButtonId.START_AGAIN),
    ],
)
def test_a_refusal_offers_the_way_out(kind: ProblemKind, first: ButtonId) -> None:
    refusal = Refusal((Problem(kind),))
    assert buttons_for(Failed(refusal, COURSE))[0] == Button(first)
    anyway = buttons_for(Failed(Refusal((Problem(kind),), may_start_anyway=True), COURSE))
    assert anyway[0] == Button(ButtonId.START_ANYWAY)
    assert len(anyway) <= 3
