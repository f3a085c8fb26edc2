"""`vllm-tray remote`: servers are kept, looked at step by step, and forgotten; a key is in no file and no output."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.elsewhere import Authority, Elsewhere, Manner
from trayapp.__main__ import main
from trayapp.core.remote_server import KEY_VARIABLE
from trayapp.storage.folders import find_folders

KEY = "key-of-the-remote-0123456789"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere(Manner(key=KEY))
    yield server
    server.close()


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main(["remote", "check", *arguments, "--json"])
    out = capsys.readouterr().out
    assert KEY not in out
    return code, json.loads(out)


def test_a_server_is_kept_listed_checked_and_forgotten(
    elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["remote", "add", "house", elsewhere.url + "/v1/"]) == 0
    assert main(["remote", "list"]) == 0
    assert f"* house  {elsewhere.url}" in capsys.readouterr().out
    code, answer = checked(capsys, "house")
    assert code == 1
    assert [step["step"] for step in answer["steps"]] == ["name", "port", "tls", "key"]
    assert answer["steps"][-1]["problem"] == "remote_key_refused"
    assert answer["max_model_len"] is None
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    code, answer = checked(capsys, "house")
    assert code == 0
    assert [(step["step"], step["ok"]) for step in answer["steps"]] == [
        (name, True) for name in ("name", "port", "tls", "key", "model")
    ]
    assert (answer["model"], answer["max_model_len"], answer["vllm_version"]) == ("big", 32_768, "0.32.0")
    assert main(["remote", "check", "house"]) == 0
    assert "vLLM 0.32.0 · big · 32,768 tokens" in capsys.readouterr().out
    assert main(["remote", "remove", "house"]) == 0
    assert main(["remote", "list", "--json"]) == 0
    assert '"servers": []' in capsys.readouterr().out
    assert KEY not in find_folders().settings_file.read_text()


def test_the_line_end_of_a_key_is_not_a_part_of_it(
    elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["remote", "add", "house", elsewhere.url]) == 0
    monkeypatch.setenv(KEY_VARIABLE, f"{KEY}\r\n")
    assert checked(capsys, "house")[0] == 0


def test_the_rows_of_a_check_say_what_failed_and_why(elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remote", "add", "house", elsewhere.url, "--model", "giant"]) == 0
    assert main(["remote", "check", "house"]) == 1
    out = capsys.readouterr().out
    assert "✗ key: house does not accept the key." in out


def test_an_authority_of_its_own_is_kept_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    authority = Authority(tmp_path)
    server = Elsewhere(Manner(), authority)
    try:
        assert main(["remote", "add", "safe", server.url, "--ca", str(authority.file)]) == 0
        code, answer = checked(capsys, "safe")
    finally:
        server.close()
    assert (code, answer["ok"]) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["add", "house", "house:8000"], "is not of the form"),
        (
            ["add", "house", "http://h", "--ca", "/nowhere/ca.pem"],
            "/nowhere/ca.pem is no file with a certificate in PEM form (No such file",
        ),
        (["add", "two\nlines", "http://h"], "no name for a server"),
        (["check", "moon"], "There is no server moon"),
        (["remove", "moon"], "There is no server moon"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["remote", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_a_name_is_given_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["remote", "add", "house", "http://127.0.0.1:1"]) == 0
    assert main(["remote", "add", "house", "http://127.0.0.1:2"]) == 1
    assert "already" in capsys.readouterr().err


def test_a_key_that_no_keyring_holds_is_said_and_not_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO(KEY + "\n"))
    assert main(["remote", "add", "house", "http://127.0.0.1:1", "--key-stdin"]) == 1
    captured = capsys.readouterr()
    assert KEY_VARIABLE in captured.err
    assert KEY not in captured.out + captured.err + find_folders().settings_file.read_text()
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert main(["remote", "add", "other", "http://127.0.0.1:1", "--key-stdin"]) == 1
