"""The installation of a vLLM: one at a time, in a child process, told in a notification and to whoever listens."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trayapp.core.runtime_rows import Offer
    from trayapp.core.runtimes import InstallProgress
    from trayapp.desktop.notifier import Notifier
    from trayapp.jobs.job_process import JobProcess

CANCELLED = "cancelled"


class Installs(QObject):
    """Signals: changed (progress and trouble say how it goes), ended(bool), start_wanted (a model waited for it)."""

    changed = Signal()
    ended = Signal(bool)
    start_wanted = Signal()

    def __init__(self, own_command: "Callable[[], tuple[str, ...]]", notifier: "Notifier", parent: QObject) -> None:
        super().__init__(parent)
        self._own_command = own_command
        self._notifier = notifier
        self._job: JobProcess | None = None
        self._start_after = False
        self.progress: InstallProgress | None = None
        """How far the one under way is; None before it has said anything, and when none is."""
        self.trouble: tuple[str, str] | None = None
        """Why the last one failed: a kind ("cancelled" among them), and a sentence."""

    @property
    def is_running(self) -> bool:
        """Whether one is under way."""
        return self._job is not None

    @property
    def share(self) -> float | None:
        """How much of the download is done, 0 to 1; None where that says nothing."""
        from trayapp.core.runtimes import InstallStep

        progress = self.progress
        if progress is None or progress.step is not InstallStep.DOWNLOADING or not progress.total_bytes:
            return None
        return min(1.0, progress.done_bytes / progress.total_bytes)

    def words(self, kept: str = "") -> str:
        """Return how far it is, or how it ended; kept is the version that stays in use when it failed, "" for none."""
        from trayapp.wording import runtime_page as words
        from trayapp.wording.runtimes import install_words

        if self._job is not None:
            return install_words(self.progress) if self.progress is not None else words.beginning_words()
        if self.trouble is None:
            return words.installed_words()
        kind, reason = self.trouble
        if kind == CANCELLED:
            return words.cancelled_words()
        return words.failed_words(reason or words.no_answer_words(), kept)

    def start(self, offer: "Offer | None" = None, *, start_after: bool = False, anew: bool = False) -> None:
        """Install this vLLM, or the one that suits this computer; nothing happens while one is under way.

        anew: also when it is there already, since it is damaged.
        """
        if self._job is not None:
            return
        from trayapp.jobs.job_process import JobProcess
        from trayapp.ui.install_progress import InstallNotice

        wanted = [offer.build, "--version", offer.version] if offer is not None else []
        wanted += ["--anew"] if anew else []
        command = (*self._own_command(), "runtime", "install", *wanted, "--json")
        self.progress, self.trouble, self._start_after = None, None, start_after
        job = self._job = JobProcess(command, self)
        notice = InstallNotice(self._notifier, job)
        self._notifier.pressed.connect(notice.pressed)
        notice.cancel_wanted.connect(job.cancel)
        job.told.connect(notice.told)
        job.told.connect(self._told)
        job.ended.connect(notice.ended)
        job.ended.connect(self._ended)
        self.changed.emit()
        job.start()

    def cancel(self) -> None:
        """End the one under way; what was downloaded is used by the next."""
        if self._job is not None:
            self._job.cancel()

    def end(self) -> None:
        """Cancel and wait: only when the app is about to leave."""
        if self._job is not None:
            self._job.end()

    def _told(self, values: "Mapping[str, object]") -> None:
        from trayapp.core.runtime_rows import read_progress

        if values.get("step") == "failed":
            self.trouble = str(values.get("kind", "")), str(values.get("detail", ""))
        else:
            self.progress = read_progress(values)
        self.changed.emit()

    def _ended(self, ok: bool) -> None:
        job, self._job = self._job, None
        self.progress = None
        if job is not None:
            job.deleteLater()
        if not ok and self.trouble is None:  # it died without a word
            self.trouble = "", ""
        self.changed.emit()
        self.ended.emit(ok)
        if ok and self._start_after:
            self.start_wanted.emit()
