"""Holds the one state, performs the effects of each step, and tells everybody: state_changed(before, after).

What leads to which state is decided in core/lifecycle.py; how a plan is made or an end explained is handed in.
"""

import itertools
import os
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from trayapp.core.events import (
    Effect,
    EndServer,
    Event,
    HealthAnswered,
    Launch,
    Learn,
    LogSaid,
    ServerEnded,
    ServerStarted,
    SetTimer,
    Stalled,
    StopWanted,
    Survey,
    Surveyed,
    TimerFired,
)
from trayapp.core.exits import Exit
from trayapp.core.found_cause import Cause, Confidence, Diagnosis
from trayapp.core.launch import LaunchPlan
from trayapp.core.lifecycle import step
from trayapp.core.log_events import Listening, read_log_events
from trayapp.core.patience import hang
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import Remedy
from trayapp.core.states import Ready, Starting, State, Stopped
from trayapp.supervision.background import Background
from trayapp.supervision.log_book import LogBook
from trayapp.supervision.patience import LOADING_PATIENCE_S, PATIENCE_S
from trayapp.supervision.sweep import Found, end_found, mark_of_this_app

if TYPE_CHECKING:
    from trayapp.supervision.health_check import HealthCheck
    from trayapp.supervision.server_process import ServerProcess

KEY_VARIABLE = "VLLM_API_KEY"
SILENCE_LOOK_MS = 30_000
Planned = tuple[LaunchPlan | Refusal, tuple[Problem, ...]]
Explained = tuple[Diagnosis, tuple[Remedy, ...]]
_NOT_EXPLAINED = Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN)
_STOP_WAS_WANTED = Diagnosis(Cause.HEALTHY, Confidence.CERTAIN)


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended unasked, as an explanation needs it."""

    lines: list[str]
    exit: Exit
    plan: LaunchPlan
    changes: Mapping[str, object]  # of settings, that earlier remedies of this start made
    was_ready: bool
    not_started: str  # why the program could not be launched, "" when it could


@dataclass(frozen=True, slots=True)
class Partners:
    """What the controller needs and does not own; all functions block and are called in a thread."""

    plan: Callable[[Mapping[str, object], bool], Planned]  # (changes of settings for this start, start anyway)
    explain: Callable[[EndedRun], Explained]
    learn: Callable[[LaunchPlan, int, Mapping[str, int]], None]
    find_marked: Callable[[str], Iterable[Found]]  # processes that carry a mark
    log_book: LogBook
    # What is still there of a server whose processes (these pids, at most) have ended.
    find_remains: Callable[[LaunchPlan, Collection[int]], tuple[Problem, ...]] = lambda _plan, _pids: ()


class Controller(QObject):
    """The owner of the state. Everybody else gets it as a value."""

    state_changed = Signal(object, object)

    def __init__(self, partners: Partners, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._partners = partners
        self._background = Background(self)
        self._state: State = Stopped()
        self._waiting: list[Event] = []
        self._stepping = False
        self._process: ServerProcess | None = None
        self._health: HealthCheck | None = None
        self._not_started = ""
        self._pids: frozenset[int] = frozenset()  # that the server had when it became ready
        self._heard_at_s = 0.0
        self._silence = QTimer(self)
        self._silence.setInterval(SILENCE_LOOK_MS)
        self._silence.timeout.connect(self._look_for_silence)

    @property
    def state(self) -> State:
        """The state now."""
        return self._state

    def take(self, event: Event) -> None:
        """Take an event: a wish from a person, or news from the server."""
        self._waiting.append(event)
        if self._stepping:  # an effect or a listener caused it: it comes after the step under way
            return
        self._stepping = True
        try:
            while self._waiting:
                self._step(self._waiting.pop(0))
        finally:
            self._stepping = False

    def end_now(self) -> None:
        """End the server and wait for it: only when the app is about to leave; nothing is launched any more."""
        self.take(StopWanted())  # once: the guard takes a second signal for impatience
        if self._process is not None:
            self._process.wait_until_ended(PATIENCE_S + 6)
        self._background.wait(5)

    def _step(self, event: Event) -> None:
        before = self._state
        self._state, effects = step(before, event)
        if self._health is not None and not isinstance(self._state, Starting | Ready):
            self._health.stop()
            self._health.deleteLater()
            self._health = None
        if isinstance(self._state, Starting) != self._silence.isActive():
            self._silence.stop() if self._silence.isActive() else self._silence.start()
        for effect in effects:
            self._perform(effect)
        if self._state != before:
            self.state_changed.emit(before, self._state)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Survey(ticket=ticket, changes=changes, anyway=anyway):
                self._background.run(
                    lambda: self._partners.plan(changes, anyway),
                    lambda planned: self.take(Surveyed(ticket, *planned)),
                    _no_plan,
                )
            case Launch(run=run, plan=plan):
                self._launch(run, plan)
            case EndServer(loading=loading):
                if self._process is not None:
                    self._process.end(LOADING_PATIENCE_S if loading else PATIENCE_S)
            case SetTimer(ticket=ticket, pause_s=pause_s):
                QTimer.singleShot(int(pause_s * 1000), self, lambda: self.take(TimerFired(ticket)))
            case Learn(plan=plan, max_model_len=length, figures=figures):
                self._background.run(lambda: self._partners.learn(plan, length, figures), lambda _: None)
                self._background.run(self._find_pids, self._note_pids, lambda _: frozenset())

    @cached_property
    def _mark(self) -> str:
        """What all servers of this app carry, from the first launch on."""
        return mark_of_this_app()

    def _launch(self, run: int, plan: LaunchPlan) -> None:
        from trayapp.supervision.health_check import HealthCheck  # late, with Qt's network and its processes
        from trayapp.supervision.server_process import ServerProcess

        self._not_started = ""
        self._pids = frozenset()
        self._heard_at_s = time.monotonic()
        self._partners.log_book.begin(f"--- {plan.model_name}: {plan.executable} {' '.join(plan.arguments)}")
        process = self._process = ServerProcess(plan, self._mark, self)
        process.started.connect(lambda pid: self.take(ServerStarted(run, pid)))
        process.lines.connect(lambda lines: self._heard(run, lines))
        process.not_started.connect(self._was_not_started)
        process.ended.connect(lambda how: self._ended(run, plan, how))
        # The server inherits the app's own environment, and with it a key that is set there.
        key = plan.environment.get(KEY_VARIABLE) or os.environ.get(KEY_VARIABLE, "")
        health = self._health = HealthCheck(plan.host, plan.port, plan.model_name, key, self)
        health.answered.connect(lambda length: self.take(HealthAnswered(run, length)))
        process.start()

    def _heard(self, run: int, lines: list[str]) -> None:
        self._partners.log_book.add(lines)
        self._heard_at_s = time.monotonic()
        if not isinstance(self._state, Starting):
            return
        for event in itertools.chain.from_iterable(map(read_log_events, lines)):
            if isinstance(event, Listening) and self._health is not None:
                self._health.hint()
            else:
                self.take(LogSaid(run, event))

    def _look_for_silence(self) -> None:
        state = self._state
        if isinstance(state, Starting) and state.stalled is None:
            diagnosis = hang(state.phase, time.monotonic() - self._heard_at_s)
            if diagnosis is not None:
                self.take(Stalled(state.run, diagnosis))

    def _find_pids(self) -> frozenset[int]:
        return frozenset(found.pid for found in self._partners.find_marked(self._mark))

    def _note_pids(self, pids: frozenset[int]) -> None:
        self._pids = pids

    def _was_not_started(self, reason: str) -> None:
        self._not_started = reason

    def _ended(self, run: int, plan: LaunchPlan, how: Exit) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        if how.code is None and how.signal is None and not self._not_started:
            # The guard itself was killed and could not finish its work: find by our mark what it left.
            self._background.run(
                lambda: end_found(lambda: self._partners.find_marked(self._mark)),
                lambda left: self._explain(run, plan, Exit(None, None, left)),
                lambda _: (),
            )
        else:
            self._explain(run, plan, how)

    def _explain(self, run: int, plan: LaunchPlan, how: Exit) -> None:
        def tell(explained: Explained) -> None:
            self.take(ServerEnded(run, how, *explained, time.monotonic()))

        state = self._state
        if not isinstance(state, Starting | Ready):  # asked for: never a crash, whatever the log says
            self._prove(run, plan, how)
            return
        lines, was_ready = self._partners.log_book.lines(), isinstance(state, Ready)
        run_ended = EndedRun(lines, how, plan, state.course.changes, was_ready, self._not_started)

        self._background.run(lambda: self._partners.explain(run_ended), tell, lambda _: (_NOT_EXPLAINED, ()))

    def _prove(self, run: int, plan: LaunchPlan, how: Exit) -> None:
        """Look whether nothing is left after an end that was asked for."""
        pids = self._pids | frozenset(how.survivors)

        def tell(remains: tuple[Problem, ...]) -> None:
            self.take(ServerEnded(run, replace(how, remains=remains), _STOP_WAS_WANTED, (), time.monotonic()))

        self._background.run(lambda: self._partners.find_remains(plan, pids), tell, lambda _: ())


def _no_plan(error: Exception) -> Planned:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    return Refusal((Problem(ProblemKind.CHECK_FAILED, {"reason": reason}),)), ()
