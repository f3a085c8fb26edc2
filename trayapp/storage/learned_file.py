"""learned_limits.json: what starts have measured, kept between runs. What is learned is decided in core."""

from typing import TYPE_CHECKING

import msgspec

from trayapp.core.learned_limits import LearnedLimits, LearnedStart
from trayapp.core.problems import Problem, ProblemKind
from trayapp.storage.atomic_file import locked, set_aside, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
MOST_STARTS = 200
"""Enough for every model, card and flag that a person tries; the oldest go first."""


class _Document(msgspec.Struct):
    version: int
    starts: list[LearnedStart]


class _Version(msgspec.Struct):
    version: int


_DAMAGED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def load_learned(path: "Path") -> tuple[LearnedLimits, Problem | None]:
    """Return what is kept; nothing, and the problem, when the file is damaged (it is then set aside).

    A file of a newer app is left alone: what is in it may mean something else, and is measured again.
    """
    try:
        return _read(path)
    except _DAMAGED:
        return LearnedLimits(), _aside(path)


def current_limits(path: "Path") -> LearnedLimits:
    """Return what is kept, for those who tell no problems; a damaged file is left for those who do."""
    try:
        return _read(path)[0]
    except _DAMAGED:
        return LearnedLimits()


def _read(path: "Path") -> tuple[LearnedLimits, Problem | None]:
    try:
        data = path.read_bytes()
    except OSError:  # none yet, or not readable: the next start measures again, which is all that is lost
        return LearnedLimits(), None
    version = msgspec.json.decode(data, type=_Version).version
    if version > VERSION:
        newer = Problem(ProblemKind.FILE_NEWER, {"path": str(path), "version": version, "known": VERSION})
        return LearnedLimits(), newer
    return LearnedLimits(tuple(msgspec.json.decode(data, type=_Document).starts)), None


def keep_learned(path: "Path", start: LearnedStart) -> Problem | None:
    """Add one start to the file; return the problem that prevents it, or what somebody must be told.

    That is the damage of a file that was set aside for the new one.
    """
    try:
        with locked(path):
            limits, problem = load_learned(path)
            if problem is not None and problem.kind is ProblemKind.FILE_NEWER:
                return problem
            starts = limits.with_start(start).starts[-MOST_STARTS:]
            data = msgspec.json.encode(_Document(VERSION, list(starts)), enc_hook=dict)
            write_atomically(path, msgspec.json.format(data, indent=1))
    except OSError as error:
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(path), "reason": error.strerror or str(error)})
    return problem


def _aside(path: "Path") -> Problem:
    try:
        aside = set_aside(path)
    except OSError as error:
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(path), "reason": error.strerror or str(error)})
    return Problem(ProblemKind.FILE_DAMAGED, {"path": str(path), "set_aside": str(aside)})
