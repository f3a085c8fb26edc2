"""What the details of a failure show, as a value made from the state. No widget in here, no Qt."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.found_cause import Diagnosis
from trayapp.core.notices import Button, ButtonId, buttons_for, can_be_done
from trayapp.core.states import Failed, State, Waiting
from trayapp.wording.diagnoses import diagnosis_words
from trayapp.wording.notices import button_words, failure_words, reason_words
from trayapp.wording.remedies import remedy_words

if TYPE_CHECKING:
    from trayapp.core.found_cause import Evidence
    from trayapp.core.remedy import Remedy


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done, the best first; button is None for what only the person can do."""

    text: str
    button: "Button | None"


@dataclass(frozen=True, slots=True)
class DetailsView:
    """Cause, proof, ways out, and what the app has tried already."""

    title: str
    explanation: str
    evidence: tuple["Evidence", ...] = ()
    steps: tuple[Step, ...] = ()
    tried: tuple[str, ...] = ()

    @property
    def proof(self) -> tuple[str, ...]:
        """The lines of the log that prove the cause."""
        return tuple(each.text for each in self.evidence)


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
    steps = (*map(_remedy_step, remedies), *_other_steps(state))
    evidence = reason.evidence if isinstance(reason, Diagnosis) else ()
    return DetailsView(title, explanation, evidence, steps, tuple(map(remedy_words, course.tried)))


def _remedy_step(remedy: "Remedy") -> Step:
    return Step(remedy_words(remedy), Button(ButtonId.REMEDY, remedy) if can_be_done(remedy) else None)


def _other_steps(state: State) -> tuple[Step, ...]:
    """Return the other buttons that the notification of a refusal has: it may be gone when somebody looks here."""
    if not isinstance(state, Failed) or isinstance(state.reason, Diagnosis):
        return ()
    return tuple(Step(button_words(button), button) for button in buttons_for(state) if button.remedy is None)
