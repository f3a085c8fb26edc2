"""What is planned in a thread, where the other tests do not reach it through the whole app."""

from pathlib import Path

import pytest

from trayapp import planner
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.planner import Planner
from trayapp.storage.folders import Folders

STAYS = Problem(ProblemKind.LEFTOVERS_STAY, {"pids": "4711"})


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"vllm_executable": "/nowhere/vllm"}, ProblemKind.VLLM_NOT_EXECUTABLE),
        ({"use_server_key": True}, ProblemKind.SERVER_KEY_MISSING),
    ],
)
def test_a_left_over_that_stays_is_told_whatever_speaks_against_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], why: ProblemKind
) -> None:
    monkeypatch.setattr(planner, "end_abandoned", lambda: (STAYS,))
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    outcome, notes = Planner(folders, {"model": "selftest", **settings}).plan({}, False)
    assert isinstance(outcome, Refusal)
    assert [problem.kind for problem in outcome.problems] == [why]
    assert notes == (STAYS,)
