"""`vllm-tray ollama`: what Ollama has is listed, a download says how far it is and how it ended."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.fake_ollama import PULL, FakeOllama
from trayapp.__main__ import main


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    fake = FakeOllama("qwen3:8b", "tiny").start()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{fake.port}")
    yield fake
    fake.close()


def test_models_are_listed_with_their_share_on_the_gpu(ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    ollama.loaded["tiny:latest"] = 4096
    assert main(["ollama", "list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "qwen3:8b  5.0 GiB  Q4_K_M",
        "tiny:latest  5.0 GiB  Q4_K_M  loaded, 75 % on the GPU",
    ]
    assert main(["ollama", "list", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["gpu_percent"] for row in rows] == [None, 75]
    ollama.models.clear()
    assert main(["ollama", "list"]) == 0
    assert "vllm-tray ollama pull" in capsys.readouterr().out


def test_a_download_says_how_far_it_is(ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ollama", "pull", "new"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        *("Asking what belongs to the model", "Downloading  0 %", "Downloading  40 %", "Downloading  50 %"),
        *("Downloading  100 %", "Checking what was downloaded  100 %", "Finishing  100 %", "Done  100 %"),
    ]
    assert main(["ollama", "pull", "new", "--json"]) == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"status": "success", "done_bytes": 1200, "total_bytes": 1200}


def test_one_that_fails_says_what_ollama_says(ollama: FakeOllama, capsys: pytest.CaptureFixture[str]) -> None:
    ollama.pull_lines = [*PULL[:2], {"error": "no space left on device"}]
    assert main(["ollama", "pull", "new", "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out.splitlines()[-1])["problem"] == "ollama_pull_failed"
    assert "no space left on device" in captured.err


def test_without_ollama_it_is_said(
    free_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    monkeypatch.setenv("PATH", str(tmp_path))
    for arguments in (["list"], ["pull", "new"]):
        assert main(["ollama", *arguments]) == 1
        assert "Ollama was not found" in capsys.readouterr().err
    program = tmp_path / "ollama"
    program.touch(0o755)
    assert main(["ollama", "list"]) == 1
    assert "Ollama does not answer" in capsys.readouterr().err
