"""The installation of a vLLM: one at a time, in a child process, told in a notification and to whoever listens."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from trayapp.desktop.notifier import Notifier
    from trayapp.jobs.job_process import JobProcess


class Installs(QObject):
    """Signals: told(dict) as `runtime install --json` prints it, ended(bool)."""

    told = Signal(object)
    ended = Signal(bool)

    def __init__(self, own_command: "Callable[[], tuple[str, ...]]", notifier: "Notifier", parent: QObject) -> None:
        super().__init__(parent)
        self._own_command = own_command
        self._notifier = notifier
        self._job: JobProcess | None = None

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._job is not None

    def start(self) -> None:
        """Install the build for the processor; nothing happens while one is under way."""
        if self._job is not None:
            return
        from trayapp.jobs.job_process import JobProcess
        from trayapp.ui.install_progress import InstallNotice

        job = self._job = JobProcess((*self._own_command(), "runtime", "install", "cpu", "--json"), self)
        notice = InstallNotice(self._notifier, job)
        self._notifier.pressed.connect(notice.pressed)
        notice.cancel_wanted.connect(job.cancel)
        job.told.connect(notice.told)
        job.told.connect(self.told)
        job.ended.connect(self._ended)
        job.start()

    def cancel(self) -> None:
        """End the one under way; what was downloaded is used by the next."""
        if self._job is not None:
            self._job.cancel()

    def end(self) -> None:
        """Cancel and wait: only when the app is about to leave."""
        if self._job is not None:
            self._job.end()

    def _ended(self, ok: bool) -> None:
        self._job = None
        self.ended.emit(ok)
