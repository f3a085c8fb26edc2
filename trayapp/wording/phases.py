"""The steps of a start-up in words."""

from typing import assert_never

from trayapp.core.backend import Backend
from trayapp.core.log_events import Phase
from trayapp.core.states import Starting
from trayapp.wording.translation import _


def phase_words(phase: Phase, done: int | None = None, total: int | None = None) -> str:
    """Return a step in words, such as "Loading weights 2/4 (50 %)"; the count only where the log gives one."""
    words = _phase(phase)
    if done is None or not total:
        return words
    return _("{phase} {done}/{total} ({percent} %)").format(
        phase=words, done=done, total=total, percent=min(done, total) * 100 // total
    )


def start_words(state: Starting) -> str:
    """Return how far a start is; only vLLM's own log tells steps."""
    match state.plan.backend:
        case Backend.VLLM:
            return phase_words(state.phase, state.done, state.total)
        case Backend.OLLAMA:
            return _("Ollama loads the model")
        case Backend.REMOTE:
            return _("Connecting")
        case _:
            assert_never(state.plan.backend)


def waiting_words(phase: Phase) -> str:
    """Return what a start that says nothing in this step is most likely waiting for, as a sentence."""
    match phase:
        case Phase.LAUNCHING | Phase.READING_MODEL:
            return _("It reads its own files or the model's: the disk, a network folder or huggingface.co is slow.")
        case Phase.LOADING_WEIGHTS:
            return _("It downloads or reads the weights: the connection or the disk is slow, or stands still.")
        case Phase.COMPILING:
            return _("It compiles: the processor is busy with it, or a compiler stands still.")
        case Phase.MEASURING_MEMORY | Phase.CAPTURING_GRAPHS:
            return _("It waits for the GPU: another program may keep it busy, or its driver stands still.")
        case Phase.STARTING_API:
            return _("It opens its interface: the model's processor for images or tools takes long.")
        case _:
            assert_never(phase)


def _phase(phase: Phase) -> str:
    match phase:
        case Phase.LAUNCHING:
            return _("Launching vLLM")
        case Phase.READING_MODEL:
            return _("Reading the model")
        case Phase.LOADING_WEIGHTS:
            return _("Loading weights")
        case Phase.COMPILING:
            return _("Compiling for this computer")
        case Phase.MEASURING_MEMORY:
            return _("Measuring memory")
        case Phase.CAPTURING_GRAPHS:
            return _("Preparing for speed (CUDA graphs)")
        case Phase.STARTING_API:
            return _("Opening the interface")
        case _:
            assert_never(phase)
