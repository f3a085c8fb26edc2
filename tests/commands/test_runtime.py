"""`vllm-tray runtime`: what is installed is listed, an installation says how far it is and how it ended."""

import json
from pathlib import Path

import pytest

from trayapp.__main__ import main
from trayapp.core.runtimes import COMPLETE, runtime_name
from trayapp.storage.folders import find_folders


@pytest.fixture(autouse=True)
def bare_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """No vllm of whoever runs the tests is found."""
    monkeypatch.setenv("PATH", "/nonexistent")


def make_runtime(version: str) -> Path:
    folder = find_folders().runtimes / runtime_name(version, "cpu")
    site = folder / "lib" / "python3.11" / "site-packages"
    info = site / f"vllm-{version}+cpu.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Name: vllm\nVersion: {version}+cpu\n", "utf-8")
    command = folder / "bin" / "vllm"
    command.parent.mkdir()
    command.write_text(f"#!{command.with_name('python')}\n", "utf-8")
    command.chmod(0o755)
    (folder / COMPLETE).touch()
    return command


def test_no_installation_at_all_says_what_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runtime", "list"]) == 0
    assert "vllm-tray runtime install cpu" in capsys.readouterr().out


def test_the_list_begins_with_the_one_that_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    newest = make_runtime("0.32.0")
    assert main(["runtime", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"0.32.0+cpu  cpu  {newest}"
    assert len(lines) == 2


def test_the_list_for_a_program_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = make_runtime("0.32.0")
    assert main(["runtime", "list", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"executable": str(command), "version": "0.32.0+cpu", "build": "cpu"}


def test_what_is_installed_already_is_not_installed_again(capsys: pytest.CaptureFixture[str]) -> None:
    command = make_runtime("0.32.0")
    assert main(["runtime", "install", "cpu", "--version", "0.32.0", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    values = json.loads(line)
    assert (values["step"], values["detail"]) == ("done", str(command))
    assert (values["done_bytes"], values["rate_bytes_s"], values["left_s"]) == (0, None, None)


def test_a_refusal_is_one_sentence_and_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(["runtime", "install", "cpu", "--folder", str(tmp_path)]) == 1
    captured = capsys.readouterr()
    assert str(tmp_path) in captured.err
    assert "Traceback" not in captured.err


def test_a_refusal_for_a_program_has_its_kind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine.txt").touch()
    assert main(["runtime", "install", "cpu", "--folder", str(tmp_path), "--json"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["step"], last["kind"]) == ("failed", "folder_not_empty")


@pytest.mark.parametrize("version", ["latest", "0.32.0; import os", "--help", ""])
def test_a_version_that_is_none_is_refused_by_the_command_line(version: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["runtime", "install", "cpu", f"--version={version}"])
    assert ended.value.code == 2
