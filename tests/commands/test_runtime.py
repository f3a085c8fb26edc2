"""`vllm-tray runtime`: what is installed is listed, an installation says how far it is and how it ended."""

import json
import shutil
from pathlib import Path

import pytest

from tests.probes.test_vllm_install import make_environment
from trayapp.__main__ import main
from trayapp.core.runtimes import COMPLETE, runtime_name
from trayapp.core.settings import Settings
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import load_settings


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


def settings() -> Settings:
    return load_settings(find_folders().settings_file).settings


def listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["runtime", "list", "--json"]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_no_installation_at_all_says_what_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runtime", "list"]) == 0
    assert "vllm-tray runtime install" in capsys.readouterr().out


def test_the_list_begins_with_the_newest_and_says_which_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    newest = make_runtime("0.32.0")
    assert main(["runtime", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["0.32.0+cpu", "cpu"]
    assert "in use" in lines[0]
    assert lines[0].endswith(str(newest))
    assert len(lines) == 2


def test_the_list_for_a_program_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    command = make_runtime("0.32.0")
    (values,) = listed(capsys)
    size = values.pop("bytes")
    assert isinstance(size, int)
    assert size > 0
    assert values == {
        "name": "vllm-0.32.0-cpu",
        "executable": str(command),
        "version": "0.32.0+cpu",
        "build": "cpu",
        "kind": "own",
        "chosen": True,
        "previous": False,
        "verified": False,
    }


def test_one_that_the_settings_name_is_listed_wherever_it_lies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = make_environment(tmp_path / "far" / "away")
    assert main(["runtime", "use", str(command)]) == 0
    (values,) = listed(capsys)
    assert (values["executable"], values["chosen"], values["kind"]) == (str(command), True, "path")


@pytest.mark.parametrize("word", ["0.21.0", "vllm-0.21.0-cpu", "0.21.0+cpu"])
def test_another_one_is_chosen_by_its_name_and_the_one_before_is_remembered(
    word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old, newest = make_runtime("0.21.0"), make_runtime("0.32.0")
    assert main(["runtime", "use", word]) == 0
    assert "0.21.0" in capsys.readouterr().out
    assert (settings().vllm_executable, settings().vllm_previous) == (str(old), str(newest))
    assert [(each["chosen"], each["previous"]) for each in listed(capsys)] == [(False, True), (True, False)]


def test_going_back_is_one_step(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    newest = make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    assert main(["runtime", "use", "--back", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["executable"] == str(newest)
    assert (settings().vllm_executable, settings().vllm_previous) == (str(newest), "")
    assert main(["runtime", "use", "--back"]) == 1
    assert "nothing to go back to" in capsys.readouterr().err


def test_going_back_to_one_that_was_deleted_by_hand_says_so_and_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_runtime("0.21.0")
    newest = make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    before = settings()
    shutil.rmtree(newest.parents[1])
    assert main(["runtime", "use", "--back"]) == 1
    assert str(newest) in capsys.readouterr().err
    assert settings() == before


def test_automatic_is_the_newest_again(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    newest = make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    capsys.readouterr()
    assert main(["runtime", "use", "auto", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["executable"] == str(newest)
    assert settings().vllm_executable == ""


@pytest.mark.parametrize("word", ["0.1.0", "nothing", "/nowhere/bin/vllm"])
def test_a_word_that_means_none_changes_nothing(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.32.0")
    assert main(["runtime", "use", word]) == 1
    assert word in capsys.readouterr().err
    assert settings().vllm_executable == ""


def test_an_own_one_is_removed_and_says_what_that_frees(capsys: pytest.CaptureFixture[str]) -> None:
    old = make_runtime("0.21.0")
    make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    main(["runtime", "use", "--back"])
    capsys.readouterr()
    assert main(["runtime", "remove", "0.21.0", "--json"]) == 0
    removed = json.loads(capsys.readouterr().out)
    assert removed["name"] == "vllm-0.21.0-cpu"
    assert removed["freed_bytes"] > 0
    assert not old.parents[1].exists()


def test_the_one_in_use_is_removed_only_with_a_word_and_then_another_is_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    old, newest = make_runtime("0.21.0"), make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    assert main(["runtime", "remove", "0.21.0", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["kind"] == "runtime_chosen"
    assert old.exists()
    assert main(["runtime", "remove", "0.21.0", "--chosen-too"]) == 0
    (values,) = listed(capsys)
    assert (values["executable"], values["chosen"]) == (str(newest), True)


def test_one_that_was_remembered_is_forgotten_when_it_is_removed(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    assert main(["runtime", "remove", "0.32.0"]) == 0
    assert settings().vllm_previous == ""
    assert [each["previous"] for each in listed(capsys)] == [False]


def test_what_another_program_made_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = make_environment(tmp_path / "theirs")
    main(["runtime", "use", str(command)])
    assert main(["runtime", "remove", "theirs", "--chosen-too"]) == 1
    assert "not the app's own" in capsys.readouterr().err
    assert command.exists()


def test_a_check_says_what_suits_and_what_is_in_use(capsys: pytest.CaptureFixture[str]) -> None:
    make_runtime("0.21.0")
    make_runtime("0.32.0")
    main(["runtime", "use", "0.21.0"])
    capsys.readouterr()
    assert main(["runtime", "check", "--offline", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["recommended"]["build"] in {"cpu", "cuda"}
    assert told["recommended"]["version"] in told["recommended"]["reason"]
    assert (told["current"]["version"], told["previous"]["version"]) == ("0.21.0+cpu", "0.32.0+cpu")
    assert told["update"] is None


def test_a_check_without_an_index_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_runtime("0.32.0")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "empty"))
    assert main(["runtime", "check", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["update"] is None
    assert "127.0.0.1:9" in told["problem"]
    assert told["current"]["version"] == "0.32.0+cpu"


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


@pytest.mark.parametrize(
    "words",
    [
        ("runtime", "install", "cpu", "--folder"),
        ("remote", "add", "lab", "https://lab.example", "--ca"),
    ],
)
def test_the_home_of_nobody_is_refused(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "~nobody-of-that-name/x"])
    assert ended.value.code == 2
    assert "~nobody-of-that-name/x begins with the home folder of a user who is not there" in capsys.readouterr().err
