"""Builds the parts that start and stop a model, without pixels: for the tray app and for the self-test alike.

What these parts ask for in threads is planner.py; it is loaded when they ask for the first time.
"""

import os
import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from trayapp.core.login_start import LoginStart
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.redaction import redact, secret_values
from trayapp.desktop.secrets import SERVER_KEY, Secrets, read_remote_key
from trayapp.storage.settings_file import change_settings, current_settings
from trayapp.supervision.controller import Controller, Partners
from trayapp.supervision.log_book import LogBook

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from PySide6.QtCore import QObject

    from trayapp.core.launch import Launchable, LaunchPlan
    from trayapp.core.settings import Settings
    from trayapp.desktop.autostart_xdg import Autostart
    from trayapp.planner import Planner
    from trayapp.storage.folders import Folders
    from trayapp.supervision.background import Background
    from trayapp.supervision.controller import Planned
    from trayapp.supervision.running import Running
    from trayapp.supervision.sweep import Found

SECRET_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "VLLM_API_KEY")
"""Variables of the app's own environment whose values no log, report or notification shows; of the variables in the
settings, it is those whose names say that they are secret."""


def build_controller(
    folders: "Folders",
    fixed: "Mapping[str, object] | None" = None,
    *,
    use_auto_length: bool = True,
    learn: bool = True,
    secrets: Secrets | None = None,
    remote_keys: "RemoteKeys | None" = None,
    parent: "QObject | None" = None,
) -> tuple[Controller, LogBook]:
    """Return a controller with all its partners, and the log book it writes to."""

    @cache
    def made() -> "Planner":
        from trayapp.planner import Planner

        read = keys.read, keys.read_server_key
        return Planner(folders, fixed or {}, use_auto_length, learn, *read)

    def planner() -> "Planner":
        with one_at_a_time:  # two threads that ask first would make two, and both would survey at the same time
            return made()

    one_at_a_time = Lock()

    kept = secrets or Secrets()
    keys = remote_keys or RemoteKeys(kept)
    hidden = tuple(os.environ[name] for name in SECRET_VARIABLES if os.environ.get(name))

    def plan(changes: "Mapping[str, object]", anyway: bool) -> "Planned":
        nonlocal hidden
        outcome, notes = planner().plan(changes, anyway)
        own = getattr(outcome, "environment", {})  # of a launch; a refusal has none. Keys of the settings stand here.
        found = (*secret_values(own), *keys.known.values())
        hidden += tuple(secret for secret in found if secret and secret not in hidden)
        return outcome, notes

    log_book = LogBook(folders.logs, lambda line: redact(line, secrets=hidden), parent)
    partners = Partners(
        plan,
        lambda plan: planner().launched(plan),
        lambda ended: planner().explain(ended),
        lambda start: planner().learn(start),
        runs_of_this_app(keys),
        log_book,
    )
    return Controller(partners, parent), log_book


class RemoteKeys:
    """The keys of servers elsewhere and of the one here, read when a start is planned and known from then on."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets
        self.known: dict[str, str] = {}
        self.of_this_computer = ""

    def read(self, server: str) -> str:
        """Return the key of a server, "" for none (blocks: a keyring may ask the person)."""
        self.known[server] = read_remote_key(self._secrets, server)
        return self.known[server]

    def read_server_key(self) -> str:
        """Return the key that programs on this computer must know, "" for none (blocks)."""
        self.of_this_computer = self._secrets.read(SERVER_KEY)
        return self.of_this_computer

    def get(self, server: str) -> str:
        """Return the key that was read for the connection of now, "" for none."""
        return self.known.get(server, "")


def runs_of_this_app(keys: RemoteKeys) -> "Callable[[Launchable, Background, QObject], Running]":
    """Return what makes the run of a plan, with the backend that the plan is for."""

    @cache
    def mark() -> str:
        """Return what all servers of this app carry, from the first launch on."""
        from trayapp.supervision.sweep import mark_of_this_app

        return mark_of_this_app()

    def find_marked() -> "Iterable[Found]":
        from trayapp.probes.leftovers import find_leftovers

        return find_leftovers(mark())

    def remains_of(plan: "LaunchPlan", pids: "Collection[int]") -> tuple[Problem, ...]:
        from trayapp.probes.remains import find_remains

        return find_remains(plan.host, plan.port, pids, on_gpu=bool(plan.gpus))

    def stranger_at(plan: "LaunchPlan", guard: int) -> str | None:
        from trayapp.probes.port_owner import find_stranger

        return find_stranger(plan.port, mark(), guard)

    def run(plan: "Launchable", background: "Background", parent: "QObject") -> "Running":
        from trayapp.core.launch import LaunchPlan, RemotePlan

        if isinstance(plan, LaunchPlan):
            from trayapp.backends.local_vllm import Finders, LocalVllm  # late, with Qt's network and its processes

            return LocalVllm(plan, mark(), Finders(find_marked, remains_of, stranger_at), background, parent)
        if isinstance(plan, RemotePlan):
            from trayapp.backends.remote import Remote

            return Remote(plan, keys.get(plan.server), background, parent)
        from trayapp.backends.ollama import Ollama

        return Ollama(plan, mark(), background, parent)

    return run


def own_command() -> tuple[str, ...]:
    """Return the command that starts this app again: the installed program, or this Python with the package."""
    program = Path(sys.argv[0]).resolve()
    installed = program.with_name("vllm-tray")
    return (str(installed),) if installed.is_file() else (sys.executable, "-P", "-m", "trayapp")


def end_abandoned() -> tuple[Problem, ...]:
    """End what an earlier run of the app has left (blocks); return what to tell about it, mostly nothing."""
    from trayapp.probes.leftovers import find_abandoned

    found = find_abandoned()
    if not found:
        return ()
    from trayapp.supervision.sweep import end_found

    alive = end_found(find_abandoned)
    if alive:
        return (Problem(ProblemKind.LEFTOVERS_STAY, {"pids": ", ".join(map(str, alive))}),)
    return (Problem(ProblemKind.LEFTOVERS_ENDED, {"count": len(found)}),)


def set_server_key(folders: "Folders", secrets: Secrets, key: str) -> tuple[Problem, ...]:
    """Keep the key that clients of the server must know, or forget it when it is "" (blocks)."""
    problem = secrets.keep(SERVER_KEY, key) if key else secrets.forget(SERVER_KEY)
    unsaved = change_settings(folders.settings_file, {"use_server_key": bool(key)})
    return tuple(each for each in (problem, unsaved) if each is not None)


def settings_at_start(folders: "Folders") -> "Settings":
    """Return the settings as a start reads them (blocks); a model that was set aside is so no more."""
    settings = current_settings(folders.settings_file)
    if settings.model_set_aside:
        change_settings(folders.settings_file, {"model_set_aside": False})
        return settings.with_changes({"model_set_aside": False})
    return settings


def apply_login_start(folders: "Folders", autostart: "Autostart") -> Problem | None:
    """Bring the autostart entry and `start_on_login` together (blocks), whichever the person has changed.

    An entry that we made and that is gone was removed in the desktop's settings: then the setting follows. The
    desktop's own "off" is left alone.
    """
    settings = current_settings(folders.settings_file)
    state = autostart.state()
    if state is LoginStart.SWITCHED_OFF_BY_DESKTOP:
        return None
    on = state is LoginStart.ON
    if settings.start_on_login and not on and settings.autostart_entry_made:
        return change_settings(folders.settings_file, {"start_on_login": False, "autostart_entry_made": False})
    if settings.start_on_login or (on and settings.autostart_entry_made):
        return set_login_start(folders, autostart, settings.start_on_login)
    return None


def set_login_start(folders: "Folders", autostart: "Autostart", on: bool) -> Problem | None:
    """Switch the start on login (blocks); an entry that is there gets the present command: the app may have moved."""
    problem = autostart.set(on)
    changes = {"start_on_login": on, "autostart_entry_made": on}
    settings = current_settings(folders.settings_file)
    known = {"start_on_login": settings.start_on_login, "autostart_entry_made": settings.autostart_entry_made}
    return problem or (None if changes == known else change_settings(folders.settings_file, changes))
