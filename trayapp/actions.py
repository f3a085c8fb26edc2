"""What the app does for a wish that is not the lifecycle's: files, pages, the clipboard, the choice of a model.

Nothing in here waits: what blocks is done in a thread, and told when it is done.
"""

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.states import Failed, Ready, Stopped
from trayapp.storage.settings_file import change_settings, current_settings, peek_settings, write_defaults_if_missing

# What only some moments need is imported there: the app comes up sooner, and takes less memory while it is idle.
if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.settings import Settings
    from trayapp.desktop.sleep_watch import SleepWatch
    from trayapp.probes.gpus import GpuSurvey
    from trayapp.storage.folders import Folders
    from trayapp.supervision.background import Background
    from trayapp.supervision.controller import Controller
    from trayapp.supervision.log_book import LogBook
    from trayapp.ui.announcements import Announcements
    from trayapp.ui.windows import Windows

DRIVER_PAGE = "https://www.nvidia.com/drivers"
MODEL_PAGES = "https://huggingface.co/"
_MEMORY_BACK_AFTER_MS = 2_000  # what a window still does when it closes is done by then


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of the app that an action may need."""

    controller: "Controller"
    log_book: "LogBook"
    background: "Background"
    announcements: "Announcements"
    windows: "Windows"
    folders: "Folders"


class Actions(QObject):
    """One method for each of them."""

    settings_changed = Signal(object)
    """The settings as they are now."""

    def __init__(self, parts: Parts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._parts = parts
        self._sleep_watch: SleepWatch | None = None
        parts.windows.all_closed.connect(lambda: QTimer.singleShot(_MEMORY_BACK_AFTER_MS, self, self._give_memory_back))

    def _give_memory_back(self) -> None:
        from trayapp.desktop.idle_memory import give_memory_back

        gc.collect()  # here: objects of Qt must not die in a thread
        gc.freeze()  # what is left is code by now and lives on: the next time is short
        self._parts.background.run(give_memory_back, lambda _: None)

    def read_settings(self) -> None:
        """Read the settings anew; a file that makes no sense, or not yet, is left to the next start."""
        path = self._parts.folders.settings_file

        def told(settings: "Settings | None") -> None:
            if settings is not None:
                self.settings_changed.emit(settings)

        self._parts.background.run(lambda: peek_settings(path), told)

    def watch_settings(self) -> None:
        """Read the settings from now on whenever somebody has written them."""
        from trayapp.presenters.settings_watch import SettingsWatch

        SettingsWatch(self._parts.folders.settings_file, self).changed.connect(self.read_settings)
        self.read_settings()  # what was written since they were read at the start

    def copy_address(self, own_port: int) -> None:
        """Put the server's address into the clipboard, or the app's own where it has one (0: it has none)."""
        state = self._parts.controller.state
        if isinstance(state, Ready):
            from trayapp.core.one_address import own_address

            QGuiApplication.clipboard().setText(own_address(own_port) if own_port else state.plan.endpoint)

    def show_gpu_users(self) -> None:
        """Show which programs hold memory of the GPUs."""

        def show(survey: "GpuSurvey") -> None:
            from trayapp.wording.details import gpu_users_title, gpu_users_words

            self._parts.windows.show_text(gpu_users_title(), gpu_users_words(survey.gpus))

        self._parts.background.run(ask_gpus, show)

    def listen_for_waking(self) -> None:
        """Look from now on whenever the computer wakes up; once is enough, but a bus that was lost is asked again."""
        if self._sleep_watch is None:
            from trayapp.desktop.sleep_watch import SleepWatch

            self._sleep_watch = SleepWatch(self)
            self._sleep_watch.woke.connect(self.look_after_waking)
        self._sleep_watch.listen()

    def look_after_waking(self) -> None:
        """Ask the server and the driver of its GPUs at once: a GPU does not always wake up with the computer."""
        from trayapp.core.launch import LaunchPlan

        state = self._parts.controller.state
        self._parts.controller.ask_server_now()
        if isinstance(state, Ready) and isinstance(state.plan, LaunchPlan) and state.plan.gpus:

            def told(survey: "GpuSurvey") -> None:
                self._parts.announcements.say([survey.problem] if survey.problem is not None else [])

            self._parts.background.run(ask_gpus, told)

    def free_gpu(self) -> None:
        """Set the model aside: stop it, and remember to bring it back. Where it is set aside, bring it back."""
        controller, path = self._parts.controller, self._parts.folders.settings_file
        if isinstance(controller.state, Stopped | Failed):
            controller.take(StartWanted())
            return
        controller.take(StopWanted())

        def kept(problem: Problem | None) -> None:
            self._parts.announcements.say([problem] if problem is not None else [])
            self.read_settings()

        self._parts.background.run(lambda: change_settings(path, {"model_set_aside": True}), kept)

    def end_leftovers(self) -> None:
        """End what an earlier run of the app has left."""
        from trayapp.assembly import end_abandoned

        self._parts.background.run(end_abandoned, self._parts.announcements.say)

    def unload_ollama(self) -> None:
        """Have Ollama free the GPU, and start then."""

        def unload() -> None:
            from trayapp.backends.ollama_client import ollama_target, unload_everything

            unload_everything(ollama_target())

        self._parts.background.run(unload, lambda _: self._parts.controller.take(StartWanted()))

    def open_model_page(self) -> None:
        """Open the page of the model that failed, or its folder."""
        state = self._parts.controller.state
        if isinstance(state, Failed) and state.plan is not None:
            model = state.plan.model
            page = QUrl.fromLocalFile(model) if Path(model).is_absolute() else QUrl(MODEL_PAGES + model)
            QDesktopServices.openUrl(page)

    def open_driver_page(self) -> None:
        """Open the page where drivers come from."""
        QDesktopServices.openUrl(QUrl(DRIVER_PAGE))

    def copy_report(self) -> None:
        """Put the report of a failure into the clipboard."""
        state, lines = self._parts.controller.state, self._parts.log_book.lines()
        if isinstance(state, Failed):

            def report() -> str:
                from trayapp.planner import make_report

                return make_report(self._parts.folders, state, lines)

            self._parts.background.run(report, QGuiApplication.clipboard().setText)

    def open_settings(self) -> None:
        """Open the settings file in the program for such files."""
        path = self._parts.folders.settings_file

        def written(problem: Problem | None) -> None:
            if problem is not None:
                self._parts.announcements.say([problem])
            elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
                self._parts.announcements.say([Problem(ProblemKind.NO_PROGRAM_FOR_FILE, {"path": str(path)})])

        self._parts.background.run(lambda: write_defaults_if_missing(path), written)

    def keep_choice(self, choice: "Mapping[str, str]") -> Problem | None:
        """Choose a model (an id or an absolute path), a backend, a server (blocks: it is called in a thread)."""
        from trayapp.core.where_to_run import choice_changes

        path = self._parts.folders.settings_file
        return change_settings(path, choice_changes(current_settings(path), **choice))

    def use(self, **choice: str) -> None:
        """Choose a model, a backend, a server, and start it."""

        def kept(problem: Problem | None) -> None:
            if problem is not None:
                self._parts.announcements.say([problem])
            else:
                self._parts.controller.take(RestartWanted())

        self._parts.background.run(lambda: self.keep_choice(choice), kept)


def ask_gpus() -> "GpuSurvey":
    """Return what the driver says of the GPUs (blocks)."""
    from trayapp.probes.gpus import find_gpus

    return find_gpus()
