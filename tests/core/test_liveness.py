"""When a server that became ready counts as hung, and when no more."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.builders import a_plan
from trayapp.core.events import EndServer, LivenessChanged, RestartWanted, StopWanted
from trayapp.core.lifecycle import step
from trayapp.core.live_figures import ServerFigures
from trayapp.core.liveness import SILENT_S, STUCK_ON_CPU_S, STUCK_S, Liveness
from trayapp.core.notices import ButtonId, notice_for
from trayapp.core.states import Course, Ready, Stopping
from trayapp.core.status import status_of
from trayapp.wording.notices import button_words, notice_words
from trayapp.wording.states import state_row


def test_silence_for_long_is_a_hang_and_one_answer_ends_it() -> None:
    seen = Liveness().with_silence(100).with_silence(115)
    assert not seen.hangs(115, on_cpu=False)
    assert seen.hangs(100 + SILENT_S, on_cpu=False)
    assert not seen.with_answer(150).hangs(150, on_cpu=False)
    assert not seen.with_answer(150).with_silence(160).hangs(170, on_cpu=False)


def test_requests_without_a_token_for_long_are_a_hang_and_a_token_ends_it() -> None:
    seen = Liveness().with_answer(0, ServerFigures(running=1, generated_tokens=7))
    seen = seen.with_answer(200).with_answer(STUCK_S, ServerFigures(waiting=2, generated_tokens=7))
    assert seen.hangs(STUCK_S, on_cpu=False)
    assert not seen.hangs(STUCK_S, on_cpu=True)
    assert seen.hangs(STUCK_ON_CPU_S, on_cpu=True)
    moving = seen.with_answer(STUCK_S + 30, ServerFigures(running=1, generated_tokens=8))
    assert not moving.hangs(STUCK_S + 30, on_cpu=False)


def test_an_idle_server_never_hangs_for_that() -> None:
    seen = Liveness().with_answer(0, ServerFigures(running=1)).with_answer(1, ServerFigures())
    assert not seen.hangs(10_000, on_cpu=False)


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1000)), max_size=50))
def test_a_server_that_answers_within_the_time_never_hangs(steps: list[tuple[float, float]]) -> None:
    seen, now = Liveness(), 0.0
    for pause_s, tokens in steps:
        now += pause_s
        seen = seen.with_silence(now).with_answer(now, ServerFigures(running=1, generated_tokens=now + tokens))
        assert not seen.hangs(now, on_cpu=False)


READY = Ready(3, a_plan(), Course(), 26_608, 7)


def test_a_hang_is_said_with_a_way_out_and_its_end_is_said_too() -> None:
    hung, effects = step(READY, LivenessChanged(3, hangs=True))
    assert effects == ()
    assert hung == replace(READY, hangs=True)
    assert step(READY, LivenessChanged(2, hangs=True)) == (READY, ())
    notice = notice_for(READY, hung)
    assert notice is not None
    assert notice.urgent
    assert notice.buttons[0].id is ButtonId.RESTART
    assert button_words(notice.buttons[0]) == "Restart"
    assert "does not answer" in notice_words(notice)[0]
    assert "Does not answer" in state_row(hung)
    diagnosis = status_of(hung).diagnosis
    assert diagnosis is not None
    assert diagnosis["cause"] == "hangs"
    back, _ = step(hung, LivenessChanged(3, hangs=False))
    assert back == READY
    notice = notice_for(hung, back)
    assert notice is not None
    assert "is ready" in notice_words(notice)[0]
    assert status_of(READY).diagnosis is None


def test_a_server_that_hangs_can_be_stopped_and_restarted_like_any_other() -> None:
    for wish in (StopWanted(), RestartWanted()):
        state, (effect,) = step(replace(READY, hangs=True), wish)
        assert isinstance(state, Stopping)
        assert effect == EndServer(3)
