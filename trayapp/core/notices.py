"""What deserves a notification: a function of two states. The sentence is wording's, showing it the desktop's."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.states import Checking, Failed, Ready, Starting, State, Stopped, Stopping, Waiting

if TYPE_CHECKING:
    from trayapp.core.remedy import Remedy


class ButtonId(StrEnum):
    """What a button of a notification wishes."""

    STOP = "stop"
    SHOW_LOG = "show_log"
    SHOW_DETAILS = "show_details"
    START_AGAIN = "start_again"
    RESTART = "restart"
    START_ANYWAY = "start_anyway"
    COPY_ADDRESS = "copy_address"
    USE_SELFTEST_MODEL = "use_selftest_model"
    CHOOSE_MODEL = "choose_model"
    INSTALL_RUNTIME = "install_runtime"
    UNLOAD_OLLAMA = "unload_ollama"
    OPEN_SETTINGS = "open_settings"
    SET_UP_PLACES = "set_up_places"
    REMEDY = "remedy"


@dataclass(frozen=True, slots=True)
class Button:
    """One button; remedy is set for ButtonId.REMEDY only."""

    id: ButtonId
    remedy: "Remedy | None" = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to say about the state; urgent ones stay until they are read."""

    state: State
    buttons: tuple[Button, ...] = ()
    urgent: bool = False


_MOST_BUTTONS = 3
_ELSEWHERE = ("ollama_", "remote_")
"""How the kinds begin that are about another place than vLLM on this computer."""

_ACTIONS = {
    RemedyId.RETRY,
    RemedyId.SHOW_GPU_USERS,
    RemedyId.END_LEFTOVERS,
    RemedyId.CHOOSE_MODEL,
    RemedyId.CHOOSE_SMALLER_MODEL,
    RemedyId.DOWNLOAD_AGAIN,
    RemedyId.ENTER_TOKEN,
    RemedyId.OPEN_MODEL_PAGE,
    RemedyId.OPEN_DRIVER_PAGE,
    RemedyId.CHANGE_SETTINGS,
    RemedyId.REINSTALL_VLLM,
    RemedyId.UPDATE_VLLM,
    RemedyId.USE_OLLAMA,
    RemedyId.OTHER_PLACE,
}
"""Remedies without changes that the app has an answer to."""

_SECOND = {RemedyId.USE_OLLAMA, RemedyId.ENTER_TOKEN}
"""Those that have a button of their own behind the best one: starting again without them leads to the same failure."""


def notice_for(before: State, after: State) -> Notice | None:
    """Return what the person should be told about this change, or None when it is no news."""
    match after:
        case Starting(stalled=stalled) if stalled is not None:
            return Notice(after, (Button(ButtonId.SHOW_LOG), Button(ButtonId.STOP)), urgent=True)
        case Checking(course=course) | Starting(course=course) | Waiting(course=course) if course.lost:
            # One word for the whole time until it is back: asking again is no news.
            return Notice(after, (Button(ButtonId.STOP), Button(ButtonId.SHOW_DETAILS)), urgent=True)
        case Checking() | Starting():
            return Notice(after, (Button(ButtonId.STOP),))
        case Ready(hangs=True):
            buttons = (Button(ButtonId.RESTART), Button(ButtonId.SHOW_LOG), Button(ButtonId.STOP))
            return Notice(after, buttons, urgent=True)
        case Ready():
            return Notice(after, (Button(ButtonId.COPY_ADDRESS), Button(ButtonId.STOP)))
        case Stopping():
            return Notice(after)
        case Stopped():
            # Leaving a failure behind, or a survey that was called off, is no news.
            return Notice(after) if isinstance(before, Stopping) else None
        case Waiting():
            buttons = (Button(ButtonId.SHOW_DETAILS), Button(ButtonId.SHOW_LOG), Button(ButtonId.START_AGAIN))
            return Notice(after, buttons, urgent=True)
        case Failed():
            return Notice(after, buttons_for(after), urgent=True)
        case _:
            assert_never(after)


def buttons_for(state: Failed) -> tuple[Button, ...]:
    """Return what can be done about a failure, the best first; no more than fit into a notification."""
    if isinstance(state.reason, Refusal):
        return (*map(_remedy_button, filter(can_be_done, state.remedies)), *_refused(state.reason))[:_MOST_BUTTONS]
    best = next((remedy for remedy in state.remedies if can_be_done(remedy)), None)
    details, log, again = Button(ButtonId.SHOW_DETAILS), Button(ButtonId.SHOW_LOG), Button(ButtonId.START_AGAIN)
    if best is None:
        return details, log, again
    if best.changes:  # its button is a better way to start again
        return _remedy_button(best), details, log
    second = next((remedy for remedy in state.remedies if remedy.id in _SECOND), None)
    if second is not None and second is not best:
        return _remedy_button(best), _remedy_button(second), log
    return _remedy_button(best), log, again


def _remedy_button(remedy: "Remedy") -> Button:
    return Button(ButtonId.REMEDY, remedy)


def can_be_done(remedy: "Remedy") -> bool:
    """Whether the app can do this at the press of a button; anything else is advice."""
    return bool(remedy.changes) or remedy.id in _ACTIONS


def _refused(refusal: Refusal) -> tuple[Button, ...]:
    match refusal.problems[0]:
        case Problem(kind=ProblemKind.NO_MODEL_CHOSEN):
            first: tuple[Button, ...] = (Button(ButtonId.USE_SELFTEST_MODEL), Button(ButtonId.CHOOSE_MODEL))
        case Problem(kind=ProblemKind.MODEL_NOT_FOUND | ProblemKind.MODEL_FILE_BAD):
            first = (Button(ButtonId.CHOOSE_MODEL), Button(ButtonId.USE_SELFTEST_MODEL))
        case Problem(kind=ProblemKind.OLLAMA_HOLDS_GPU):
            first = (Button(ButtonId.UNLOAD_OLLAMA),)
        case Problem(kind=kind) if kind.value.startswith(_ELSEWHERE):
            first = (Button(ButtonId.START_AGAIN), Button(ButtonId.SET_UP_PLACES))
        case Problem(kind=ProblemKind.VLLM_NOT_FOUND):
            first = (Button(ButtonId.INSTALL_RUNTIME), Button(ButtonId.START_AGAIN))
        case _:
            first = (Button(ButtonId.START_AGAIN), Button(ButtonId.OPEN_SETTINGS))
    if refusal.may_start_anyway:
        anyway = Button(ButtonId.START_ANYWAY)
        first = (*first, anyway) if first[0].id is ButtonId.UNLOAD_OLLAMA else (anyway, *first)
    return first[:_MOST_BUTTONS]
