"""Takes the time of every start, and keeps what its steps took once the model is ready."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from trayapp.core.start_times import StartClock, StartProgress, StartTimes, expected_seconds, key_of, start_progress
from trayapp.core.states import Checking, Ready, Starting
from trayapp.storage.start_times_file import keep_start_times, load_start_times

if TYPE_CHECKING:
    from pathlib import Path

    from trayapp.core.launch import Launchable
    from trayapp.core.log_events import Phase
    from trayapp.core.states import State
    from trayapp.supervision.background import Background


class StartRecorder(QObject):
    """One for the app. Signal: changed."""

    changed = Signal()

    def __init__(self, path: "Path", background: "Background", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._background = background
        self._clock: StartClock | None = None
        self._key = ""
        self._expected: dict[Phase, float] = {}

    def state_changed(self, after: "State") -> None:
        """Follow the state."""
        now_s = time.monotonic()
        match after:
            case Checking():
                if self._clock is None or self._clock.ended_at_s is not None:
                    self._clock, self._expected = StartClock(now_s), {}
            case Starting():
                clock = self._clock or StartClock(now_s)
                if not clock.steps:
                    self._look_up(_key(after.plan))
                self._clock = clock.entered(after.phase, now_s)
            case Ready():
                if self._clock is not None and self._clock.ended_at_s is None:
                    self._clock = self._clock.ended(now_s)
                    self._keep(self._clock)
            case _:
                self._clock = None
        self.changed.emit()

    def progress(self) -> StartProgress | None:
        """Return the start under way, or the one that led to the running model."""
        return None if self._clock is None else start_progress(self._clock, self._expected, time.monotonic())

    def _look_up(self, key: str) -> None:
        self._key = key

        def found(expected: "dict[Phase, float]") -> None:
            if key == self._key:
                self._expected = expected
                self.changed.emit()

        if key:
            self._background.run(lambda: expected_seconds(load_start_times(self._path), key), found)

    def _keep(self, clock: StartClock) -> None:
        if not self._key:
            return
        seconds = {phase.value: round(took_s, 2) for phase, took_s in clock.seconds(clock.began_at_s).items()}
        times = StartTimes(self._key, seconds)
        self._background.run(lambda: keep_start_times(self._path, times), lambda _: None)


def _key(plan: "Launchable") -> str:
    """Return under which key a start is kept; "" for what has no steps of ours."""
    key = getattr(plan, "limit_key", None)
    return key_of(key.gpu, key.model, key.vllm_version) if key is not None else ""
