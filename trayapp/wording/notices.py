"""A notification in words: its title and text, the labels of its buttons, and what went wrong."""

from typing import assert_never

from trayapp.core.found_cause import Diagnosis
from trayapp.core.launch import Launchable, LengthSource
from trayapp.core.log_events import Phase
from trayapp.core.notices import Button, ButtonId, Notice
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.states import Afterwards, Checking, Failed, Ready, Starting, Stopped, Stopping, Waiting
from trayapp.wording.diagnoses import diagnosis_words
from trayapp.wording.menu import show_settings_label
from trayapp.wording.phases import start_words
from trayapp.wording.problems import problem_words
from trayapp.wording.remedies import remedy_words
from trayapp.wording.translation import _
from trayapp.wording.units import tokens_words

_ABOUT_FILES = {
    ProblemKind.FILE_DAMAGED,
    ProblemKind.FILE_NEWER,
    ProblemKind.FILE_NOT_READABLE,
    ProblemKind.FILE_NOT_WRITABLE,
    ProblemKind.LIMIT_NOT_KEPT,
}
"""Notes of which the title alone does not say which file it is."""


def notice_words(notice: Notice) -> tuple[str, str]:
    """Return the title and the text of a notification."""
    state = notice.state
    match state:
        case Stopped():
            if state.leftovers:
                pids = ", ".join(map(str, state.leftovers))
                text = _("These processes would not end: {pids}.").format(pids=pids)
                return _("Stopped, but not everything ended"), text
            if state.remains:
                return _("Stopped, but not everything is free"), "\n".join(
                    problem_words(problem).detail for problem in state.remains
                )
            return _("Stopped"), _("Nothing of it is left.")
        case Checking(course=course) | Starting(course=course) | Waiting(course=course) if course.lost:
            title, text = reason_words(course.lost.reason)
            again = _("It is asked again, in growing pauses, until it answers or you stop.")
            return _("Lost: {title}").format(title=title), f"{text}\n{again}"
        case Checking():
            return _checking_words(state)
        case Starting():
            if state.stalled is not None:
                return diagnosis_words(state.stalled)
            title = _("Starting {model}").format(model=state.plan.model_name)
            return title, "\n".join([*_notes(state), *_starting_lines(state)])
        case Ready(hangs=True):
            title = _("{model} does not answer any more").format(model=state.plan.model_name)
            return title, _("It still runs, but requests get no answer. Mostly only a restart helps.")
        case Ready():
            length = _("Context length: {tokens}.").format(tokens=tokens_words(state.max_model_len))
            lines = [state.plan.endpoint, *([length] if state.max_model_len else []), *_notes(state)]
            title = _("{model} is back") if state.course.lost else _("{model} is ready")
            return title.format(model=state.plan.model_name), "\n".join(lines)
        case Stopping():
            if state.afterwards is Afterwards.START_AGAIN:
                return _("Stopping {model}").format(model=state.plan.model_name), _("It starts again after that.")
            return _("Stopping {model}").format(model=state.plan.model_name), ""
        case Waiting():
            title, text = reason_words(state.diagnosis)
            again = _("It starts again in {seconds} s.").format(seconds=round(state.pause_s))
            return _("Crashed: {title}").format(title=title), f"{text}\n{again}"
        case Failed():
            return failure_words(state)
        case _:
            assert_never(state)


def failure_words(state: Failed) -> tuple[str, str]:
    """Return what went wrong, and the explanation with the way out."""
    if isinstance(state.reason, Diagnosis):
        title, text = diagnosis_words(state.reason)
        tried = [_("Already tried: {what}.").format(what=remedy_words(remedy)) for remedy in state.course.tried]
        return (_("Crashed: {title}").format(title=title) if state.was_ready else title), "\n".join([text, *tried])
    title, text = reason_words(state.reason)
    # What was found on the way was told by no start: there was none.
    notes = () if state.course.launches else map(problem_words, state.course.notes)
    return title, "\n".join([text, *(f"{note.title}: {note.detail}" for note in notes)])


def reason_words(reason: Diagnosis | Refusal) -> tuple[str, str]:
    """Return why something ended or was refused, and the explanation with the way out."""
    if isinstance(reason, Diagnosis):
        return diagnosis_words(reason)
    words = problem_words(reason.problems[0])
    return words.title, "\n".join(part for part in (words.detail, words.remedy) if part)


def button_words(button: Button) -> str:
    """Return the label of a button."""
    match button.id:
        case ButtonId.STOP:
            return _("Stop")
        case ButtonId.SHOW_LOG:
            return _("Show log")
        case ButtonId.SHOW_DETAILS:
            return _("Show details")
        case ButtonId.START_AGAIN:
            return _("Start again")
        case ButtonId.RESTART:
            return _("Restart")
        case ButtonId.START_ANYWAY:
            return _("Start anyway")
        case ButtonId.COPY_ADDRESS:
            return _("Copy address")
        case ButtonId.USE_SELFTEST_MODEL:
            return _("Try the built-in test model")
        case ButtonId.CHOOSE_MODEL:
            return _("Choose a model")
        case ButtonId.INSTALL_RUNTIME:
            return _("Install vLLM for the processor")
        case ButtonId.UNLOAD_OLLAMA:
            return _("Unload it and start")
        case ButtonId.OPEN_SETTINGS:
            return show_settings_label()
        case ButtonId.SET_UP_PLACES:
            return _("Where it runs…")
        case ButtonId.REMEDY:
            assert button.remedy is not None  # noqa: S101 - a remedy's button has one
            return remedy_words(button.remedy)
        case _:
            assert_never(button.id)


def _checking_words(state: Checking) -> tuple[str, str]:
    if not state.course.tried:
        return _("Starting the model"), _("Looking at this computer.")
    newest = state.course.tried[-1]
    length = newest.changes.get("max_model_len")
    if newest.id is RemedyId.USE_DETECTED_CONTEXT and isinstance(length, int):
        title = _("Hardware limit found: {tokens}").format(tokens=tokens_words(length))
        return title, _("Starting again with it.")
    return _("Trying again"), _("{what}.").format(what=remedy_words(newest))


def _starting_lines(state: Starting) -> list[str]:
    lines = [start_words(state), _length_line(state.plan)]
    if state.course.tried and state.phase is Phase.LAUNCHING:
        lines.insert(0, _checking_words(Checking(state.run, state.course))[0])
    return [line for line in lines if line]


def _length_line(plan: Launchable) -> str:
    """Return where the context length comes from: what a person sees of the search for it."""
    native = tokens_words(plan.native_context) if plan.native_context else ""
    wanted = tokens_words(plan.max_model_len) if plan.max_model_len else ""
    match plan.length_source:
        case LengthSource.AUTO:
            text = _("The model can take {native}; finding what this computer holds.").format(native=native)
            return text if native else ""
        case LengthSource.NATIVE:
            return _("Trying the model's full {native}.").format(native=native or wanted)
        case LengthSource.LEARNED:
            return _("Context length: {tokens}, as measured before.").format(tokens=wanted)
        case LengthSource.DETECTED:
            return _("Context length: {tokens}, the limit just found.").format(tokens=wanted)
        case LengthSource.USER:
            return _("Context length: {tokens}, as set.").format(tokens=wanted)
        case LengthSource.SERVER:
            return _("Context length: {tokens}, as the server has it.").format(tokens=wanted) if wanted else ""
        case _:
            assert_never(plan.length_source)


def _notes(state: Starting | Ready) -> list[str]:
    notes = [(problem.kind, problem_words(problem)) for problem in state.course.notes]
    return [words.detail if kind in _ABOUT_FILES else words.title for kind, words in notes]
