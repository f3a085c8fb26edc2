"""The self-test where it cannot run: it says why, and how to come further."""

import subprocess
import sys
from pathlib import Path

import pytest

WITHIN_S = 60


@pytest.fixture(autouse=True)
def no_vllm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def selftest(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "trayapp", "selftest", *arguments]
    return subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )


def test_without_a_vllm_it_says_so_and_how_to_set_one_up() -> None:
    done = selftest()
    assert done.returncode == 1
    assert "vLLM is not installed" in done.stderr
    assert "vllm-tray runtime install cpu" in done.stderr


def test_a_start_that_is_refused_is_explained(tmp_path: Path) -> None:
    done = selftest("--vllm", str(tmp_path / "no-such-vllm"))
    assert done.returncode == 1
    assert "no-such-vllm" in done.stderr
