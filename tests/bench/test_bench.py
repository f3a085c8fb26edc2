"""Each part of the benchmark runs and prints its figures; whether they are reached is not asked here."""

import subprocess
import sys

import pytest

from tests.bench.figures import Figure, render_table


@pytest.mark.desktop
@pytest.mark.parametrize("name", ["start", "memory", "processor", "flood", "click"])
def test_it_measures_and_prints_a_table(name: str) -> None:
    command = [sys.executable, "-m", "tests.bench", "--quick", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert "| what " in done.stdout, done.stdout + done.stderr


def test_a_missed_figure_is_seen() -> None:
    table = render_table([Figure("start", 2.0, "s", 1.0), Figure("memory", 1.0, "MB", 4.0), Figure("more", 1.0, "")])
    assert [("MISSED" in line) for line in table.splitlines()[2:]] == [True, False, False]
