"""settings.json: one JSON object that people may edit by hand. What a value may be is decided in core/settings.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings, check_setting, read_settings, setting_names
from trayapp.storage.atomic_file import locked, set_aside, write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VERSION = 1


@dataclass(frozen=True, slots=True)
class LoadedSettings:
    """The settings in force, the problems found in the file, and the file's own object with keys unknown here."""

    settings: Settings
    problems: tuple[Problem, ...] = ()
    document: "Mapping[str, object]" = field(default_factory=dict)


def load_settings(path: "Path") -> LoadedSettings:
    """Return what the file says; defaults where there is none, and for each bad value.

    A file that is no JSON object is set aside under another name, and a problem says where it lies.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return LoadedSettings(Settings())
    except OSError as error:
        values = {"path": str(path), "reason": error.strerror or str(error)}
        return LoadedSettings(Settings(), (Problem(ProblemKind.FILE_NOT_READABLE, values),))
    try:
        decoded = json.loads(data)
    except (ValueError, RecursionError):
        decoded = None
    if not isinstance(decoded, dict):
        return LoadedSettings(Settings(), (_damaged(path),))
    document = _migrated(decoded)
    settings, problems = read_settings(document)
    version = document.get("version")
    if isinstance(version, int) and version > VERSION:
        # A newer app wrote it: what we know is used, what we do not know stays in the file.
        problems += (Problem(ProblemKind.FILE_NEWER, {"path": str(path), "version": version, "known": VERSION}),)
    return LoadedSettings(settings, problems, document)


def peek_settings(path: "Path") -> Settings | None:
    """Return what the file says, without touching it; None where it is damaged or somebody is still writing it."""
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError):
        return None
    return read_settings(_migrated(document))[0] if isinstance(document, dict) else None


def current_settings(path: "Path") -> Settings:
    """Return the settings in force, for those who tell no problems; a damaged file is left for those who do."""
    return peek_settings(path) or Settings()


def read_language(path: "Path") -> str:
    """Return the language that was chosen, "" for the system's; a damaged file is left for those who can tell of it."""
    return current_settings(path).language


def change_settings(path: "Path", changes: "Mapping[str, object]") -> Problem | None:
    """Write some settings into the file, keeping everything else in it; return the problem that prevents it.

    The file is read again first, so that what a person or another program wrote meanwhile survives. One that is damaged
    is set aside, the changes are written into a new one, and that is the problem then: somebody must tell it.
    """
    for name, value in changes.items():
        problem = check_setting(name, value)
        if problem is not None:
            return problem
    try:
        with locked(path):
            loaded = load_settings(path)
            for problem in loaded.problems:
                if problem.kind in {ProblemKind.FILE_NOT_READABLE, ProblemKind.FILE_NOT_WRITABLE}:
                    return problem  # what is in it is not known, and would be lost
            known = {name: value for name, value in _as_json(loaded.settings).items() if name not in loaded.document}
            damaged = next((each for each in loaded.problems if each.kind is ProblemKind.FILE_DAMAGED), None)
            return _write(path, {"version": VERSION, **known, **loaded.document, **changes}) or damaged
    except OSError as error:
        return _not_writable(path, error)


def write_defaults_if_missing(path: "Path") -> Problem | None:
    """Write a file with every setting at its default, for people who want to edit it; an existing one is kept."""
    return None if path.exists() else _write(path, {"version": VERSION, **_as_json(Settings())})


def _write(path: "Path", document: "Mapping[str, object]") -> Problem | None:
    try:
        data = json.dumps(document, indent=2, ensure_ascii=False, default=_plain).encode()
    except UnicodeEncodeError:  # half a character, from an escape in the file: so it is written again
        data = json.dumps(document, indent=2, default=_plain).encode()
    try:
        write_atomically(path, data + b"\n")
    except OSError as error:
        return _not_writable(path, error)
    return None


def _plain(value: object) -> object:
    """Return what JSON knows for what Settings has: a mapping that cannot be changed, or a tuple."""
    return dict(value) if isinstance(value, Mapping) else list(cast("Iterable[object]", value))


def _not_writable(path: "Path", error: OSError) -> Problem:
    return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(path), "reason": error.strerror or str(error)})


def _as_json(settings: Settings) -> dict[str, object]:
    values = {name: getattr(settings, name) for name in setting_names() if name != "environment"}
    lists = {name: list(getattr(settings, name)) for name in ("allowed_origins", "extra_arguments", "remote_servers")}
    return {**values, **lists, "environment": dict(settings.environment)}


def _migrated(document: dict[str, object]) -> dict[str, object]:
    """Return the document in the form of this version; version 1 is the first, so that only its mark may be missing."""
    return {"version": VERSION, **document}


def _damaged(path: "Path") -> Problem:
    try:
        aside = set_aside(path)
    except OSError as error:
        return _not_writable(path, error)
    return Problem(ProblemKind.FILE_DAMAGED, {"path": str(path), "set_aside": str(aside)})
