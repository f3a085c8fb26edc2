"""Calls in a process of their own: what comes back, and what stays away."""

import os
import sys
from pathlib import Path

import pytest

from trayapp.model_shelf import local_rows, survey
from trayapp.storage.folders import find_folders
from trayapp.supervision.aside import AsideError, aside


def test_the_result_comes_back_and_the_process_was_another() -> None:
    assert aside(os.path.join, "a", "b") == "a/b"
    assert aside(os.getpid) != os.getpid()


def test_an_error_is_raised_where_it_was_asked() -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        aside(os.stat, "/nowhere")


def test_a_process_that_ends_without_an_answer_is_told_from_an_answer() -> None:
    with pytest.raises(AsideError, match="exit code 3"):
        aside(os._exit, 3)


def test_what_a_function_prints_is_no_answer() -> None:
    assert aside(print, "a library's greeting") is None


def test_a_file_in_the_folder_where_the_app_runs_is_no_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("pickle", "copyreg", "trayapp"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    assert aside(os.path.join, "a", "b") == "a/b"


def test_models_are_listed_and_the_library_for_it_stays_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HF_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    loaded = {name for name in sys.modules if name.startswith("huggingface_hub")}
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    assert aside(local_rows, survey(find_folders())) == ()
    assert not any(name.startswith("huggingface_hub") for name in sys.modules)
