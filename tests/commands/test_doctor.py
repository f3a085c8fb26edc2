import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.vllm_folder import FakeVllmFolder
from trayapp.commands.doctor import examine, run
from trayapp.core.checkup import Topic
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import change_settings


def report(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    run(argparse.Namespace(json=True))
    document = json.loads(capsys.readouterr().out)
    assert isinstance(document, dict)
    return document


def topic(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = [finding for finding in document["findings"] if finding["topic"] == name]
    assert found
    assert isinstance(found[0], dict)
    return found[0]


@pytest.fixture
def settings_with_vllm(fake_vllm: Callable[..., FakeVllmFolder], free_port: int) -> FakeVllmFolder:
    """Settings that name a CPU build of vLLM and a free port."""
    fake = fake_vllm()
    changes = {"vllm_executable": fake.executable, "port": free_port}
    assert change_settings(find_folders().settings_file, changes) is None
    return fake


def test_every_topic_is_examined_in_order(settings_with_vllm: FakeVllmFolder) -> None:
    topics = [finding.topic for finding in examine(find_folders())]
    assert list(dict.fromkeys(topics)) == list(Topic)


def test_a_computer_with_a_vllm_for_its_processor_needs_no_gpu(
    settings_with_vllm: FakeVllmFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    document = report(capsys)
    vllm = topic(document, "vllm")
    assert (vllm["facts"]["version"], vllm["problems"]) == ("0.32.0+cpu", [])
    assert topic(document, "gpu")["problems"] == []


def test_what_is_wrong_is_said_with_a_way_out_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_settings(find_folders().settings_file, {"vllm_executable": str(tmp_path / "nothing")})
    assert run(argparse.Namespace(json=False)) == 1
    text = capsys.readouterr().out
    assert str(tmp_path / "nothing") in text
    assert "✗ vLLM" in text
    document = report(capsys)
    assert document["ok"] is False
    (problem,) = topic(document, "vllm")["problems"]
    assert problem["kind"] == "vllm_not_executable"
    assert all(problem["words"][:2])


def test_people_get_a_line_for_each_topic(
    settings_with_vllm: FakeVllmFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run(argparse.Namespace(json=False))
    lines = [line for line in capsys.readouterr().out.splitlines() if not line.startswith(" ")]
    assert len(lines) >= len(Topic)
    assert all(line[:2] in {"✓ ", "✗ "} for line in lines)
    assert "{" not in "".join(lines)
