"""Where the app listens: the same answer for the app and for the command line."""

from pathlib import Path

import pytest

from trayapp.desktop.socket_path import find_socket_folder, find_socket_path, make_private_folder


def test_it_is_in_the_sessions_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert find_socket_path() == tmp_path / "vllm-tray" / "app"


def test_without_one_it_is_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("os.getuid", lambda: 12_345_678)  # a user without a runtime folder
    assert find_socket_folder() == tmp_path / "vllm-tray"


def test_a_path_too_long_for_a_socket_goes_to_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setenv("XDG_CACHE_HOME", str(long))
    monkeypatch.setattr("os.getuid", lambda: 12_345_678)
    assert find_socket_folder().name == "vllm-tray-12345678"


def test_a_folder_that_others_could_enter_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
