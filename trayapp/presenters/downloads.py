"""The download of a model in a child process, one at a time. It outlives the windows that show it."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Signal

from trayapp.core.download import DownloadProgress, DownloadStep
from trayapp.core.problems import Problem, ProblemKind
from trayapp.desktop.secrets import HUB_TOKEN, Secrets
from trayapp.jobs.job_process import JobProcess
from trayapp.storage.settings_file import change_settings, current_settings
from trayapp.supervision.aside import aside
from trayapp.wording import models_page as words
from trayapp.wording.models import download_words
from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.presenters.behind import Behind

START = "start_downloaded"
_NEEDS_TOKEN = {ProblemKind.MODEL_GATED, ProblemKind.HUB_TOKEN_REFUSED}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is being downloaded: the model, and the commit that its plan was made for ("" for any)."""

    model: str
    commit: str = ""
    with_token: bool = False
    check: bool = False  # files that are there may be damaged


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a download is: at work, pausing, or in trouble."""

    wanted: Wanted
    progress: DownloadProgress
    paused: bool = False
    trouble: Problem | None = None
    note: str = ""


class Downloads(QObject):
    """Signals: changed (shown says how far it is), done(model), with "" when parts were removed."""

    changed = Signal()
    done = Signal(str)

    def __init__(self, behind: "Behind") -> None:
        super().__init__(behind.windows)
        self._behind = behind
        self._background = behind.background
        self._folders = behind.folders
        self._notifier = behind.notifier
        self._secrets = Secrets()
        self._job: JobProcess | None = None
        self._after_end = ""  # what was wished while it works: "pause", "cancel"
        self._last_done = ""
        self.shown: Shown | None = None
        self._notifier.pressed.connect(self._pressed)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.end)

    def start(self, model: str, commit: str = "", *, check: bool = False) -> None:
        """Download a model; does nothing while another is at work. check: what is there may be damaged."""
        if self._job is None:
            self._run(Wanted(model, commit, check=check))

    def pause(self) -> None:
        """Interrupt it; everything is kept."""
        self._end("pause")

    def resume(self) -> None:
        """Go on."""
        if self._job is None and self.shown is not None:
            self._run(replace(self.shown.wanted, commit=""))

    def cancel(self) -> None:
        """Give it up, and remove the parts."""
        if self._job is not None:
            self._end("cancel")
        elif self.shown is not None:
            self._forget_parts(self.shown)

    def use_token(self, token: str) -> None:
        """Keep a token in the keyring, and go on with it."""
        shown = self.shown
        if shown is None or self._job is not None:
            return

        def kept(problem: Problem | None) -> None:
            # Without a keyring it holds for this run, and that is said.
            note = problem_words(problem).detail if problem is not None else ""
            self._run(replace(shown.wanted, with_token=True), token, note)

        self._background.run(lambda: self._secrets.keep(HUB_TOKEN, token), kept)

    def allow_code(self, model_and_commit: str) -> None:
        """Write down that the code of this revision may run, and go on."""
        shown = self.shown
        if shown is None or self._job is not None:
            return
        file = self._folders.settings_file

        def keep() -> Problem | None:
            allowed = current_settings(file).code_allowed
            return change_settings(file, {"code_allowed": [*dict.fromkeys((*allowed, model_and_commit))]})

        def kept(problem: Problem | None) -> None:
            if problem is not None:
                self._show(replace(shown, trouble=problem))
            else:
                self._run(shown.wanted)

        self._background.run(keep, kept)

    def end(self) -> None:
        """End it because the app leaves; the next download goes on from what is there."""
        if self._job is not None:
            self._job.end()

    def _run(self, wanted: Wanted, token: str = "", note: str = "") -> None:
        if self._job is not None:
            return  # one at a time, whichever answer of the keyring or the settings came first
        command = [*self._behind.own_command(), "model", "download", wanted.model, "--json"]
        if wanted.commit:
            command += ["--planned", wanted.commit]
        if wanted.check:
            command.append("--check")
        environment = {**os.environ, "HF_TOKEN": token} if token else None
        job = self._job = JobProcess(command, self, environment)
        self._after_end = ""
        progress = DownloadProgress(DownloadStep.LOOKING, wanted.model)
        if self.shown is not None and self.shown.wanted.model == wanted.model:
            before = self.shown.progress
            progress = replace(progress, done_bytes=before.done_bytes, total_bytes=before.total_bytes)
        self._show(Shown(wanted, progress, note=note))
        job.told.connect(self._told)
        job.ended.connect(self._ended)
        job.start()

    def _end(self, wish: str) -> None:
        if self._job is not None:
            self._after_end = wish
            self._job.cancel()

    def _told(self, values: "Mapping[str, Any]") -> None:
        if self.shown is None:
            return
        if values.get("step") == "failed":
            if values.get("kind") != "cancelled":
                self._show(replace(self.shown, trouble=_problem(values)))
            return
        progress = DownloadProgress(
            DownloadStep(values["step"]),
            self.shown.wanted.model,
            str(values["revision"]),
            int(values["done_bytes"]),
            int(values["total_bytes"]),
            int(values["fetched_bytes"]),
            int(values["bytes_a_second"]),
            float(values["wait_s"]),
        )
        if progress.step is DownloadStep.WAITING:  # the bar stays where it is
            before = self.shown.progress
            progress = replace(progress, done_bytes=before.done_bytes, total_bytes=before.total_bytes)
        self._show(replace(self.shown, progress=progress, trouble=None, paused=False))

    def _ended(self, ok: bool) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.deleteLater()
        shown = self.shown
        if shown is None:
            return
        if ok:
            self._show(replace(shown, trouble=None))
            self._last_done = shown.wanted.model
            text = download_words(shown.progress)
            self._notifier.show(words.done_title(), text, ((START, words.start_label()),), urgent=False, lasting=False)
            self.done.emit(shown.wanted.model)
        elif self._after_end == "cancel":
            self._forget_parts(shown)
        elif self._after_end == "pause":
            self._show(replace(shown, paused=True, trouble=None))
        elif shown.trouble is None:  # it died without a word
            self._fail(replace(shown, trouble=Problem(ProblemKind.HUB_UNREACHABLE, {"model": shown.wanted.model})))
        elif shown.trouble.kind in _NEEDS_TOKEN and not shown.wanted.with_token:
            self._try_with_token(shown)
        else:
            self._fail(shown)

    def _try_with_token(self, shown: Shown) -> None:
        """The keyring is asked only now: it may make the person unlock it."""

        def read(token: str) -> None:
            if self.shown is not shown:
                return  # the person was quicker
            if token:
                self._run(replace(shown.wanted, with_token=True), token)
            else:
                self._fail(shown)

        self._background.run(lambda: self._secrets.read(HUB_TOKEN), read)

    def _fail(self, shown: Shown) -> None:
        self._show(shown)
        if shown.trouble is not None:
            said = problem_words(shown.trouble)
            title = words.failed_title(shown.wanted.model)
            self._notifier.show(title, f"{said.detail} {said.remedy}".strip(), (), urgent=True, lasting=False)

    def _forget_parts(self, shown: Shown) -> None:
        model = shown.wanted.model
        self._show(None)

        def forget() -> None:
            from trayapp.model_shelf import remove_parts

            aside(remove_parts, model)

        self._background.run(forget, lambda _nothing: self.done.emit(""))

    def _show(self, shown: Shown | None) -> None:
        self.shown = shown
        self.changed.emit()

    def _pressed(self, key: str) -> None:
        if key == START and self._last_done:
            self._behind.use_model(self._last_done)


def downloads_of(behind: "Behind") -> Downloads:
    """Return the downloads of the app, made when they are first wanted."""
    return behind.windows.findChild(Downloads) or Downloads(behind)


def _problem(values: "Mapping[str, Any]") -> Problem:
    """Return the problem that the child told; its own words where this version does not know the kind."""
    try:
        return Problem(ProblemKind(str(values.get("kind"))), dict(values.get("values", {})))
    except ValueError:
        return Problem(ProblemKind.APP_MISTAKE, {"error": str(values.get("detail", ""))})
