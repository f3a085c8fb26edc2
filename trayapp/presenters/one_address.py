"""The app's own address: on or off as the settings say, and leading to whichever backend is on."""

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from trayapp.backends.one_address_process import OneAddressProcess
    from trayapp.core.settings import Settings
    from trayapp.core.states import State


_TIMES_AGAIN = 3
"""So often a process that ended unasked is launched anew on the same port before that is told."""


class OneAddressKeeper(QObject):
    """Keeps the process, if any; failed(Problem) when the port cannot be had, or the process does not stay."""

    failed = Signal(object)

    def __init__(self, remote_key: "Callable[[str], str]", own_key: "Callable[[], str]", parent: QObject) -> None:
        super().__init__(parent)
        self._own_key = own_key
        self.remote_key = remote_key
        self._process: OneAddressProcess | None = None
        self._pages: tuple[str, ...] = ()
        self._state: State | None = None
        self._times_left = _TIMES_AGAIN

    @property
    def port(self) -> int:
        """The port on which programs are served, 0 for none."""
        return self._process.port if self._process is not None else 0

    def follow(self, settings: "Settings", state: "State") -> None:
        """Offer the address on the port of the settings, 0 for nowhere, also to the pages that they allow."""
        port, pages = settings.one_address_port, tuple(settings.allowed_origins)
        if (port, pages) == (self.port, self._pages):
            return
        self._pages = pages
        if port == self.port:
            self.set_state(state)
            return
        self.end()
        self._times_left = _TIMES_AGAIN
        if port:
            self._launch(port)
            self.set_state(state)

    def _launch(self, port: int) -> None:
        from trayapp.backends.one_address_process import OneAddressProcess  # late: off by default

        self._process = OneAddressProcess(port, self)
        self._process.failed.connect(self._failed)
        self._process.lost.connect(self._lost)
        self._process.start()

    def set_state(self, state: "State") -> None:
        """Lead to what is on in this state."""
        self._state = state
        if self._process is not None:
            from trayapp.core.launch_environment import KEY
            from trayapp.core.one_address import lead_of

            own_key = os.environ.get(KEY, "") or self._own_key()
            self._process.lead_to(lead_of(state, self.remote_key, own_key, self._pages))

    def end(self) -> None:
        """Offer it no more."""
        if self._process is not None:
            self._process.end()
            self._process.deleteLater()
            self._process = None

    def _lost(self, reason: str) -> None:
        if not self._times_left:
            self._failed(reason)
            return
        self._times_left -= 1
        port = self.port
        self.end()
        self._launch(port)
        if self._state is not None:
            self.set_state(self._state)

    def _failed(self, reason: str) -> None:
        problem = Problem(ProblemKind.ADDRESS_NOT_USABLE, {"host": "127.0.0.1", "port": self.port, "reason": reason})
        self.end()
        self.failed.emit(problem)
