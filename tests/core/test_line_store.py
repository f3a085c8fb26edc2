"""Very many lines in little memory."""

import sys

import pytest

from trayapp.core.line_store import BLOCK_LINES, LineStore


def stored(count: int) -> LineStore:
    store = LineStore()
    for first in range(0, count, 333):
        store.extend(f"line {number}" for number in range(first, min(first + 333, count)))
    return store


@pytest.mark.parametrize("count", [0, 1, BLOCK_LINES - 1, BLOCK_LINES, BLOCK_LINES + 1, 10 * BLOCK_LINES + 7])
def test_it_is_a_list_of_lines(count: int) -> None:
    store = stored(count)
    assert len(store) == count
    assert [store[place] for place in range(count)] == [f"line {number}" for number in range(count)]
    for place in (-1, count):
        with pytest.raises(IndexError, match=str(place)):
            store[place]


def test_any_text_comes_back() -> None:
    lines = ["", "\r", "\x85 \u2028", "ünï 日本", "half a surrogate \ud800", "x" * 100_000] * BLOCK_LINES
    store = LineStore()
    store.extend(lines)
    assert [store[place] for place in range(len(store))] == lines


def test_the_oldest_go_and_the_others_stay_what_they_are() -> None:
    store = stored(5 * BLOCK_LINES + 3)
    assert store[2 * BLOCK_LINES] == f"line {2 * BLOCK_LINES}"
    store.drop(2)
    assert len(store) == 3 * BLOCK_LINES + 3
    assert store[0] == f"line {2 * BLOCK_LINES}"
    assert store[len(store) - 1] == f"line {5 * BLOCK_LINES + 2}"
    store.clear()
    store.extend(["new"] * (BLOCK_LINES + 1))
    assert store[0] == "new"


def test_a_copy_stays_as_it_was() -> None:
    store = stored(3 * BLOCK_LINES + 1)
    copy = store.copy()
    store.drop(1)
    store.extend(["more"])
    assert len(copy) == 3 * BLOCK_LINES + 1
    assert [copy[0], copy[len(copy) - 1]] == ["line 0", f"line {3 * BLOCK_LINES}"]


def test_a_log_takes_a_fraction_of_its_text() -> None:
    lines = [
        f"(EngineCore pid=7) INFO 11-20 12:00:{n % 60:02} [x.py:{n % 977}] tokens/s: {n * 7919 % 10007}"
        for n in range(50_000)
    ]
    store = LineStore()
    store.extend(lines)
    assert sum(map(sys.getsizeof, store._blocks)) < sum(map(sys.getsizeof, lines)) / 8
