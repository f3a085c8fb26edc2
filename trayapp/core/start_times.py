"""How long the steps of a start take: of the one under way, and what earlier ones say about it.

No clock in here: moments come as arguments, in seconds of a steady clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from trayapp.core.log_events import Phase

MOST_COUNTED = 5
"""Only the newest starts count: a faster disk or a fuller cache is believed after a few of them."""


@dataclass(frozen=True, slots=True)
class StartTimes:
    """Seconds of each step of a start that became ready; key says of what (see key_of)."""

    key: str
    seconds: Mapping[str, float]


def key_of(gpu: str, model: str, version: str) -> str:
    """Return the key under which starts are compared: other flags change little, another card or version much."""
    return f"{gpu} {model} {version}"


@dataclass(frozen=True, slots=True)
class StartClock:
    """A start under way: when each of its steps began, in the order in which they came."""

    began_at_s: float
    steps: tuple[tuple[Phase, float], ...] = ()
    ended_at_s: float | None = None

    def entered(self, phase: Phase, at_s: float) -> "StartClock":
        """Return the clock after the start reached this step; going on with the same one changes nothing."""
        if self.steps and self.steps[-1][0] is phase:
            return self
        return replace(self, steps=(*self.steps, (phase, at_s)))

    def ended(self, at_s: float) -> "StartClock":
        """Return the clock of a start that is over; the first word counts."""
        return self if self.ended_at_s is not None else replace(self, ended_at_s=at_s)

    def elapsed_s(self, now_s: float) -> float:
        """Return the seconds since it was asked for."""
        return (self.ended_at_s if self.ended_at_s is not None else now_s) - self.began_at_s

    def seconds(self, now_s: float) -> dict[Phase, float]:
        """Return the seconds spent in each step; a step that came again is added up."""
        end_s = self.ended_at_s if self.ended_at_s is not None else now_s
        ends = [*(at_s for _phase, at_s in self.steps), end_s][1:]
        found: dict[Phase, float] = {}
        for (phase, at_s), next_s in zip(self.steps, ends, strict=True):
            found[phase] = found.get(phase, 0.0) + next_s - at_s
        return found


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it is shown: seconds so far (None: not reached), seconds it took earlier (None: not known)."""

    phase: Phase
    seconds: float | None
    expected_s: float | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class StartProgress:
    """A start as a person sees it. remaining_s is None where nothing is known of earlier ones."""

    rows: tuple[StepRow, ...]
    elapsed_s: float
    remaining_s: float | None = None
    is_first: bool = True
    is_over: bool = False

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to 1; None where that is not known."""
        if self.is_over:
            return 1.0
        if self.remaining_s is None:
            return None
        whole_s = self.elapsed_s + self.remaining_s
        return self.elapsed_s / whole_s if whole_s > 0 else 0.0


def expected_seconds(earlier: Sequence[StartTimes], key: str) -> dict[Phase, float]:
    """Return what each step took in the newest starts with this key (median); empty where there are none."""
    known = {phase.value for phase in Phase}
    alike = [times.seconds for times in earlier if times.key == key][-MOST_COUNTED:]
    names = {name for seconds in alike for name in seconds if name in known}
    return {Phase(name): median(seconds.get(name, 0.0) for seconds in alike) for name in names}


def start_progress(clock: StartClock, expected: Mapping[Phase, float], now_s: float) -> StartProgress:
    """Return a start as it is shown now, with every step that came or is expected, in their order."""
    seconds = clock.seconds(now_s)
    current = clock.steps[-1][0] if clock.steps and clock.ended_at_s is None else None
    rows = tuple(
        StepRow(phase, seconds.get(phase), expected.get(phase), phase is current)
        for phase in Phase
        if phase in seconds or phase in expected
    )
    remaining_s = None
    if expected:
        # What was passed over is not waited for any more: only the step under way and those that have not come yet.
        order = list(Phase)
        reached = order.index(current) if current is not None else -1
        remaining_s = sum(
            max(0.0, wanted_s - seconds.get(phase, 0.0))
            for phase, wanted_s in expected.items()
            if order.index(phase) >= reached
        )
    return StartProgress(rows, clock.elapsed_s(now_s), remaining_s, not expected, clock.ended_at_s is not None)
