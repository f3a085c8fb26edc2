"""The setting and the autostart entry: whichever the person has changed, the other one follows."""

import json
from pathlib import Path

import pytest

from trayapp.assembly import apply_login_start, set_login_start
from trayapp.core.login_start import LoginStart
from trayapp.desktop.autostart_xdg import Autostart
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings, load_settings


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")


@pytest.fixture
def autostart(tmp_path: Path) -> Autostart:
    return Autostart(("/opt/vllm-tray/bin/vllm-tray",), tmp_path / "autostart")


def setting(folders: Folders) -> bool:
    return load_settings(folders.settings_file).settings.start_on_login


def test_the_menu_switches_both(folders: Folders, autostart: Autostart) -> None:
    assert set_login_start(folders, autostart, True) is None
    assert (autostart.state(), setting(folders)) == (LoginStart.ON, True)
    set_login_start(folders, autostart, False)
    assert (autostart.state(), setting(folders)) == (LoginStart.OFF, False)


def test_a_setting_made_by_hand_makes_the_entry_and_takes_it_away(folders: Folders, autostart: Autostart) -> None:
    change_settings(folders.settings_file, {"start_on_login": True})
    apply_login_start(folders, autostart)
    assert autostart.state() is LoginStart.ON
    change_settings(folders.settings_file, {"start_on_login": False})
    apply_login_start(folders, autostart)
    assert autostart.state() is LoginStart.OFF


def test_an_entry_removed_in_the_desktops_settings_is_not_made_again(folders: Folders, autostart: Autostart) -> None:
    set_login_start(folders, autostart, True)
    autostart.path.unlink()
    apply_login_start(folders, autostart)
    assert (autostart.state(), setting(folders)) == (LoginStart.OFF, False)


def test_the_desktops_own_off_is_left_alone(folders: Folders, autostart: Autostart) -> None:
    set_login_start(folders, autostart, True)
    autostart.path.write_text(autostart.path.read_text() + "Hidden=true\n")
    before = autostart.path.read_text()
    apply_login_start(folders, autostart)
    assert autostart.path.read_text() == before
    assert autostart.state() is LoginStart.SWITCHED_OFF_BY_DESKTOP


def test_an_entry_that_somebody_else_made_is_not_taken_away(folders: Folders, autostart: Autostart) -> None:
    autostart.set(True)
    apply_login_start(folders, autostart)
    assert autostart.state() is LoginStart.ON


def test_nothing_is_written_where_nothing_is_to_be_done(folders: Folders, autostart: Autostart) -> None:
    apply_login_start(folders, autostart)
    assert not folders.settings_file.exists()
    assert not autostart.path.exists()
    set_login_start(folders, autostart, True)
    before = json.loads(folders.settings_file.read_text())
    apply_login_start(folders, autostart)
    assert json.loads(folders.settings_file.read_text()) == before
