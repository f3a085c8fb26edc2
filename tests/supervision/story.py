"""A controller with everything below it, and what happened to it in the order it happened."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from trayapp.assembly import build_controller
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.states import Failed, Ready, Starting, State, Stopped
from trayapp.storage.folders import Folders

SLOW_MS = 240_000
"""A real start takes 35-105 s on two cores, and other things may run beside it."""


class Story:
    """Starts and stops a model as the app does; nothing of it outlives the test."""

    def __init__(self, qtbot: QtBot, folder: Path, fixed: Mapping[str, object], **how: Any) -> None:
        self.folders = Folders(folder / "config", folder / "data", folder / "logs")
        # The application owns it to the end: an object dropped while Qt still has news for it takes Python down.
        owner = QCoreApplication.instance()
        self.controller, self.log_book = build_controller(self.folders, fixed, parent=owner, **how)
        self.states: list[State] = []
        self._qtbot = qtbot
        self.controller.state_changed.connect(lambda _, after: self.states.append(after))

    @property
    def state(self) -> State:
        return self.controller.state

    def wait_for(self, *kinds: type[State], timeout_ms: int = SLOW_MS) -> State:
        def reached() -> bool:
            assert isinstance(self.state, (*kinds, Failed)), type(self.state)
            return True

        self._qtbot.waitUntil(reached, timeout=timeout_ms)
        assert isinstance(self.state, kinds), (getattr(self.state, "reason", self.state), self.log_book.lines()[-20:])
        return self.state

    def start(self, timeout_ms: int = SLOW_MS) -> Ready:
        self.controller.take(StartWanted())
        ready = self.wait_for(Ready, timeout_ms=timeout_ms)
        assert isinstance(ready, Ready)
        return ready

    def stop(self, timeout_ms: int = 30_000) -> None:
        self.controller.take(StopWanted())
        self.wait_for(Stopped, timeout_ms=timeout_ms)

    def launches(self) -> list[Starting]:
        """The first state of each launch."""
        seen: dict[int, Starting] = {}
        for state in self.states:
            if isinstance(state, Starting):
                seen.setdefault(state.run, state)
        return list(seen.values())

    def end(self) -> None:
        self.controller.end_now()
        self._qtbot.wait(1)
