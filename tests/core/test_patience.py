"""A slow start is no hang; one that says nothing for very long is."""

from itertools import pairwise

import pytest

from tests.core import recordings
from trayapp.core.diagnosis import Cause
from trayapp.core.log_events import Phase
from trayapp.core.patience import PATIENCE_S, hang
from trayapp.wording.diagnoses import diagnosis_words


@pytest.mark.parametrize("phase", Phase)
def test_each_phase_has_its_patience(phase: Phase) -> None:
    assert hang(phase, PATIENCE_S[phase] - 1) is None
    diagnosis = hang(phase, PATIENCE_S[phase] + 59)
    assert diagnosis is not None
    assert diagnosis.cause is Cause.STARTUP_HANG
    text = diagnosis_words(diagnosis)[1]
    assert f"for {PATIENCE_S[phase] // 60} minutes" in text
    assert "It " in text  # what it waits for


@pytest.mark.parametrize(
    "name", [name for name in recordings.NAMES if recordings.load(name).header["cause"] == "healthy"]
)
def test_no_recorded_start_was_ever_silent_for_so_long(name: str) -> None:
    times = [0.0, *(chunk[0] for chunk in recordings.load(name).chunks)]
    assert max(later - earlier for earlier, later in pairwise(times)) < min(PATIENCE_S.values())
