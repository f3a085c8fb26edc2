"""Each part of the benchmark runs and prints its figures; whether they are reached is not asked here."""

import subprocess
import sys

import pytest

from tests.bench import one_address
from tests.bench.figures import Figure, render_table


@pytest.mark.desktop
@pytest.mark.parametrize("name", ["start", "memory", "processor", "flood", "windows", "click"])
def test_it_measures_and_prints_a_table(name: str) -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "| what " in done.stdout, done.stdout + done.stderr


def test_the_cost_of_a_piece_through_the_one_address_is_measured() -> None:
    (cost,) = one_address.measure_cost(pieces=60)
    assert 1 < cost.measured < 10_000


def test_a_missed_figure_is_seen() -> None:
    table = render_table([Figure("start", 2.0, "s", 1.0), Figure("memory", 1.0, "MB", 4.0), Figure("more", 1.0, "")])
    assert [("MISSED" in line) for line in table.splitlines()[2:]] == [True, False, False]


LATE = {
    *("psutil", "msgspec", "jeepney", "pynvml", "huggingface_hub", "hashlib", "subprocess"),
    *("trayapp.core.lifecycle", "trayapp.core.launch", "trayapp.core.found_cause", "trayapp.supervision.sweep"),
    *("trayapp.planner", "trayapp.core.launch_plan", "trayapp.core.diagnosis", "trayapp.commands.answers"),
    *("trayapp.wording.notices", "trayapp.supervision.server_process", "trayapp.ui.log_window"),
}
"""What the app loads when it is first needed; together it would double the start and add a third to the memory.

socket is not among them: whether the session bus answers is asked before Qt asks.
"""


def test_the_app_comes_up_without_what_only_a_model_needs() -> None:
    code = f"import sys, trayapp.app; print(*sorted(set(sys.modules) & {LATE!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == []
