"""start, stop and their likes, on nonsense and on paths."""

import argparse
from pathlib import Path

import pytest

from trayapp.__main__ import main
from trayapp.commands.control import add_parser


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


def parse(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    return parser.parse_args(arguments)


@pytest.mark.parametrize("wait", ["inf", "nan", "-50", "1e300", "soon", ""])
def test_a_wait_that_is_none_is_a_wrong_command_line(wait: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["start", f"--wait={wait}"])
    assert ended.value.code == 2
    assert "seconds" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["", "  ", "\udcff"])
def test_a_model_that_is_none_is_a_wrong_command_line(model: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["start", "--model", model])
    assert ended.value.code == 2


def test_a_path_means_the_folder_seen_from_where_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse("start", "--model", "mine").model == str(tmp_path / "mine")
    assert parse("start", "--model", "Qwen/Qwen3-8B").model == "Qwen/Qwen3-8B"
    assert parse("start", "--model", "~nobody-here/x").model == "~nobody-here/x"
    assert parse("start", "--model", "m" * 5000).model == "m" * 5000


def test_the_built_in_model_is_never_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "selftest").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse("start", "--model", "selftest").model == "selftest"


def test_without_an_app_the_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["start", "--wait", "1"]) == 3
    assert "not running" in capsys.readouterr().err
