"""A server elsewhere as a run: connected, asked again and again, lost. Stop only disconnects."""

from PySide6.QtCore import QObject, QTimer

from trayapp.backends.http_client import Target
from trayapp.backends.remote_check import ask_models
from trayapp.core.exits import Exit
from trayapp.core.launch import RemotePlan
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import read_address
from trayapp.supervision.background import Background
from trayapp.supervision.running import Ending, Running

PAUSE_MS = 5_000
AFTER_MISS_MS = (1_000, 3_000)
"""Pauses before a server that did not answer is asked again; after the last one it is lost."""
_STILL_THERE = {ProblemKind.REMOTE_BUSY}


class Remote(Running):
    """Watches one server."""

    logs_its_start = False

    def __init__(self, plan: RemotePlan, key: str, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        address = read_address(plan.url)
        assert address is not None  # noqa: S101 - the plan was made from it
        self._target = Target(plan.server, address, plan.ca_file, key)
        self._model = plan.model
        self._background = background
        self._misses = 0
        self._connected = False
        self._over = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ask)

    def start(self) -> None:
        """Connect: the plan has just looked at every step, so that one answer is enough."""
        self._ask()

    def end(self, *, loading: bool) -> None:
        """Disconnect; the server stays as it is."""
        del loading
        self._leave(Ending(Exit(0)))

    def ask_no_more(self) -> None:
        """Stop the questions."""
        self._timer.stop()

    def _ask(self) -> None:
        def answered(outcome: int | Problem | None) -> None:
            if not self._over:
                self._answered(outcome)

        self._background.run(lambda: ask_models(self._target, self._model), answered, _no_answer)

    def _answered(self, outcome: int | Problem | None) -> None:
        if not isinstance(outcome, Problem) or outcome.kind in _STILL_THERE:
            self._misses = 0
            if not self._connected and not isinstance(outcome, Problem):
                self._connected = True
                self.answered.emit(outcome or 0)
            self._timer.start(PAUSE_MS)
        elif self._misses < len(AFTER_MISS_MS):
            self._timer.start(AFTER_MISS_MS[self._misses])
            self._misses += 1
        else:
            self._leave(Ending(Exit(None), problem=outcome))

    def _leave(self, ending: Ending) -> None:
        if not self._over:
            self._over = True
            self._timer.stop()
            QTimer.singleShot(0, self, lambda: self.ended.emit(ending))  # after the step that asked for it


def _no_answer(error: Exception) -> Problem:
    return Problem(ProblemKind.REMOTE_BROKE_OFF, {"server": "", "reason": f"{type(error).__name__}: {error}"})
