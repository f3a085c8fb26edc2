"""The states of the model on this computer: one class each, so that no wrong combination can be written.

What leads from one to the next is in lifecycle.py. Everything a person sees is a function of one of these values.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.log_events import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.diagnosis import Diagnosis
    from trayapp.core.exits import Exit
    from trayapp.core.launch import Launchable
    from trayapp.core.problems import Problem, Refusal
    from trayapp.core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class Course:
    """What a start has been through so far; it is handed from state to state and empty again after a stop."""

    serial: int = 0  # the last number given to a survey, a run or a timer; never given twice while the app lives
    launches: int = 0
    anyway: bool = False  # the person wants it started although the plan refuses
    changes: "Mapping[str, object]" = field(default_factory=lambda: MappingProxyType({}))  # settings, this start only
    tried: tuple["Remedy", ...] = ()  # automatic remedies already applied, the newest last
    crashes: tuple[float, ...] = ()  # times of crashes while serving, in seconds of a steady clock
    notes: tuple["Problem", ...] = ()  # told to the person once (another GPU, a limit that no longer holds)
    lost: "Lost | None" = None  # the server that this start tries to reach again, or has just reached again


@dataclass(frozen=True, slots=True)
class Lost:
    """A server that is not ours and did not answer any more; it was asked again so many times since."""

    plan: "Launchable"
    reason: "Diagnosis | Refusal"
    tries: int = 0


class Afterwards(StrEnum):
    """What comes when the server that is being stopped has ended."""

    STAY_STOPPED = "stay_stopped"
    START_AGAIN = "start_again"


@dataclass(frozen=True, slots=True)
class Stopped:
    """Nothing runs, and nobody wants it to.

    leftovers: processes of the last server that could not be ended; remains: what else of it is still there.
    """

    serial: int = 0
    leftovers: tuple[int, ...] = ()
    remains: tuple["Problem", ...] = ()


@dataclass(frozen=True, slots=True)
class Checking:
    """The machine is being surveyed and the launch planned; the answer must carry this ticket."""

    ticket: int
    course: Course


@dataclass(frozen=True, slots=True)
class Starting:
    """The program runs and does not answer yet."""

    run: int
    plan: "Launchable"
    course: Course
    phase: Phase = Phase.LAUNCHING
    done: int | None = None  # of total shards or graphs, where the log counts them
    total: int | None = None
    pid: int | None = None
    figures: "Mapping[str, int]" = field(default_factory=lambda: MappingProxyType({}))  # see FigureSeen
    stalled: "Diagnosis | None" = None  # it has said nothing for too long; it may still go on


@dataclass(frozen=True, slots=True)
class Ready:
    """The server answers /health and names our model."""

    run: int
    plan: "Launchable"
    course: Course
    max_model_len: int
    pid: int | None
    figures: "Mapping[str, int]" = field(default_factory=lambda: MappingProxyType({}))
    hangs: bool = False  # it runs, but does not answer any more; it may come back


@dataclass(frozen=True, slots=True)
class Stopping:
    """The server was asked to end and has not yet; plan is the one it was launched with."""

    run: int
    plan: "Launchable"
    course: Course
    afterwards: Afterwards
    pid: int | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pause before an automatic restart after a crash while serving."""

    ticket: int
    course: Course
    pause_s: float
    diagnosis: "Diagnosis | Refusal"
    plan: "Launchable | None" = None  # the one that crashed


@dataclass(frozen=True, slots=True)
class Failed:
    """The wish could not be fulfilled: refused before a launch, or ended unasked. plan is the last one tried."""

    reason: "Diagnosis | Refusal"
    course: Course
    remedies: tuple["Remedy", ...] = ()
    plan: "Launchable | None" = None
    was_ready: bool = False
    how: "Exit | None" = None  # the end of the last server; None where none was launched


State = Stopped | Checking | Starting | Ready | Stopping | Waiting | Failed
