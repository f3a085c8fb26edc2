"""The self-test where it cannot run: it says why, and how to come further."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.vllm_folder import make_vllm_folder

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


ENGLISH = re.compile(r"\b(on|tokens|launches|answered|failed|stopped|nothing|left|passed|seconds)\b")


@pytest.mark.parametrize(("answer", "code"), [("It works: here I am.", 0), ("Blah.", 1)])
def test_its_steps_are_told_in_german_to_people_and_to_the_window_that_reads_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, code: int
) -> None:
    for name in ("config", "data", "state", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    vllm = make_vllm_folder(tmp_path / "vllm", answer=answer)
    told = selftest("--vllm", vllm.executable)
    assert told.returncode == code
    assert re.search(r"Frage +\d+,\d s  ", told.stdout)
    assert ENGLISH.findall(told.stdout.replace(answer, "")) == []
    assert ("Der Selbsttest ist bestanden." in told.stdout) == (code == 0)
    read = selftest("--vllm", vllm.executable, "--json")
    steps = [json.loads(line) for line in read.stdout.splitlines() if line.startswith("{")]
    assert [step["step"] for step in steps if step["step"]] == ["start", "question", "stop"]
    assert [step["failed"] for step in steps if step["step"] == "question"] == [code == 1]
    assert [text for step in steps if ENGLISH.search(text := step["text"].replace(answer, ""))] == []
