"""One run of a model as the controller sees it, whatever runs it: the seam between the controller and backends/.

A backend makes a new Running for each launch; what leads to a launch, and what follows its end, is the lifecycle's.
"""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from trayapp.core.exits import Exit
from trayapp.core.problems import Problem


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended: its process' exit, and in words of the system why it was never launched ("" when it was)."""

    exit: Exit
    not_started: str = ""
    problem: Problem | None = None  # the reason, where the backend knows it and no log has to be read


class Running(QObject):
    """A run. ended comes once, and last: also after start() that fails, and after end()."""

    started = Signal(int)
    """The program was launched: its pid."""
    lines = Signal(object)
    """What it said, for the log: a list of lines."""
    said = Signal(object)
    """A LogEvent: how far it is, or a figure it measured."""
    answered = Signal(object)
    """It serves our model, with this context length in tokens (0: it does not tell)."""
    hangs = Signal(bool)
    """It runs and does not answer any more; or does again."""
    ended = Signal(object)
    """An Ending."""

    logs_its_start = True
    """Whether its log tells how far it is, so that silence means that something is wrong."""

    def start(self) -> None:
        """Launch it, attach to it, or connect; returns at once."""
        raise NotImplementedError

    def end(self, *, loading: bool) -> None:
        """Leave nothing of ours behind (a server that is not ours keeps running); ended tells when it is done.

        loading: it does not serve yet, so that there is nothing to finish.
        """
        raise NotImplementedError

    def became_ready(self) -> None:
        """Its first answer was taken: a moment to remember what belongs to it."""

    def ask_now(self) -> None:
        """Ask at once whether it answers: the computer has slept, or something else may have happened to it."""

    def ask_no_more(self) -> None:
        """Whether it answers is no longer of interest."""

    def wait_until_ended(self) -> None:
        """Block until it has ended; only for the last moments of the app."""

    def find_remains(self, how: Exit) -> tuple[Problem, ...]:
        """Return what is still there of it after an end that was asked for (blocks)."""
        del how
        return ()
