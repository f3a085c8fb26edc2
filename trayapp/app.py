"""Builds every object of the tray app and connects every signal; nothing else does.

What leads from a click to a running model is told by `App.__init__`, from top to bottom.
"""

import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from trayapp.actions import Actions, Parts, ask_gpus
from trayapp.assembly import (
    RemoteKeys,
    apply_login_start,
    build_controller,
    end_abandoned,
    own_command,
    set_login_start,
    settings_at_start,
)
from trayapp.core.backend import Backend
from trayapp.core.events import RestartWanted, StartWanted, StopWanted
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import SELFTEST_MODEL, Settings
from trayapp.core.states import Checking, Failed, Ready, State, Stopped
from trayapp.desktop.autostart_xdg import Autostart
from trayapp.desktop.bus_probe import leave_out_silent_bus
from trayapp.desktop.notifier import Notifier
from trayapp.desktop.notifier_tray import TrayNotifier
from trayapp.desktop.secrets import Secrets
from trayapp.desktop.single_instance import Instance, Request
from trayapp.presenters import OPENED_BY
from trayapp.presenters.one_address import OneAddressKeeper
from trayapp.probes.resources import resource
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import load_settings
from trayapp.supervision.background import Background
from trayapp.supervision.end_signals import EndSignals
from trayapp.ui.announcements import Announcements
from trayapp.ui.icons import Icons
from trayapp.ui.tray import Tray
from trayapp.ui.views import tray_view
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

# What only some moments need is imported there: the app comes up sooner, and takes less memory while it is idle.
if TYPE_CHECKING:
    from types import TracebackType

    from trayapp.commands.answers import Answers
    from trayapp.presenters.behind import Behind
    from trayapp.presenters.installs import Installs
    from trayapp.presenters.start_recorder import StartRecorder

APP_NAME = "vLLM Tray"
FIRST_LOOK_AFTER_MS, FIRST_RUN_AFTER_MS = 200, 1_000  # the icon comes first


def run_app(when_up: Callable[[], object]) -> int:
    """Run the tray app until it is ended; a second start shows the first one and returns at once."""
    bus_is_silent = leave_out_silent_bus()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("vllm-tray")
    application.setApplicationDisplayName(APP_NAME)
    application.setDesktopFileName("vllm-tray")
    application.setQuitOnLastWindowClosed(False)
    instance = Instance()
    try:
        first, trouble = instance.acquire(), None
    except OSError as error:
        first, trouble = False, error
    if not first:
        from trayapp.commands.app_client import say_deaf, show_first

        return show_first() if trouble is None else say_deaf(trouble)
    app = App(application, instance)
    app.note_bus(answers=not bus_is_silent)
    application.aboutToQuit.connect(app.leave)
    sys.excepthook = app.bug_seen
    when_up()
    return application.exec()


class App(QObject):
    """The parts of the app of one user, and the wires between them."""

    def __init__(self, application: QApplication, instance: Instance) -> None:
        super().__init__(application)
        self._application = application
        self._folders = find_folders()
        self._quitting = False
        self._bug_told = False
        loaded = load_settings(self._folders.settings_file)
        self._settings = loaded.settings
        self._background = Background(self)
        self._autostart = Autostart(own_command())
        self._secrets = Secrets()
        remote_keys = RemoteKeys(self._secrets)
        self._controller, self._log_book = build_controller(
            self._folders, secrets=self._secrets, remote_keys=remote_keys, parent=self
        )
        self._one_address = OneAddressKeeper(remote_keys.get, lambda: remote_keys.of_this_computer, self)
        self._wishes = Wishes(self)
        self._icons = Icons(resource("icons"))
        self._tray = Tray(self._icons, self._wishes, self)
        fallback = TrayNotifier(lambda: self._tray.icon, self)
        self._notifier = Notifier(APP_NAME, fallback, str(resource("icons/vllm-tray-64.png")), self)
        self._announcements = Announcements(self._notifier, self._wishes, self)
        self._end_signals = EndSignals(self)
        self._windows = Windows(self._icons, self._wishes, self._log_book.lines, self)
        owners = (self._controller, self._log_book, self._background, self._announcements, self._windows)
        self._actions = Actions(Parts(*owners, self._folders), self)
        self._installs: Installs | None = None
        self._answers: Answers | None = None
        self._behind: Behind | None = None
        self._starts: StartRecorder | None = None
        self._controller.state_changed.connect(self._state_changed)
        self._notifier.pressed.connect(self._announcements.pressed)
        self._notifier.unseen.connect(lambda reason: self._log_book.add([f"--- notification not shown: {reason}"]))
        self._wishes.use_selftest_model_wanted.connect(lambda: self._use_model(SELFTEST_MODEL))
        self._connect_wishes()
        instance.setParent(self)
        instance.request.connect(self._answer)
        self._end_signals.end_wanted.connect(self.quit)
        application.commitDataRequest.connect(self.quit)
        self._log_book.added.connect(self._windows.add_to_log)
        self._windows.model_chosen.connect(self._folder_chosen)
        self._tray.available_changed.connect(self._windows.set_tray_available)

        self._one_address.failed.connect(lambda problem: self._announcements.say([problem]))
        self._begin(loaded.problems)

    def _begin(self, problems: tuple[Problem, ...]) -> None:
        """Show what there is, and do what waits for the app to be up."""
        self._one_address.follow(self._settings, self._controller.state)
        self._render()
        aside = (Problem(ProblemKind.MODEL_SET_ASIDE),) if self._settings.model_set_aside else ()
        self._announcements.say((*problems, *aside))
        QTimer.singleShot(FIRST_LOOK_AFTER_MS, self, self._first_look)
        if not self._folders.settings_file.exists():
            QTimer.singleShot(FIRST_RUN_AFTER_MS, self, lambda: self._show("set_up"))
        if self._settings.start_model_on_launch and not aside:
            QTimer.singleShot(0, self, lambda: self._controller.take(StartWanted()))

    def _first_look(self) -> None:
        """What the icon need not wait for: its threads would take turns with the drawing of it."""
        self._background.run(lambda: apply_login_start(self._folders, self._autostart), self._login_start_changed)
        self._background.run(end_abandoned, self._announcements.say)
        self._actions.watch_settings()

    def _connect_wishes(self) -> None:
        wishes, take = self._wishes, self._controller.take
        wishes.start_wanted.connect(lambda: take(StartWanted()))
        wishes.stop_wanted.connect(lambda: take(StopWanted()))
        wishes.restart_wanted.connect(lambda: take(RestartWanted()))
        wishes.free_gpu_wanted.connect(self._actions.free_gpu)
        self._actions.settings_changed.connect(self._settings_read)
        wishes.copy_address_wanted.connect(lambda: self._actions.copy_address(self._one_address.port))
        wishes.event_wanted.connect(take)
        wishes.show_details_wanted.connect(self._windows.show_details)
        wishes.place_wanted.connect(lambda choice: self._actions.use(**choice))
        wishes.show_gpu_users_wanted.connect(self._actions.show_gpu_users)
        wishes.end_leftovers_wanted.connect(self._actions.end_leftovers)
        wishes.open_model_page_wanted.connect(self._actions.open_model_page)
        wishes.open_driver_page_wanted.connect(self._actions.open_driver_page)
        self._windows.report_wanted.connect(self._actions.copy_report)
        wishes.unload_ollama_wanted.connect(self._actions.unload_ollama)
        wishes.open_settings_wanted.connect(self._actions.open_settings)
        wishes.install_runtime_wanted.connect(lambda: self._install().start(start_after=True))
        wishes.reinstall_runtime_wanted.connect(lambda: self._install().start(start_after=True, anew=True))
        for wish, window in OPENED_BY.items():
            getattr(wishes, f"{wish}_wanted").connect(partial(self._show, window))
        wishes.start_on_login_wanted.connect(self._set_start_on_login)
        wishes.quit_wanted.connect(self.quit)

    def note_bus(self, *, answers: bool) -> None:
        """Say in the log why nothing is shown by way of the desktop."""
        if not answers:
            self._log_book.add(["--- the session bus does not answer: no notifications, and an icon of the older kind"])

    def bug_seen(self, kind: type[BaseException], bug: BaseException, where: "TracebackType | None") -> None:
        """Tell a mistake of the app itself once, with its traceback in the log; the app goes on."""
        from traceback import format_exception

        sys.__excepthook__(kind, bug, where)
        self._log_book.add(["--- a mistake in the app:", *"".join(format_exception(kind, bug, where)).splitlines()])
        if not self._bug_told:
            self._bug_told = True
            self._announcements.say([Problem(ProblemKind.APP_MISTAKE, {"error": f"{kind.__name__}: {bug}"})])

    def quit(self) -> None:
        """End the model, then the app."""
        self._quitting = True
        self._controller.take(StopWanted())
        self._leave_when_stopped()

    def leave(self) -> None:
        """The last thing that happens, however the app ends: nothing of the server stays."""
        self._controller.end_now()
        self._one_address.end()
        if self._installs is not None:
            self._installs.end()
        self._notifier.withdraw()
        self._tray.hide()

    def _state_changed(self, before: State, after: State) -> None:
        if not self._quitting:
            self._announcements.state_changed(before, after)
        self._windows.set_state(after)
        self._one_address.set_state(after)
        self._start_recorder().state_changed(after)
        if isinstance(after, Ready):
            self._actions.listen_for_waking()
        if isinstance(after, Checking):  # the settings were read anew, and may have been edited by hand
            self._background.run(lambda: settings_at_start(self._folders), self._settings_read)
        self._render()
        self._leave_when_stopped()

    def _leave_when_stopped(self) -> None:
        if not self._quitting:
            return
        if isinstance(self._controller.state, Stopped | Failed):
            self._application.quit()
        else:  # somebody has asked for a start meanwhile
            self._controller.take(StopWanted())

    def _render(self) -> None:
        view = tray_view(self._controller.state, self._settings, self._autostart.state())
        self._tray.render(view)
        self._windows.render(view)

    def _settings_read(self, settings: Settings) -> None:
        self._settings = settings
        self._one_address.follow(settings, self._controller.state)
        self._render()

    def _answer(self, request: Request) -> None:
        if self._answers is None:
            from trayapp.commands.answers import Answers, Desk

            keep, show = self._actions.keep_choice, self._windows.show_status
            desk = Desk(self._controller, self._log_book, self._background, keep, ask_gpus, show, self.quit)
            self._answers = Answers(desk, self)
        self._answers.take(request)

    def _start_recorder(self) -> "StartRecorder":
        if self._starts is None:
            from trayapp.presenters.start_recorder import StartRecorder

            self._starts = StartRecorder(self._folders.start_times_file, self._background, self)
        return self._starts

    def _show(self, window: str) -> None:
        """Open a window that trayapp/presenters makes."""
        from importlib import import_module

        from trayapp.presenters.behind import Behind

        if self._behind is None:
            parts = (self._controller, self._background, self._windows, self._wishes, self._folders)
            self._behind = Behind(
                *(*parts, self._start_recorder(), own_command, self._secrets),
                *(lambda choice: self._actions.use(**choice), self._one_address.remote_key, self._notifier),
                self._use_model,
                self._actions.read_settings,
                self._install(),
            )
        load = partial(import_module, f"trayapp.presenters.{window}")  # in a thread: the first time takes 0.1 s
        self._background.run(load, lambda module: module.show(self._behind))

    def _folder_chosen(self, folder: str) -> None:
        if not self._windows.is_open("set_up"):  # there it is shown how it fits before it is started
            self._use_model(folder)

    def _use_model(self, model: str) -> None:
        self._actions.use(model=model, backend=Backend.VLLM)

    def _set_start_on_login(self, on: bool) -> None:
        self._background.run(lambda: set_login_start(self._folders, self._autostart, on), self._login_start_changed)

    def _login_start_changed(self, problem: Problem | None) -> None:
        self._announcements.say([problem] if problem is not None else [])
        self._render()

    def _install(self) -> "Installs":
        if self._installs is None:
            from trayapp.presenters.installs import Installs

            self._installs = Installs(own_command, self._notifier, self)
            self._installs.start_wanted.connect(self._runtime_installed)
        return self._installs

    def _runtime_installed(self) -> None:
        if not self._windows.is_open("set_up"):  # there the person chooses a model first
            self._controller.take(StartWanted())
