"""What earlier starts measured is found again, and only where it holds."""

from dataclasses import replace

from tests.builders import a_limit_key
from trayapp.core.learned_limits import LearnedLimits, LearnedStart

KEY = a_limit_key()
OTHER = a_limit_key(gpu="cpu")


def test_a_start_is_found_by_its_key_only() -> None:
    limits = LearnedLimits().with_start(LearnedStart(KEY, 26_608))
    assert limits.find(KEY) == LearnedStart(KEY, 26_608)
    assert limits.find(OTHER) is None


def test_there_is_one_start_for_each_key_the_newest_last() -> None:
    limits = LearnedLimits((LearnedStart(KEY, 1), LearnedStart(OTHER, 2))).with_start(LearnedStart(KEY, 3))
    assert limits.starts == (LearnedStart(OTHER, 2), LearnedStart(KEY, 3))


def test_a_start_that_found_no_limit_keeps_the_one_known_before() -> None:
    limits = LearnedLimits((LearnedStart(KEY, 26_608, {"weights_bytes": 1}),)).with_start(LearnedStart(KEY))
    assert limits.find(KEY) == LearnedStart(KEY, 26_608, {"weights_bytes": 1})


def test_a_share_that_was_too_much_stays_known() -> None:
    start = LearnedStart(KEY, 100, lowered_utilization=0.8)
    assert LearnedLimits((start,)).with_start(LearnedStart(KEY, 100)).find(KEY) == start


def test_new_figures_replace_old_ones() -> None:
    old = LearnedStart(KEY, 26_608, {"weights_bytes": 1})
    new = replace(old, max_model_len=0, figures={"weights_bytes": 2})
    assert LearnedLimits((old,)).with_start(new).starts == (replace(old, figures={"weights_bytes": 2}),)


def test_a_limit_that_failed_can_be_forgotten() -> None:
    limits = LearnedLimits((LearnedStart(KEY, 1), LearnedStart(OTHER, 2)))
    assert limits.without(KEY).starts == (LearnedStart(OTHER, 2),)
