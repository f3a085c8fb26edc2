"""learned_limits.json."""

from pathlib import Path

import pytest

from tests.builders import a_limit_key, another_gpu
from trayapp.core.learned_limits import LearnedLimits, LearnedStart
from trayapp.core.problems import ProblemKind
from trayapp.storage.learned_file import MOST_STARTS, current_limits, keep_learned, load_learned


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "learned_limits.json"


def test_what_is_kept_is_found_again(path: Path) -> None:
    start = LearnedStart(a_limit_key(), 26_608, {"kv_cache_tokens": 26_620})
    assert keep_learned(path, start) is None
    limits, problem = load_learned(path)
    assert problem is None
    assert limits.find(a_limit_key()) == start


def test_each_gpu_keeps_its_own(path: Path) -> None:
    other = a_limit_key(gpu=another_gpu().uuid)
    keep_learned(path, LearnedStart(a_limit_key(), 26_608))
    keep_learned(path, LearnedStart(other, 40_960))
    limits, _ = load_learned(path)
    assert [limits.find(key).max_model_len for key in (a_limit_key(), other)] == [26_608, 40_960]  # type: ignore[union-attr]


def test_there_is_none_at_first(path: Path) -> None:
    assert load_learned(path) == (LearnedLimits(), None)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": 1, "starts": [{"key": 3}]}', "\x00"])
def test_a_damaged_file_is_set_aside(path: Path, text: str) -> None:
    path.write_text(text)
    limits, problem = load_learned(path)
    assert limits == LearnedLimits()
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_DAMAGED
    assert not path.exists()


def test_what_is_measured_takes_the_place_of_a_damaged_file_and_the_damage_is_told(path: Path) -> None:
    path.write_text("{")
    problem = keep_learned(path, LearnedStart(a_limit_key(), 26_608))
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_DAMAGED
    assert Path(str(problem.values["set_aside"])).read_text() == "{"
    assert load_learned(path)[0].find(a_limit_key()) is not None


def test_the_oldest_go_first(path: Path) -> None:
    for number in range(MOST_STARTS + 1):
        keep_learned(path, LearnedStart(a_limit_key(model=str(number)), 1000))
    limits, _ = load_learned(path)
    assert len(limits.starts) == MOST_STARTS
    assert limits.find(a_limit_key(model="0")) is None


def test_who_tells_nothing_leaves_a_damaged_file_to_those_who_do(path: Path) -> None:
    path.write_text("{")
    assert current_limits(path) == LearnedLimits()
    assert path.read_text() == "{"
    _, problem = load_learned(path)
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_DAMAGED
