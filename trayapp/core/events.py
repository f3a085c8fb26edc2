"""What can happen to the model (events), and what the lifecycle wants done about it (effects). Values only."""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.diagnosis import Diagnosis
    from trayapp.core.exits import Exit
    from trayapp.core.launch import Launchable
    from trayapp.core.log_events import LogEvent
    from trayapp.core.problems import Problem, Refusal
    from trayapp.core.remedies import Remedy


@dataclass(frozen=True, slots=True)
class StartWanted:
    """The person (or the app on launch) wants the model; anyway: although the plan refuses."""

    anyway: bool = False


@dataclass(frozen=True, slots=True)
class StopWanted:
    """The person wants the GPU free."""


@dataclass(frozen=True, slots=True)
class RestartWanted:
    """The person wants a fresh server, with the settings as they are now."""


@dataclass(frozen=True, slots=True)
class RemedyWanted:
    """The person pressed the button of a remedy."""

    remedy: "Remedy"


@dataclass(frozen=True, slots=True)
class Surveyed:
    """The machine was surveyed and the launch planned, or refused; notes are told with the start."""

    ticket: int
    outcome: "Launchable | Refusal"
    notes: tuple["Problem", ...] = ()


@dataclass(frozen=True, slots=True)
class ServerStarted:
    """The program of this run was launched."""

    run: int
    pid: int


@dataclass(frozen=True, slots=True)
class Noted:
    """What came up beside this run, such as a file that cannot be written, is to be told with it."""

    run: int
    problems: tuple["Problem", ...]


@dataclass(frozen=True, slots=True)
class LogSaid:
    """A line of this run's log meant something."""

    run: int
    event: "LogEvent"


@dataclass(frozen=True, slots=True)
class Stalled:
    """This run has said nothing for so long that something must be wrong; it is the person's to end it."""

    run: int
    diagnosis: "Diagnosis"


@dataclass(frozen=True, slots=True)
class HealthAnswered:
    """The server of this run answers /health with 200 and names our model, with this context length in tokens."""

    run: int
    max_model_len: int


@dataclass(frozen=True, slots=True)
class LivenessChanged:
    """The server of this run hangs, or does so no more."""

    run: int
    hangs: bool


@dataclass(frozen=True, slots=True)
class ServerEnded:
    """All processes of this run have ended (exit.survivors names those that could not be); at_s is a steady clock's."""

    run: int
    exit: "Exit"
    diagnosis: "Diagnosis | Refusal"  # a refusal: the reason was plain without a log
    remedies: tuple["Remedy", ...]
    at_s: float


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The pause with this ticket is over."""

    ticket: int


Event = (
    StartWanted
    | StopWanted
    | RestartWanted
    | RemedyWanted
    | Surveyed
    | ServerStarted
    | Noted
    | LogSaid
    | Stalled
    | HealthAnswered
    | LivenessChanged
    | ServerEnded
    | TimerFired
)


@dataclass(frozen=True, slots=True)
class Survey:
    """Look at the machine and plan the next launch; answer with Surveyed(ticket)."""

    ticket: int
    changes: "Mapping[str, object]"
    anyway: bool = False


@dataclass(frozen=True, slots=True)
class Launch:
    """Launch the plan; answer with ServerStarted(run), and with ServerEnded(run) when it has ended.

    Its notes are told from now on, so that what they say is known to the person.
    """

    run: int
    plan: "Launchable"


@dataclass(frozen=True, slots=True)
class EndServer:
    """End the server of this run with all its processes; ServerEnded(run) tells when it is done.

    loading: it does not serve yet, so that there is nothing to finish (and vLLM was seen to ignore SIGTERM then).
    """

    run: int
    loading: bool = False


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Answer with TimerFired(ticket) after this pause."""

    ticket: int
    pause_s: float


@dataclass(frozen=True, slots=True)
class Learn:
    """Keep what this start measured; answer with Noted(run) where that cannot be done."""

    run: int
    plan: "Launchable"
    max_model_len: int
    figures: "Mapping[str, int]" = field(default_factory=lambda: MappingProxyType({}))
    tried: tuple["Remedy", ...] = ()  # what made it work


Effect = Survey | Launch | EndServer | SetTimer | Learn
