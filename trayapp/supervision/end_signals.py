"""SIGTERM, SIGINT and SIGHUP as a Qt signal: a Python handler alone does not run while Qt waits for events."""

import os
import signal
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier, Signal


class EndSignals(QObject):
    """Emits end_wanted for the first such signal; a second one ends the app at once."""

    end_wanted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, writer = os.pipe()  # for as long as the process lives
        os.set_blocking(self._reader, False)
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        self._asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._again)
        self._notifier = QSocketNotifier(self._reader, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def _again(self, number: int, _frame: FrameType | None) -> None:
        if self._asked:
            os._exit(128 + number)  # the guard ends the server
        self._asked = True

    def _read(self) -> None:
        try:
            os.read(self._reader, 64)
        except BlockingIOError:
            return
        self.end_wanted.emit()
