"""One launch of the server through QProcess and the guard: its lines, its pid, its end. A new object for each launch.

What the lines mean and what happens after the end are decided elsewhere.
"""

import os
import select
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QSocketNotifier, QTimer, Signal

from trayapp.core.exits import Exit
from trayapp.core.log_lines import LineAssembler
from trayapp.core.server_mark import mark_environment
from trayapp.supervision.patience import PATIENCE_S

if TYPE_CHECKING:
    from trayapp.core.launch import LaunchPlan, OllamaPlan

_KILLED_MS = 1000
_GUARD_S = 8.0
"""What the guard may take beyond the server's patience: it gives workers half a second, and what will not die five."""
GUARD = Path(__file__).with_name("guard.py")


class ServerProcess(QObject):
    """Runs a plan.

    Signals: started(pid), lines(list of str), not_started(reason), ended(Exit); ended comes once, and last.
    """

    started = Signal(int)
    lines = Signal(object)
    not_started = Signal(str)
    ended = Signal(object)

    def __init__(self, plan: "LaunchPlan | OllamaPlan", mark: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self._mark = mark
        self._code: int | None = None
        self._signal: int | None = None
        self._survivors: tuple[int, ...] = ()
        self._reason: str | None = None
        self._report = b""
        self._assemblers = {
            QProcess.ProcessChannel.StandardOutput: LineAssembler(),
            QProcess.ProcessChannel.StandardError: LineAssembler(),
        }
        self._reader = -1
        self._notifier: QSocketNotifier | None = None
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read_output)
        self._process.readyReadStandardError.connect(self._read_error)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._error)

    def start(self) -> None:
        """Launch. Must be called on the main thread: the guard dies with the thread that launched it."""
        try:
            self._reader, writer = os.pipe()
        except OSError as error:  # no descriptor left
            self.not_started.emit(error.strerror)
            self.ended.emit(Exit(None))
            return
        os.set_inheritable(writer, True)
        os.set_blocking(self._reader, False)
        self._notifier = QSocketNotifier(self._reader, QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read_report)
        environment = QProcessEnvironment.systemEnvironment()
        for name, value in {**self._plan.environment, **mark_environment(self._mark)}.items():
            environment.insert(name, value)
        self._process.setProcessEnvironment(environment)
        # A session of its own: a terminal's Ctrl-C or hang-up reaches the app, not the server behind its back.
        parameters = QProcess.UnixProcessParameters()
        parameters.flags = QProcess.UnixProcessFlag.CreateNewSession
        self._process.setUnixProcessParameters(parameters)
        guard = ["-I", "-S", str(GUARD), str(os.getpid()), str(writer), str(PATIENCE_S)]
        self._process.start(sys.executable, [*guard, self._plan.executable, *self._plan.arguments])
        os.close(writer)

    @property
    def guard_pid(self) -> int:
        """The process above all of the server's, 0 while there is none."""
        return self._process.processId()

    def end(self, patience_s: float = PATIENCE_S) -> None:
        """Ask the guard to end the server with all its processes; ended tells when it is done.

        Less patience than PATIENCE_S is asked for by a second signal. A guard that does not come to its work (it was
        frozen, or hangs) is killed, so that what it guarded is found by the mark, as after any other death of it.
        """
        if self._process.state() is QProcess.ProcessState.NotRunning:
            return
        self._process.terminate()
        if patience_s < PATIENCE_S:
            QTimer.singleShot(int(patience_s * 1000), self, self._process.terminate)
        QTimer.singleShot(int((patience_s + _GUARD_S) * 1000), self, self._process.kill)

    def wait_until_ended(self, timeout_s: float) -> bool:
        """Block until everything has ended; only for the last moments of the app."""
        if self._process.waitForFinished(int(timeout_s * 1000)):
            return True
        self._process.kill()
        return self._process.waitForFinished(_KILLED_MS)

    def _read_output(self) -> None:
        self._read(QProcess.ProcessChannel.StandardOutput)

    def _read_error(self) -> None:
        self._read(QProcess.ProcessChannel.StandardError)

    def _read(self, channel: QProcess.ProcessChannel) -> None:
        standard_output = channel is QProcess.ProcessChannel.StandardOutput
        data = self._process.readAllStandardOutput() if standard_output else self._process.readAllStandardError()
        lines = self._assemblers[channel].feed(data.data())
        if lines:
            self.lines.emit(lines)

    def _read_report(self) -> None:
        try:
            data = os.read(self._reader, 65536)
        except BlockingIOError:
            return
        if not data:
            self._close_report()
            return
        self._report += data
        *facts, self._report = self._report.split(b"\n")
        for fact in facts:
            self._note(fact.decode(errors="replace"))

    def _note(self, fact: str) -> None:
        word, _, rest = fact.partition(" ")
        match word:
            case "started":
                self.started.emit(int(rest))
            case "failed":
                self._reason = rest.partition(" ")[2]
            case "exited":
                self._code = int(rest)
            case "signalled":
                self._signal = int(rest)
            case "survivors":
                self._survivors = tuple(map(int, rest.split()))
            case _:
                raise AssertionError(fact)

    def _close_report(self) -> None:
        if self._notifier is not None:
            self._notifier.setEnabled(False)
            self._notifier = None
            os.close(self._reader)

    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:  # our own Python is missing; finished does not follow
            self._close_report()
            self.not_started.emit(self._process.errorString())
            self.ended.emit(Exit(None))

    def _finished(self) -> None:
        self._read_output()
        self._read_error()
        for assembler in self._assemblers.values():
            rest = assembler.finish()
            if rest:
                self.lines.emit(rest)
        while self._notifier is not None and self._report_waits():
            self._read_report()
        self._close_report()
        if self._reason is not None:
            self.not_started.emit(self._reason)
        self.ended.emit(Exit(self._code, self._signal, self._survivors))

    def _report_waits(self) -> bool:
        """Whether the guard's pipe has something to read now: facts, or its end."""
        return bool(select.select([self._reader], [], [], 0)[0])
