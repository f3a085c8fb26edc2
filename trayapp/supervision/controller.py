"""Holds the one state, performs the effects of each step, and tells everybody: state_changed(before, after).

What leads to which state is decided in core/lifecycle.py; how a plan is made or an end explained is handed in.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from trayapp.core.events import (
    Effect,
    EndServer,
    Event,
    HealthAnswered,
    Launch,
    Learn,
    LivenessChanged,
    LogSaid,
    Noted,
    ServerEnded,
    ServerStarted,
    SetTimer,
    Stalled,
    StopWanted,
    Survey,
    Surveyed,
    TimerFired,
)
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Checking, Ready, Starting, State, Stopped
from trayapp.supervision.background import Background

if TYPE_CHECKING:
    from trayapp.core.exits import Exit
    from trayapp.core.found_cause import Diagnosis
    from trayapp.core.launch import Launchable
    from trayapp.core.remedy import Remedy
    from trayapp.supervision.log_book import LogBook
    from trayapp.supervision.running import Ending, Running

    Planned = tuple[Launchable | Refusal, tuple[Problem, ...]]
    Explained = tuple[Diagnosis | Refusal, tuple[Remedy, ...]]

SILENCE_LOOK_MS = 30_000
_FOUND_ONCE = {ProblemKind.FILE_DAMAGED, ProblemKind.LEFTOVERS_ENDED}
"""What a survey puts right: no later one finds it."""


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that ended unasked, as an explanation needs it."""

    lines: list[str]
    plan: "Launchable"
    ending: "Ending"
    changes: Mapping[str, object]  # of settings, that earlier remedies of this start made
    was_ready: bool


@dataclass(frozen=True, slots=True)
class Partners:
    """What the controller needs and does not own; all functions but run block and are called in a thread."""

    plan: "Callable[[Mapping[str, object], bool], Planned]"  # (changes of settings for this start, start anyway)
    launched: "Callable[[Launchable], tuple[Problem, ...]]"  # what the plan's notes say is told
    explain: "Callable[[EndedRun], Explained]"
    learn: "Callable[[Learn], tuple[Problem, ...]]"
    run: "Callable[[Launchable, Background, QObject], Running]"  # makes the run of a plan; it is launched by start()
    log_book: "LogBook"


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
        self._running: Running | None = None
        self._heard_at_s = 0.0
        self._untold: tuple[Problem, ...] = ()
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
        if self._running is not None:
            self._running.wait_until_ended()
        self._background.wait(5)

    def ask_server_now(self) -> None:
        """Ask the server at once whether it is still there, not only at the next turn."""
        if self._running is not None:
            self._running.ask_now()

    def _step(self, event: Event) -> None:
        from trayapp.core.lifecycle import step  # nothing happens before the icon is there

        before = self._state
        self._state, effects = step(before, event)
        if self._running is not None and not isinstance(self._state, Starting | Ready):
            self._running.ask_no_more()
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
                    lambda planned: self._surveyed(ticket, *planned),
                    _no_plan,
                )
            case Launch(run=run, plan=plan):
                self._launch(run, plan)
                self._note(run, lambda: self._partners.launched(plan))
            case EndServer(loading=loading):
                if self._running is not None:
                    self._running.end(loading=loading)
            case SetTimer(ticket=ticket, pause_s=pause_s):
                QTimer.singleShot(int(pause_s * 1000), self, lambda: self.take(TimerFired(ticket)))
            case Learn(run=run):
                self._note(run, lambda: self._partners.learn(effect))
                if self._running is not None:
                    self._running.became_ready()

    def _surveyed(self, ticket: int, outcome: "Launchable | Refusal", notes: tuple[Problem, ...]) -> None:
        """Take the answer of a survey, with what those that were called off could not tell."""
        state = self._state
        if isinstance(state, Checking) and state.ticket == ticket:
            notes, self._untold = (*self._untold, *notes), ()
            self.take(Surveyed(ticket, outcome, notes))
            return
        untold = tuple(note for note in notes if note.kind in _FOUND_ONCE)
        if isinstance(state, Starting | Ready):
            self.take(Noted(state.run, untold))
        else:
            self._untold += untold

    def _note(self, run: int, work: Callable[[], tuple[Problem, ...]]) -> None:
        """Do something beside a run, and have told what stood in its way."""
        self._background.run(work, lambda problems: self.take(Noted(run, problems)))

    def _launch(self, run: int, plan: "Launchable") -> None:
        self._heard_at_s = time.monotonic()
        self._partners.log_book.begin(f"--- {plan.model_name}: {plan.what_runs}")
        running = self._running = self._partners.run(plan, self._background, self)
        running.started.connect(lambda pid: self.take(ServerStarted(run, pid)))
        running.lines.connect(self._heard)
        running.said.connect(lambda event: self.take(LogSaid(run, event)))
        running.answered.connect(lambda length: self.take(HealthAnswered(run, length)))
        running.hangs.connect(lambda hangs: self.take(LivenessChanged(run, hangs)))
        running.ended.connect(lambda ending: self._ended(run, running, plan, ending))
        running.start()

    def _heard(self, lines: list[str]) -> None:
        self._partners.log_book.add(lines)
        self._heard_at_s = time.monotonic()

    def _look_for_silence(self) -> None:
        state = self._state
        speaks = self._running is not None and self._running.logs_its_start
        if isinstance(state, Starting) and state.stalled is None and speaks:
            from trayapp.core.patience import hang

            diagnosis = hang(state.phase, time.monotonic() - self._heard_at_s)
            if diagnosis is not None:
                self.take(Stalled(state.run, diagnosis))

    def _ended(self, run: int, running: "Running", plan: "Launchable", ending: "Ending") -> None:
        self._running = None
        state = self._state
        if not isinstance(state, Starting | Ready):  # asked for: never a crash, whatever the log says
            self._prove(run, running, ending.exit)
            return
        from trayapp.core.found_cause import NOT_EXPLAINED

        lines, was_ready = self._partners.log_book.lines(), isinstance(state, Ready)
        ended = EndedRun(lines, plan, ending, state.course.changes, was_ready)

        def tell(explained: "Explained") -> None:
            running.deleteLater()
            self.take(ServerEnded(run, ending.exit, *explained, time.monotonic()))

        self._background.run(lambda: self._partners.explain(ended), tell, lambda _: (NOT_EXPLAINED, ()))

    def _prove(self, run: int, running: "Running", how: "Exit") -> None:
        """Look whether nothing is left after an end that was asked for."""
        from trayapp.core.found_cause import STOP_WAS_WANTED

        def tell(remains: tuple[Problem, ...]) -> None:
            running.deleteLater()
            self.take(ServerEnded(run, replace(how, remains=remains), STOP_WAS_WANTED, (), time.monotonic()))

        self._background.run(lambda: running.find_remains(how), tell, lambda _: ())


def _no_plan(error: Exception) -> "Planned":
    reason = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    return Refusal((Problem(ProblemKind.CHECK_FAILED, {"reason": reason}),)), ()
