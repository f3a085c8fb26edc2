"""When a start that says nothing any more counts as a hang. Seconds come in as figures: there is no clock in here."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.found_cause import Cause, Confidence, Diagnosis
from trayapp.core.log_events import Phase

if TYPE_CHECKING:
    from collections.abc import Mapping

PATIENCE_S: "Mapping[Phase, int]" = MappingProxyType(
    {
        # On two slow cores each of vLLM's processes takes half a minute to be imported, and says nothing meanwhile.
        Phase.LAUNCHING: 300,
        Phase.READING_MODEL: 600,
        # vLLM downloads without a word: 20 GB on a slow line take hours.
        Phase.LOADING_WEIGHTS: 3 * 3600,
        # A first compilation of a large model takes minutes; the log is silent while it does.
        Phase.COMPILING: 1800,
        Phase.MEASURING_MEMORY: 1800,
        Phase.CAPTURING_GRAPHS: 600,
        Phase.STARTING_API: 300,
    }
)
"""Seconds without a line or a move of the bar that a slow but healthy start may take in each phase."""


def hang(phase: Phase, silent_s: float) -> Diagnosis | None:
    """Return the diagnosis of a start that has said nothing for too long in this phase, else None.

    Its values are the phase and the whole minutes of silence. The server still runs: it is the person's to end it.
    """
    if silent_s < PATIENCE_S[phase]:
        return None
    values = {"phase": phase.value, "silent_minutes": int(silent_s // 60)}
    return Diagnosis(Cause.STARTUP_HANG, Confidence.LIKELY, values=MappingProxyType(values))
