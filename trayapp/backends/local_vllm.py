"""vLLM on this computer: a process below the guard, its log, and its health; one object for each launch."""

import itertools
import os
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject

from trayapp.core.access import Access
from trayapp.core.allowed_hosts import ALLOWED_HOSTS, ANY
from trayapp.core.exits import Exit
from trayapp.core.launch import LaunchPlan
from trayapp.core.launch_environment import KEY
from trayapp.core.log_events import Listening, read_log_events
from trayapp.core.port_stranger import stranger_line
from trayapp.core.problems import Problem
from trayapp.supervision.background import Background
from trayapp.supervision.hang_watch import HangWatch
from trayapp.supervision.health_check import HealthCheck
from trayapp.supervision.patience import LOADING_PATIENCE_S, PATIENCE_S
from trayapp.supervision.running import Ending, Running
from trayapp.supervision.server_process import ServerProcess
from trayapp.supervision.sweep import Found, end_found

_LOOKS = 3
"""So often, half a second apart, another program must be seen to answer in place of our server before it counts."""
OWN_NAMES = "vllm_tray_own_names.OwnNames"
INSIDE = Path(__file__).with_name("inside_vllm")
"""The folder with what runs inside vLLM, and nothing else."""


def with_own_names(plan: LaunchPlan) -> LaunchPlan:
    """Return the plan of a server that answers to this computer's own names only, unless the person allows all."""
    if ANY in plan.environment.get(ALLOWED_HOSTS, "").split(",") or ":" in str(INSIDE):
        return plan
    arguments = (*plan.arguments, "--middleware", OWN_NAMES)
    if plan.interpreter:
        program, *flags = plan.interpreter
        command = () if "-m" in flags else (plan.executable,)
        arguments = (*flags, *command, *arguments)
        # What the flags kept out stays out as far as that goes; an empty home of Python counts as none.
        environment = {**plan.environment, "PYTHONHOME": "", "PYTHONPATH": str(INSIDE)}
        return replace(plan, executable=program, arguments=arguments, environment=environment)
    path = plan.environment.get("PYTHONPATH") or os.environ.get("PYTHONPATH", "")
    environment = {**plan.environment, "PYTHONPATH": ":".join(filter(None, (path, str(INSIDE))))}
    return replace(plan, arguments=arguments, environment=environment)


@dataclass(frozen=True, slots=True)
class Finders:
    """Questions to the machine about a server of ours; all block and are asked in a thread."""

    find_marked: Callable[[], Iterable[Found]]  # processes that carry the mark
    find_remains: Callable[[LaunchPlan, Collection[int]], tuple[Problem, ...]]  # of these pids, at most
    find_stranger: Callable[[LaunchPlan, int], str | None]  # on its port, in place of what is below the guard's pid


class LocalVllm(Running):
    """Runs a plan of vLLM."""

    def __init__(self, plan: LaunchPlan, mark: str, finders: Finders, background: Background, parent: QObject) -> None:
        super().__init__(parent)
        self._plan = plan
        self._finders = finders
        self._background = background
        self._not_started = ""
        self._starting = True
        self._listens = False  # as its log says
        self._strange_looks = 0
        self._pids: frozenset[int] = frozenset()  # that the server had when it became ready
        self._process = ServerProcess(with_own_names(plan), mark, self)
        self._process.started.connect(self.started)
        self._process.lines.connect(self._heard)
        self._process.not_started.connect(self._was_not_started)
        self._process.ended.connect(self._ended)
        self._health: HealthCheck | None = None

    def start(self) -> None:
        """Launch it."""
        # The server inherits the app's own environment, and with it a key that is set there.
        key = self._plan.environment.get(KEY) or os.environ.get(KEY, "")
        self._health = HealthCheck(self._plan.host, self._plan.port, self._plan.model_name, key, self)
        self._health.answered.connect(self._somebody_answers)
        watch = HangWatch(self._health, Access(self._plan.endpoint, "", key), self._health, on_cpu=self._plan.on_cpu)
        watch.hangs.connect(self.hangs)
        self._process.start()

    def end(self, *, loading: bool) -> None:
        """End all its processes."""
        self._process.end(LOADING_PATIENCE_S if loading else PATIENCE_S)

    def became_ready(self) -> None:
        """Look up its processes: only while they live can it be said which were its."""
        self._starting = False
        self._background.run(self._find_pids, self._note_pids, lambda _: frozenset())

    def ask_now(self) -> None:
        """Ask at once whether it answers."""
        if self._health is not None:
            self._health.ask()

    def ask_no_more(self) -> None:
        """Stop the questions whether it answers."""
        if self._health is not None:
            self._health.stop()
            self._health.deleteLater()
            self._health = None

    def wait_until_ended(self) -> None:
        """Block until everything has ended."""
        self._process.wait_until_ended(PATIENCE_S + 6)

    def find_remains(self, how: Exit) -> tuple[Problem, ...]:
        """Return what is not free yet, of the port and of the GPU's memory."""
        return self._finders.find_remains(self._plan, self._pids | frozenset(how.survivors))

    def _heard(self, lines: list[str]) -> None:
        self.lines.emit(lines)
        if not self._starting:
            return
        for event in itertools.chain.from_iterable(map(read_log_events, lines)):
            if not isinstance(event, Listening):
                self.said.emit(event)
            elif self._health is not None:
                self._listens, self._strange_looks = True, 0
                self._health.hint()

    def _somebody_answers(self, max_model_len: int) -> None:
        """Look whose the port is: another program may serve the same model there."""
        guard = self._process.guard_pid
        self._background.run(
            lambda: self._finders.find_stranger(self._plan, guard),
            lambda stranger: self._looked(max_model_len, stranger),
            lambda _: None,
        )

    def _looked(self, max_model_len: int, stranger: str | None) -> None:
        self._strange_looks += stranger is not None
        if self._health is None:  # it ends or has ended meanwhile
            return
        if stranger is not None and self._strange_looks < _LOOKS:
            self._health.doubt()
        elif stranger is None or self._listens:
            # A server that says that it listens, and lives, has it done by another program, such as a container's.
            self.answered.emit(max_model_len)
        else:
            self.lines.emit([stranger_line(self._plan.port, stranger)])
            self.ask_no_more()
            self.end(loading=True)

    def _find_pids(self) -> frozenset[int]:
        return frozenset(found.pid for found in self._finders.find_marked())

    def _note_pids(self, pids: frozenset[int]) -> None:
        self._pids = pids

    def _was_not_started(self, reason: str) -> None:
        self._not_started = reason

    def _ended(self, how: Exit) -> None:
        self.ask_no_more()  # while its end is explained, somebody else may answer at its port
        if how.code is None and how.signal is None and not self._not_started:
            # The guard itself was killed and could not finish its work: find by our mark what it left.
            self._background.run(
                lambda: end_found(self._finders.find_marked),
                lambda left: self.ended.emit(Ending(Exit(None, None, left))),
                lambda _: (),
            )
        else:
            self.ended.emit(Ending(how, self._not_started))
