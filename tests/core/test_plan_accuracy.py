"""The memory plan agrees with starts that were measured; tests/bench/plan_accuracy.py prints the figures."""

import statistics

import pytest

from tests.bench.plan_accuracy import Figures, compare, percentile_90


@pytest.fixture(scope="module")
def figures() -> Figures:
    return compare()


def test_a_token_costs_what_the_logs_say(figures: Figures) -> None:
    assert len(figures.per_token) >= 14
    assert all(abs(ratio - 1) <= 0.01 for ratio in figures.per_token)


def test_what_was_there_lies_inside_the_span(figures: Figures) -> None:
    assert sum(figures.covered) >= 0.9 * len(figures.covered)


def test_the_middle_is_near_and_the_span_narrow(figures: Figures) -> None:
    assert statistics.median(figures.errors_gib) <= 0.15
    assert percentile_90(figures.errors_gib) <= 0.6
    assert statistics.median(figures.widths_gib) <= 0.8


def test_the_low_end_never_promises_more_than_was_there(figures: Figures) -> None:
    assert max(figures.promised_gib) <= 0.1
