"""The state of the model in one row: for the menu, the window and the command line. More words are in notices.py."""

from typing import assert_never

from trayapp.core.states import Checking, Failed, Ready, Starting, State, Stopped, Stopping, Waiting
from trayapp.wording.phases import start_words
from trayapp.wording.translation import _
from trayapp.wording.units import tokens_words


def state_row(state: State) -> str:
    """Return the state as one row, such as "Ready · Qwen3-8B-AWQ · 26,608 tokens"."""
    match state:
        case Stopped():
            parts = [_("Stopped")]
        case Starting():
            parts = [_("Starting"), state.plan.model_name, start_words(state)]
        case Ready(hangs=True):
            parts = [_("Does not answer"), state.plan.model_name]
        case Ready():
            length = tokens_words(state.max_model_len) if state.max_model_len else ""  # not every server tells it
            share = state.figures.get("gpu_percent")  # Ollama leaves the rest to the processor
            on_gpu = _("{percent} % on the GPU").format(percent=share) if share is not None else ""
            parts = [_("Ready"), state.plan.model_name, length, on_gpu]
        case Stopping():
            parts = [_("Stopping"), state.plan.model_name]
        case Checking(course=course) if course.lost:
            parts = [_("Lost"), course.lost.plan.model_name, _("asking again")]
        case Checking():
            parts = [_("Looking at this computer")]
        case Waiting(course=course) if course.lost:
            again = _("asked again in {seconds} s").format(seconds=round(state.pause_s))
            parts = [_("Lost"), course.lost.plan.model_name, again]
        case Waiting():
            parts = [_("Crashed"), _("starts again in {seconds} s").format(seconds=round(state.pause_s))]
        case Failed():
            from trayapp.wording.notices import failure_words  # late: the words for every failure there is

            parts = [_("Failed"), failure_words(state)[0]]
        case _:
            assert_never(state)
    return " · ".join(part for part in parts if part)
