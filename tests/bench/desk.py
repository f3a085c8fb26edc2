"""A desktop with the app or the smallest tray program on it, and the moments that count: icon, click, ready, end."""

import json
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.desktop.person import Person
from tests.desktop.session import Session, until
from trayapp.commands.app_client import NotRunning, call
from trayapp.core.settings import SELFTEST_MODEL

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
APP = (sys.executable, "-m", "trayapp")
LEAN = (sys.executable, str(Path(__file__).with_name("lean_tray.py")))
_WATCHER = "org.kde.StatusNotifierWatcher"
_ICON_WITHIN_S = 60.0
_ANSWER_WITHIN_S = 600.0


class Desk:
    """One desktop: X server, bus, panel, notifications. One program at a time is on it."""

    def __init__(self, session: Session, person: Person) -> None:
        self.session = session
        self.person = person
        self._bus = open_dbus_connection(session.environment["DBUS_SESSION_BUS_ADDRESS"])
        rule = MatchRule(type="signal", interface=_WATCHER, member="StatusNotifierItemRegistered")
        self._bus.send_and_get_reply(message_bus.AddMatch(rule))

    def close(self) -> None:
        """Leave the bus."""
        self._bus.close()

    def write_settings(self, **settings: Any) -> None:
        """Write the settings of the app; nothing is learned before."""
        values = {"version": 1, "model": SELFTEST_MODEL, **settings}
        file = self.session.folder / "config/vllm-tray/settings.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(values))

    @contextmanager
    def running(self, *command: str) -> "Iterator[Running]":
        """Start a program, wait for its icon, and end the program afterwards."""
        while self._hears_of_icon(0):  # of the program before
            pass
        began_s = time.monotonic()
        process = self.session.run(*command)
        assert self._hears_of_icon(_ICON_WITHIN_S), "no icon"
        running = Running(self, process, time.monotonic() - began_s)
        try:
            yield running
        finally:
            process.terminate()
            process.wait(30)
            until("the icon to be gone", lambda: not self.person.icons())

    def _hears_of_icon(self, within_s: float) -> bool:
        end_s = time.monotonic() + within_s
        try:
            while True:
                message = self._bus.receive(timeout=max(0.0, end_s - time.monotonic()))
                if (
                    message.header.message_type is MessageType.signal
                    and message.header.fields.get(HeaderFields.member) == "StatusNotifierItemRegistered"
                ):
                    return True
        except TimeoutError:
            return False


class Running:
    """A program on the desk whose icon is there."""

    def __init__(self, desk: Desk, process: "subprocess.Popen[str]", icon_after_s: float) -> None:
        self._desk = desk
        self._process = process
        self.icon_after_s = icon_after_s  # from the start of the process to the panel's word that it has an icon

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def read_line(self) -> str:
        """Wait for the next line that it prints."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "it ended without a word"
        return line

    def click(self) -> float:
        """Do what a panel does at a click on the icon, and return the moment."""
        icon = self._desk.person.icon()
        item = DBusAddress(icon.object_path, icon.bus_name, "org.kde.StatusNotifierItem")
        bus = open_dbus_connection(self._desk.session.environment["DBUS_SESSION_BUS_ADDRESS"])
        clicked_s = time.monotonic()
        bus.send_and_get_reply(new_method_call(item, "Activate", "ii", (0, 0)), timeout=5)
        bus.close()
        return clicked_s

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """Send a command to the app and return its answer; the command line sends the same."""
        socket = Path(self._desk.session.environment["XDG_RUNTIME_DIR"]) / "vllm-tray/app"
        answer: dict[str, Any] = {}
        try:
            for answer in call({"command": command, **arguments}, _ANSWER_WITHIN_S, socket):  # noqa: B007
                pass
        except NotRunning:
            raise AssertionError("the app has gone") from None
        assert "error" not in answer, answer
        return answer

    def wait_until_ready(self) -> float:
        """Wait for the start under way and return the moment at which the model was ready."""
        self.ask("start", wait_s=_ANSWER_WITHIN_S)
        ready_s = time.monotonic()
        assert self.status()["state"] == "ready", self.status()
        return ready_s

    def status(self) -> dict[str, Any]:
        """Return what `status --json` says."""
        status: dict[str, Any] = self.ask("status")["status"]
        return status


class DeskFolder:
    """Makes a desk in a folder of its own; everything of it goes with it."""

    def __enter__(self) -> Desk:
        self._folder = tempfile.TemporaryDirectory(prefix="desk-", ignore_cleanup_errors=True)
        self._session = Session(Path(self._folder.name) / "d")
        self._session.environment["PYTHONPATH"] = str(ROOT)
        try:
            self._session.start()
            self._person = Person(self._session)
            self._session.start_tray()
            self._session.start_notifications()
            until("a panel", lambda: self._person.is_on_bus(_WATCHER))
            until("notifications", lambda: self._person.is_on_bus("org.freedesktop.Notifications"))
        except BaseException:
            self._session.end()
            self._folder.cleanup()
            raise
        self._desk = Desk(self._session, self._person)
        return self._desk

    def __exit__(self, *error: object) -> None:
        self._desk.close()
        self._person.__exit__(*error)
        self._session.end()
        self._folder.cleanup()
