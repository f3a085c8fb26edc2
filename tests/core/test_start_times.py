"""The steps of a start: their seconds, and what earlier starts say about the one under way."""

import pytest

from trayapp.core.log_events import Phase
from trayapp.core.start_times import StartClock, StartTimes, expected_seconds, key_of, start_progress

KEY = key_of("cpu", "tiny@1", "0.32.0")
CLOCK = (
    StartClock(100.0)
    .entered(Phase.LAUNCHING, 101.0)
    .entered(Phase.LAUNCHING, 102.0)
    .entered(Phase.LOADING_WEIGHTS, 105.0)
    .entered(Phase.COMPILING, 107.0)
)


def test_each_step_has_its_seconds_and_one_that_comes_again_is_added_up() -> None:
    assert CLOCK.seconds(110.0) == {Phase.LAUNCHING: 4.0, Phase.LOADING_WEIGHTS: 2.0, Phase.COMPILING: 3.0}
    again = CLOCK.entered(Phase.LOADING_WEIGHTS, 110.0).ended(111.5).ended(500.0)
    assert again.seconds(999.0)[Phase.LOADING_WEIGHTS] == 3.5
    assert again.elapsed_s(999.0) == 11.5
    assert StartClock(100.0).seconds(103.0) == {}


def test_the_newest_starts_of_the_same_thing_are_what_is_expected() -> None:
    old = [StartTimes(KEY, {"launching": 100.0})] * 3
    new = [StartTimes(KEY, {"launching": seconds, "unheard_of": 1.0}) for seconds in (2.0, 3.0, 4.0, 3.0, 30.0)]
    other = [StartTimes("another", {"launching": 7.0})]
    assert expected_seconds([*old, *new, *other], KEY) == {Phase.LAUNCHING: 3.0}
    assert expected_seconds(other, KEY) == {}


def test_a_first_start_has_no_estimate() -> None:
    progress = start_progress(CLOCK, {}, 110.0)
    assert progress.is_first
    assert (progress.remaining_s, progress.share) == (None, None)
    assert [(row.phase, row.seconds, row.is_now) for row in progress.rows] == [
        (Phase.LAUNCHING, 4.0, False),
        (Phase.LOADING_WEIGHTS, 2.0, False),
        (Phase.COMPILING, 3.0, True),
    ]


def test_what_remains_is_what_the_steps_took_earlier() -> None:
    expected = {Phase.LAUNCHING: 9.0, Phase.LOADING_WEIGHTS: 2.0, Phase.COMPILING: 8.0, Phase.STARTING_API: 1.0}
    progress = start_progress(CLOCK, expected, 110.0)
    assert progress.remaining_s == pytest.approx(6.0)  # 5 of compiling, 1 of the interface
    assert progress.share == pytest.approx(10 / 16)
    assert progress.rows[-1].seconds is None
    late = start_progress(CLOCK, {Phase.COMPILING: 8.0}, 200.0)
    assert late.remaining_s == 0.0
    assert start_progress(StartClock(1.0), expected, 1.0).share == 0.0


def test_a_start_that_has_no_time_at_all_divides_by_nothing() -> None:
    assert start_progress(StartClock(1.0), {Phase.LAUNCHING: 0.0}, 1.0).share == 0.0


def test_a_start_that_is_over_is_done() -> None:
    progress = start_progress(CLOCK.ended(120.0), {}, 500.0)
    assert progress.is_over
    assert progress.share == 1.0
    assert progress.elapsed_s == 20.0
    assert not any(row.is_now for row in progress.rows)
