"""Start on login by an XDG autostart entry. No Qt, no words; the desktop's own "off" for the entry is respected."""

import os
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.login_start import LoginStart
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ENTRY = "vllm-tray.desktop"


class Autostart:
    """The autostart entry of this user for one command."""

    def __init__(self, command: "Sequence[str]", folder: Path | None = None) -> None:
        """command: the absolute path of the program, and its arguments."""
        self._command = tuple(command)
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        self.path = (folder or configuration / "autostart") / ENTRY

    def state(self) -> LoginStart:
        """Return what the entry says now; it is read each time, since the desktop's settings change it too."""
        lines = self._read()
        if not lines:
            return LoginStart.OFF
        entry = _values(lines)
        if entry.get("Hidden", "").lower() == "true" or entry.get("X-GNOME-Autostart-enabled", "").lower() == "false":
            return LoginStart.SWITCHED_OFF_BY_DESKTOP
        return LoginStart.ON

    def set(self, on: bool) -> Problem | None:
        """Write the entry, renew its command (the app may have moved) or remove it; nothing when it is so already.

        Returns a problem when it cannot be written, or when it is to be on and the desktop's settings say off: that
        entry is never touched.
        """
        state = self.state()
        if state is LoginStart.SWITCHED_OFF_BY_DESKTOP:
            return Problem(ProblemKind.AUTOSTART_SWITCHED_OFF, {"path": str(self.path)}) if on else None
        try:
            if on:
                self._write(_renewed(self._read(), self._command))
            elif state is LoginStart.ON:
                self.path.unlink(missing_ok=True)
        except OSError as error:
            values = {"path": str(self.path), "reason": error.strerror or str(error)}
            return Problem(ProblemKind.FILE_NOT_WRITABLE, values)
        return None

    def _read(self) -> list[str]:
        try:
            return self.path.read_text("utf-8", "surrogateescape").splitlines()
        except OSError:
            return []

    def _write(self, lines: list[str]) -> None:
        if lines == self._read():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix=f".{ENTRY}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write("\n".join(lines) + "\n")
            Path(temporary).chmod(0o644)
            Path(temporary).replace(self.path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise


def exec_line(command: "Sequence[str]") -> str:
    """Return a command as the value of Exec.

    Quoted as in the Desktop Entry Specification, "The Exec key", and escaped once more as every string value.
    """
    return _escaped(" ".join(_quoted(argument) for argument in command))


def _quoted(argument: str) -> str:
    argument = argument.replace("%", "%%")
    if argument and not re.search(r"[\s\"'\\><~|&;$*?#()`]", argument):
        return argument
    return '"' + re.sub(r'(["`$\\])', r"\\\1", argument) + '"'


def _escaped(value: str) -> str:
    escapes = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return "".join(escapes.get(character, character) for character in value)


def _renewed(lines: list[str], command: "Sequence[str]") -> list[str]:
    """The lines of an entry with this command; keys that somebody added stay."""
    command_keys = {"Exec": exec_line(command), "TryExec": _escaped(command[0])}
    if not lines:
        return [
            "[Desktop Entry]",
            "Type=Application",
            "Name=vLLM Tray",
            "Comment=Start and stop a local language model",
            "Comment[de]=Ein Sprachmodell auf diesem Computer starten und anhalten",
            "Icon=vllm-tray",
            *(f"{key}={value}" for key, value in command_keys.items()),
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
        ]
    return [_with_value(line, command_keys) for line in lines]


def _with_value(line: str, values: "Mapping[str, str]") -> str:
    key = line.partition("=")[0].strip()
    return f"{key}={values[key]}" if key in values else line


def _values(lines: list[str]) -> dict[str, str]:
    """The keys of the group [Desktop Entry]; comments and other groups are passed over."""
    values: dict[str, str] = {}
    group = ""
    for line in lines:
        text = line.strip()
        if text.startswith("["):
            group = text
        elif group == "[Desktop Entry]" and "=" in text and not text.startswith("#"):
            key, _, value = text.partition("=")
            values[key.strip()] = value.strip()
    return values
