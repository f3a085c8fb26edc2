"""Runs the app's own address as a child process, and tells it where to lead."""

import json
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from trayapp.core.one_address import Lead

PROGRAM = Path(__file__).with_name("one_address.py")
_END_PATIENCE_MS = 2_000


class OneAddressProcess(QObject):
    """One process on one port. Signals: listening(port); failed(reason): it cannot; lost(reason): it ended unasked."""

    listening = Signal(int)
    failed = Signal(str)
    lost = Signal(str)

    def __init__(self, port: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.port = port
        self._over = False  # it was told to end, or has said why it cannot be
        self._process = QProcess(self)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.errorOccurred.connect(self._error)
        self._process.finished.connect(self._finished)

    @property
    def pid(self) -> int:
        """Its number, 0 when it does not run."""
        return self._process.processId()

    def start(self) -> None:
        """Launch it; it leads nowhere yet."""
        self._process.start(sys.executable, ["-I", str(PROGRAM)])
        self._tell({"port": self.port})

    def lead_to(self, lead: Lead | None) -> None:
        """Lead programs there, or nowhere."""
        self._tell({} if lead is None else lead.as_json())

    def end(self) -> None:
        """End it, and wait for that: it only has to close its sockets."""
        self._over = True
        self._process.closeWriteChannel()
        if not self._process.waitForFinished(_END_PATIENCE_MS):
            self._process.kill()

    def _tell(self, order: dict[str, object]) -> None:
        self._process.write(json.dumps(order).encode() + b"\n")  # by a pipe: a key stands in no argument

    def _read(self) -> None:
        while self._process.canReadLine():
            news = json.loads(bytes(self._process.readLine().data()))
            if "listening" in news:
                self.listening.emit(news["listening"])
            else:
                self._fail(str(news.get("problem")))

    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._fail(self._process.errorString())

    def _fail(self, reason: str) -> None:
        self._over = True
        self.failed.emit(reason)

    def _finished(self) -> None:
        self._read()
        if not self._over:
            self.lost.emit(self._process.errorString())
