"""Automatic remedies are few, never the same twice, and each is safer than the last."""

from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.attempts import MOST_LAUNCHES, next_attempt
from trayapp.core.remedies import Remedy, RemedyId


def use(length: int) -> Remedy:
    return Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes={"max_model_len": length})


RETRY = Remedy(RemedyId.RETRY, automatic=True)
EAGER = Remedy(RemedyId.EAGER_MODE, automatic=True, changes={"enforce_eager": True})


def test_the_first_automatic_remedy_is_taken() -> None:
    by_hand = Remedy(RemedyId.RAISE_UTILIZATION, automatic=False, changes={"gpu_memory_utilization": 0.95})
    assert next_attempt((by_hand, use(9216), EAGER), ()) == use(9216)


def test_nothing_automatic_means_enough() -> None:
    assert next_attempt((Remedy(RemedyId.SHOW_GPU_USERS, automatic=False),), ()) is None
    assert next_attempt((), ()) is None


def test_never_the_same_twice() -> None:
    assert next_attempt((use(9216), EAGER), (use(9216),)) == EAGER
    assert next_attempt((EAGER,), (EAGER,)) is None


def test_a_retry_comes_once() -> None:
    assert next_attempt((RETRY,), ()) == RETRY
    assert next_attempt((RETRY,), (RETRY,)) is None


def test_a_larger_value_than_one_already_tried_is_not_safer() -> None:
    assert next_attempt((use(9216),), (use(8192),)) is None
    assert next_attempt((use(4096),), (use(8192),)) == use(4096)


def test_a_remedy_without_changes_that_is_no_retry_cannot_be_attempted() -> None:
    assert next_attempt((Remedy(RemedyId.RESTART_COMPUTER, automatic=True),), ()) is None


def test_four_launches_are_the_most() -> None:
    tried: tuple[Remedy, ...] = ()
    launches = 1
    while (remedy := next_attempt(tuple(use(length) for length in range(9000, 16, -16)), tried)) is not None:
        tried = (*tried, remedy)
        launches += 1
    assert launches == MOST_LAUNCHES


lengths = st.lists(st.integers(16, 100_000), min_size=1, max_size=6)


@given(st.lists(lengths, min_size=1, max_size=6))
def test_lengths_only_ever_shrink(offers: list[list[int]]) -> None:
    tried: tuple[Remedy, ...] = ()
    for offered in offers:
        remedy = next_attempt(tuple(map(use, offered)), tried)
        tried = tried if remedy is None else (*tried, remedy)
    used = [remedy.changes["max_model_len"] for remedy in tried]
    assert used == sorted(set(used), reverse=True)  # type: ignore[type-var]
