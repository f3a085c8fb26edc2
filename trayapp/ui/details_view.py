"""What the details of a failure show, as a value made from the state. No widget in here, no Qt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.found_cause import Diagnosis
from trayapp.core.notices import can_be_done
from trayapp.core.states import Failed, State, Waiting
from trayapp.wording.diagnoses import diagnosis_words
from trayapp.wording.notices import failure_words, reason_words
from trayapp.wording.remedies import remedy_words

if TYPE_CHECKING:
    from trayapp.core.found_cause import Evidence
    from trayapp.core.remedy import Remedy


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done, the best first; remedy is None for what only the person can do."""

    text: str
    remedy: "Remedy | None"


@dataclass(frozen=True, slots=True)
class DetailsView:
    """Cause, proof, ways out, and what the app has tried already."""

    title: str
    explanation: str
    evidence: tuple["Evidence", ...] = ()
    steps: tuple[Step, ...] = ()
    tried: tuple[str, ...] = ()
    can_start: bool = True


def details_view(state: State) -> DetailsView | None:
    """Return the details of a failure, or None where there is none."""
    match state:
        case Failed():
            title, explanation = failure_words(state)
            if isinstance(state.reason, Diagnosis):
                explanation = diagnosis_words(state.reason)[1]  # what was tried has a place of its own
            remedies, reason, course = state.remedies, state.reason, state.course
        case Waiting():
            title, explanation = reason_words(state.diagnosis)
            remedies, reason, course = (), state.diagnosis, state.course
        case _:
            return None
    steps = tuple(Step(remedy_words(remedy), remedy if can_be_done(remedy) else None) for remedy in remedies)
    evidence = reason.evidence if isinstance(reason, Diagnosis) else ()
    return DetailsView(title, explanation, evidence, steps, tuple(map(remedy_words, course.tried)))
