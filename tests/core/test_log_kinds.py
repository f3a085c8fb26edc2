"""The kind of a line: its level and its process."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.log_kinds import Level, LineKind, LineKinds


@pytest.mark.parametrize(
    ("line", "level", "process"),
    [
        ("(APIServer pid=8563) INFO 11-20 11:15:38 [model.py:733] Resolved", Level.INFO, "APIServer"),
        ("(EngineCore_DP0 pid=1) WARNING 11-20 [x.py:1] careful", Level.WARNING, "EngineCore_DP0"),
        ("(EngineCore pid=8) (Worker_TP0 pid=9) ERROR 11-20 [x.py:1] broken", Level.ERROR, "Worker_TP0"),
        ("INFO:     Started server process [1]", Level.INFO, ""),
        ("DEBUG 11-20 [x.py:1] much", Level.DETAIL, ""),
        ("CRITICAL 11-20 all over", Level.ERROR, ""),
        ("RuntimeError: Engine core initialization failed.", Level.ERROR, ""),
        ("--- Qwen3: vllm serve", Level.INFO, ""),
        ("", Level.INFO, ""),
    ],
)
def test_a_line_says_how_grave_it_is_and_whose(line: str, level: Level, process: str) -> None:
    assert LineKinds().read(line) == LineKind(level, process)


def test_a_traceback_belongs_to_its_error_and_other_processes_do_not() -> None:
    kinds = LineKinds()
    lines = (
        "(A pid=1) ERROR 11-20 broken",
        "(A pid=1)   File x",
        "(B pid=2)   File y",
        "(A pid=1) INFO 11-20 well",
        "(A pid=1) more",
    )
    levels = [kinds.read(line).level for line in lines]
    assert levels == [Level.ERROR, Level.ERROR, Level.INFO, Level.INFO, Level.INFO]


@given(st.text())
def test_any_text_has_a_kind(line: str) -> None:
    LineKinds().read(line)
