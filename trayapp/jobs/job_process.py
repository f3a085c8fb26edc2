"""Runs a long command of ours in a child process and passes on what it tells: one JSON object a line."""

import json
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

_END_PATIENCE_MS = 5_000


class JobProcess(QObject):
    """One run. Signals: told(dict) for each line, ended(bool) once: whether it succeeded.

    environment replaces the app's own.
    """

    told = Signal(object)
    ended = Signal(bool)

    def __init__(
        self, command: Sequence[str], parent: QObject | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._process = QProcess(self)
        if environment is not None:
            values = QProcessEnvironment()
            for name, value in environment.items():
                values.insert(name, value)
            self._process.setProcessEnvironment(values)
        self._process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._error)

    def start(self) -> None:
        """Launch the command."""
        program, *arguments = self._command
        self._process.start(program, arguments)

    def cancel(self) -> None:
        """Ask the command to end; ended tells when it has."""
        self._process.terminate()

    def end(self) -> None:
        """Cancel and wait: only when the app is about to leave."""
        if self._process.state() is not QProcess.ProcessState.NotRunning:
            self._process.finished.disconnect(self._finished)
            self._process.terminate()
            self._process.waitForFinished(_END_PATIENCE_MS)

    def _read(self) -> None:
        while self._process.canReadLine():
            try:
                values = json.loads(bytes(self._process.readLine().data()))
            except ValueError:
                continue  # a library's own print: not for us
            if isinstance(values, dict):
                self.told.emit(values)

    def _finished(self, code: int) -> None:
        self._read()
        self.ended.emit(code == 0 and self._process.exitStatus() is QProcess.ExitStatus.NormalExit)

    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self.told.emit({"step": "failed", "detail": self._process.errorString()})
            self.ended.emit(False)
