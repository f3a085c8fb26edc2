"""The only place where the state changes: step(state, event) gives the next state and what is to be done.

No clock, no process and no Qt in here. A late event (an answer to an old ticket, a line of a run that is gone) is not
an error: same state, no effect.

    state      event             next state, effects
    ---------  ----------------  ------------------------------------------------------------------
    Stopped    start             Checking, survey
    Failed     start, remedy     Checking, survey (with the remedy's changes)
    Checking   surveyed          Starting, launch; or Failed when the plan is refused
    Starting   log, started      Starting (phase, figures, pid)
               noted             Starting, Ready (it is said)
               stalled           Starting (it is said)
               healthy           Ready, learn
               ended             Checking, survey (next attempt); or Failed
    Ready      hangs, or not     Ready (it is said)
               ended             Waiting, timer (restart policy); or Failed; a server that is not ours: Waiting for ever
    Waiting    timer, start      Checking, survey
    Stopping   ended             Stopped; or Checking when a start was wanted meanwhile
    any        stop              Stopped; or Stopping, end the server, when one runs
    any        restart           as start; or Stopping (start again) when one runs
"""

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.attempts import next_attempt
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
    RemedyWanted,
    RestartWanted,
    ServerEnded,
    ServerStarted,
    SetTimer,
    Stalled,
    StartWanted,
    StopWanted,
    Survey,
    Surveyed,
    TimerFired,
)
from trayapp.core.launch import LengthSource
from trayapp.core.log_events import FigureSeen, LogEvent, Phase, PhaseSeen
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.restart_policy import pause_before_asking, pause_before_restart, recent_crashes
from trayapp.core.states import (
    Afterwards,
    Checking,
    Course,
    Failed,
    Lost,
    Ready,
    Starting,
    State,
    Stopped,
    Stopping,
    Waiting,
)

if TYPE_CHECKING:
    from trayapp.core.found_cause import Diagnosis
    from trayapp.core.remedies import Remedy

Step = tuple[State, tuple[Effect, ...]]
_PHASES = tuple(Phase)


def step(state: State, event: Event) -> Step:
    """Return the state after the event, and the effects to be performed in this order."""
    match state, event:
        case Stopped(serial=serial), StartWanted() | RestartWanted():
            return _check(Course(serial=serial, anyway=isinstance(event, StartWanted) and event.anyway))
        case Failed(course=course), StartWanted() | RestartWanted():
            return _check(Course(serial=course.serial, anyway=isinstance(event, StartWanted) and event.anyway))
        case Failed(course=course), RemedyWanted(remedy=remedy):
            return _check(_with_remedy(Course(serial=course.serial), remedy))
        case Failed(course=course), StopWanted():
            return Stopped(course.serial), ()

        case Checking(ticket=ticket), Surveyed() if ticket == event.ticket:
            return _surveyed(state, event)
        case Checking(course=course), StopWanted():
            return Stopped(course.serial), ()
        case Checking(course=course), RestartWanted():
            return _check(Course(serial=course.serial))

        case Starting(run=run), ServerStarted() if run == event.run:
            return replace(state, pid=event.pid), ()
        case Starting(run=run), LogSaid() if run == event.run:
            return _heard(state, event.event), ()
        case Starting(run=run), Stalled() if run == event.run:
            return replace(state, stalled=event.diagnosis), ()
        case Starting(run=run), HealthAnswered() if run == event.run:
            # Servers that do not tell their length (0) have the one that was asked for.
            own = state.plan.native_context if state.plan.length_source is not LengthSource.SERVER else None
            length = event.max_model_len or state.plan.max_model_len or own or 0
            ready = Ready(run, state.plan, state.course, length, state.pid, state.figures)
            return ready, (Learn(run, state.plan, length, state.figures, state.course.tried),)
        case Starting(run=run), ServerEnded() if run == event.run:
            return _attempt_ended(state, event)

        case Starting(run=run) | Ready(run=run), Noted() if run == event.run:
            return replace(state, course=_told(state.course, event.problems)), ()
        case Ready(run=run), LivenessChanged() if run == event.run:
            return replace(state, hangs=event.hangs), ()
        case Ready(run=run), ServerEnded() if run == event.run:
            return _crashed(state, event)

        case Waiting(ticket=ticket, course=course), TimerFired() if ticket == event.ticket:
            return _check(course)
        case Waiting(course=course), StartWanted() | RestartWanted():
            return _check(course)
        case Waiting(course=course), StopWanted():
            return Stopped(course.serial), ()

        case Starting() | Ready(), StopWanted():
            return _end(state, Afterwards.STAY_STOPPED)
        case Starting() | Ready(), RestartWanted():
            return _end(state, Afterwards.START_AGAIN)
        case Stopping(), StartWanted() | RestartWanted():
            return replace(state, afterwards=Afterwards.START_AGAIN), ()
        case Stopping(), StopWanted():
            return replace(state, afterwards=Afterwards.STAY_STOPPED), ()
        case Stopping(run=run, course=course), ServerEnded() if run == event.run:
            if state.afterwards is Afterwards.START_AGAIN:
                return _check(Course(serial=course.serial))
            return Stopped(course.serial, event.exit.survivors, event.exit.remains), ()
        case _:
            return state, ()


def _check(course: Course) -> Step:
    """Survey the machine for the next launch of this course."""
    course = replace(course, serial=course.serial + 1)
    return Checking(course.serial, course), (Survey(course.serial, course.changes, course.anyway),)


def _surveyed(state: Checking, event: Surveyed) -> Step:
    course = _told(state.course, event.notes)
    if isinstance(event.outcome, Refusal):
        return _lost_still(course, event.outcome) if course.lost else _refused(course, event.outcome)
    course = replace(course, launches=course.launches + 1)
    return Starting(state.ticket, event.outcome, course), (Launch(state.ticket, event.outcome),)


def _told(course: Course, problems: tuple[Problem, ...]) -> Course:
    """Return the course with these notes; what was said before is not said at each attempt."""
    news = tuple(problem for problem in problems if problem not in course.notes)
    return replace(course, notes=course.notes + news)


def _refused(course: Course, refusal: Refusal) -> Step:
    return Failed(refusal, course, refusal.remedies), ()


def _heard(state: Starting, event: LogEvent) -> Starting:
    match event:
        case PhaseSeen(phase=phase) if _PHASES.index(phase) >= _PHASES.index(state.phase):
            # Several workers print the same lines, and the log of one may lag behind: a phase never goes back.
            return replace(state, phase=phase, done=event.done, total=event.total, stalled=None)
        case FigureSeen(name=name, value=value):
            return replace(state, figures=MappingProxyType({**state.figures, name: value}))
        case _:
            return state


def _attempt_ended(state: Starting, event: ServerEnded) -> Step:
    if state.course.lost:
        return _lost_still(state.course, event.diagnosis)
    remedy = None if event.exit.survivors else next_attempt(event.remedies, state.course.tried)
    if remedy is None:
        return Failed(event.diagnosis, state.course, event.remedies, state.plan, how=event.exit), ()
    return _check(_with_remedy(_noted(state, remedy), remedy))


def _noted(state: Starting, remedy: "Remedy") -> Course:
    """Return the course with the news that a limit learned before did not hold this time, when that is so."""
    if state.plan.length_source is not LengthSource.LEARNED or "max_model_len" not in remedy.changes:
        return state.course
    note = Problem(ProblemKind.LIMIT_NO_LONGER_HOLDS, {"max_model_len": state.plan.max_model_len})
    return replace(state.course, notes=(*state.course.notes, note))


def _with_remedy(course: Course, remedy: "Remedy") -> Course:
    changes = MappingProxyType({**course.changes, **remedy.changes})
    return replace(course, changes=changes, tried=(*course.tried, remedy))


def _crashed(state: Ready, event: ServerEnded) -> Step:
    if not state.plan.is_ours:
        return _lost_still(replace(state.course, notes=(), lost=Lost(state.plan, event.diagnosis)), event.diagnosis)
    crashes = recent_crashes((*state.course.crashes, event.at_s), event.at_s)
    pause_s = None if event.exit.survivors else pause_before_restart(crashes, event.at_s)
    # What made this start work (a smaller context, another port) is kept for the next one; what was told is told.
    course = replace(state.course, launches=0, tried=(), notes=(), crashes=crashes)
    if pause_s is None:
        return Failed(event.diagnosis, course, event.remedies, state.plan, was_ready=True, how=event.exit), ()
    course = replace(course, serial=course.serial + 1)
    waiting = Waiting(course.serial, course, pause_s, event.diagnosis, state.plan)
    return waiting, (SetTimer(course.serial, pause_s),)


def _lost_still(course: Course, reason: "Diagnosis | Refusal") -> Step:
    """Wait for a server that is not ours, longer each time, until it answers or nobody wants it any more."""
    assert course.lost is not None  # noqa: S101 - the callers look
    pause_s = pause_before_asking(course.lost.tries)
    lost = replace(course.lost, tries=course.lost.tries + 1)
    course = replace(course, serial=course.serial + 1, launches=0, lost=lost)
    return Waiting(course.serial, course, pause_s, reason, lost.plan), (SetTimer(course.serial, pause_s),)


def _end(state: Starting | Ready, afterwards: Afterwards) -> Step:
    end = EndServer(state.run, loading=isinstance(state, Starting))
    return Stopping(state.run, state.plan, state.course, afterwards, state.pid), (end,)
