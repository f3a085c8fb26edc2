"""Start on login: what stands in the entry, and whose word counts."""

import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.login_start import LoginStart
from trayapp.core.problems import ProblemKind
from trayapp.desktop.autostart_xdg import Autostart, exec_line

COMMAND = ("/home/a b/vllm-tray", "--quiet")


def an_entry(folder: Path, *lines: str) -> Autostart:
    autostart = Autostart(COMMAND, folder)
    folder.mkdir(exist_ok=True)
    autostart.path.write_text("\n".join(("[Desktop Entry]", "Type=Application", *lines)) + "\n")
    return autostart


def test_it_is_off_until_it_is_switched_on_and_off_again_when_switched_off(tmp_path: Path) -> None:
    autostart = Autostart(COMMAND, tmp_path / "autostart")
    assert autostart.state() is LoginStart.OFF
    assert autostart.set(True) is None
    assert autostart.state() is LoginStart.ON
    assert autostart.set(False) is None
    assert autostart.state() is LoginStart.OFF
    assert list(autostart.path.parent.iterdir()) == []


def test_the_entry_names_the_program_and_goes_inert_without_it(tmp_path: Path) -> None:
    autostart = Autostart(COMMAND, tmp_path)
    autostart.set(True)
    lines = autostart.path.read_text().splitlines()
    assert lines[0] == "[Desktop Entry]"
    assert 'Exec="/home/a b/vllm-tray" --quiet' in lines
    assert "TryExec=/home/a b/vllm-tray" in lines
    assert stat.S_IMODE(autostart.path.stat().st_mode) == 0o644


@pytest.mark.parametrize("off", ["Hidden=true", "Hidden = TRUE", "X-GNOME-Autostart-enabled=false"])
def test_the_desktops_own_off_is_seen_and_never_rewritten(tmp_path: Path, off: str) -> None:
    autostart = an_entry(tmp_path, "Exec=old", off)
    before = autostart.path.read_bytes()
    assert autostart.state() is LoginStart.SWITCHED_OFF_BY_DESKTOP
    problem = autostart.set(True)
    assert problem is not None
    assert problem.kind is ProblemKind.AUTOSTART_SWITCHED_OFF
    assert autostart.set(False) is None
    assert autostart.path.read_bytes() == before


def test_an_off_in_another_group_or_a_comment_means_nothing(tmp_path: Path) -> None:
    autostart = an_entry(tmp_path, "Exec=old", "#Hidden=true", "[Desktop Action x]", "Hidden=true")
    assert autostart.state() is LoginStart.ON


def test_an_app_that_moved_renews_its_command_and_keeps_what_others_added(tmp_path: Path) -> None:
    autostart = an_entry(tmp_path, "Exec=/old/vllm-tray", "TryExec=/old/vllm-tray", "X-GNOME-Autostart-Delay=20")
    autostart.set(True)
    text = autostart.path.read_text()
    assert "/old/" not in text
    assert "X-GNOME-Autostart-Delay=20" in text


def test_an_entry_that_is_right_is_not_written_again(tmp_path: Path) -> None:
    autostart = Autostart(COMMAND, tmp_path)
    autostart.set(True)
    before = autostart.path.stat().st_ino
    autostart.set(True)
    assert autostart.path.stat().st_ino == before


def test_a_folder_that_cannot_be_written_is_a_problem_with_its_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    problem = Autostart(COMMAND, tmp_path / "file" / "autostart").set(True)
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_NOT_WRITABLE
    assert str(tmp_path) in str(problem.values["path"])


def test_the_folder_follows_the_desktops_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert Autostart(COMMAND).path == tmp_path / "autostart" / "vllm-tray.desktop"


def read_exec(value: str) -> list[str]:
    """Read Exec as the specification says: the string's escapes first, then the quotes, then the field codes."""
    text = value.replace("\\\\", "\\")
    arguments = []
    for match in re.finditer(r'"((?:[^"\\]|\\.)*)"|([^ "]+)', text):
        quoted, plain = match.groups()
        argument = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        arguments.append(argument.replace("%%", "%"))
    return arguments


@given(st.lists(st.text("ab /\"'\\$`%&;*~#()<>?|=", min_size=1), min_size=1))
def test_every_command_survives_the_quoting(command: list[str]) -> None:
    assert read_exec(exec_line(command)) == command
