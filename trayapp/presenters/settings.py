"""The settings: the draft follows what is typed, the plan follows the draft, Apply keeps it."""

import os
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from trayapp.core.events import RestartWanted
from trayapp.core.settings_draft import Draft, Preview
from trayapp.core.states import Ready, Starting
from trayapp.desktop.secrets import SERVER_KEY
from trayapp.presenters.folder_check import FolderCheck
from trayapp.presenters.gpu_page import GpuPage
from trayapp.presenters.models import models_page
from trayapp.presenters.place import place_page
from trayapp.presenters.runtime_page import runtime_page
from trayapp.presenters.settings_watch import SettingsWatch
from trayapp.storage.settings_file import change_settings, load_settings, peek_settings
from trayapp.ui.settings_dialog import SettingsDialog
from trayapp.ui.views import Wish
from trayapp.wording import settings as words
from trayapp.wording.models_page import page_title as models_title
from trayapp.wording.places import page_title as places_title
from trayapp.wording.problems import problem_words
from trayapp.wording.runtime_page import page_title as runtimes_title
from trayapp.wording.snippets import copied_words, key_label

if TYPE_CHECKING:
    from trayapp.core.problems import Problem
    from trayapp.core.settings import Settings
    from trayapp.presenters.behind import Behind
    from trayapp.presenters.yarn_test import YarnTest

_SETTLED_MS = 150
"""A plan is made when nothing was typed for this long."""
YARN_TEST = "yarn_test"
"""The name of a test that is under way, by which settings opened later find it."""


def show(behind: "Behind") -> SettingsDialog:
    """Open the window, or bring it to the front."""

    def make() -> SettingsDialog:
        dialog = SettingsDialog(behind.windows.icons)
        SettingsPresenter(behind, dialog)
        GpuPage(behind, dialog)
        dialog.add_page(models_title(), lambda: models_page(behind))
        dialog.add_page(runtimes_title(), lambda: runtime_page(behind))
        dialog.add_page(places_title(), lambda: place_page(behind))
        return dialog

    return behind.windows.show("settings", make)


class SettingsPresenter(QObject):
    """Lives as long as its window."""

    def __init__(self, behind: "Behind", dialog: SettingsDialog) -> None:
        super().__init__(dialog)
        self._behind = behind
        self._dialog = dialog
        SettingsWatch(behind.folders.settings_file, self).changed.connect(self._read_again)
        loaded = load_settings(behind.folders.settings_file)
        settings = loaded.settings
        self._draft = Draft(settings, settings, of_model=settings.model in settings.models)
        self._asked = 0
        self._folders = FolderCheck(behind, dialog)
        self._key, self._key_shown, self._key_changed = "", False, False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLED_MS)
        self._timer.timeout.connect(self._plan)
        dialog.edited.connect(lambda name, value: self._take(self._draft.with_value(name, value)))
        dialog.back_wanted.connect(lambda name: self._take(self._draft.without(name)))
        dialog.scope_wanted.connect(lambda of_model: self._take(self._draft.for_all(of_model=of_model)))
        dialog.reset_wanted.connect(self._reset)
        dialog.apply_wanted.connect(self._apply)
        dialog.pressed.connect(self._pressed)
        behind.controller.state_changed.connect(self._state_changed)
        self._dialog.render_key(words.key_words("", shown=False, looked=False), there=False)
        behind.ask(self, lambda: behind.secrets.read(SERVER_KEY), self._key_found)
        under_way = behind.windows.findChild(QObject, YARN_TEST)
        if under_way is not None:  # begun before the window was closed, and still at it
            self._follow_test(cast("YarnTest", under_way))
        self._render(" ".join(problem_words(problem).detail for problem in loaded.problems))
        self._plan()

    def _take(self, draft: Draft) -> None:
        self._draft = draft
        self._render()
        self._timer.start()

    def _render(self, told: str = "") -> None:
        running = isinstance(self._behind.controller.state, Ready | Starting)
        self._dialog.render_draft(self._draft, running=running, told=told)

    def _state_changed(self) -> None:
        self._render()

    def _read_again(self) -> None:
        """Somebody has written the settings: what was not touched here follows them, what was typed stays."""

        def follow(settings: "Settings | None") -> None:
            if settings is not None and settings != self._draft.saved:  # not what has just been applied here
                self._take(self._draft.on(settings))

        path = self._behind.folders.settings_file
        self._behind.ask(self, lambda: peek_settings(path), follow)

    def _plan(self) -> None:
        self._folders.look(self._draft.now.model_folders)
        self._asked += 1
        number, draft, folders = self._asked, self._draft, self._behind.folders
        before = self._behind.gpus_before()
        of_server = int(getattr(getattr(self._behind.controller.state, "plan", None), "port", 0))
        own_ports = {of_server, draft.saved.one_address_port}

        def work() -> Preview:
            from trayapp.presenters.plan_preview import preview

            return preview(draft.in_force, folders, own_ports, before)

        def done(found: Preview) -> None:
            if number == self._asked:  # the answer to the newest question
                self._dialog.render_preview(self._draft, found)

        self._behind.ask(self, work, done)

    def _reset(self, names: tuple[str, ...]) -> None:
        draft = self._draft
        for name in names:
            draft = draft.without(name)
        self._take(draft)

    def _apply(self, restart: bool) -> None:
        self._draft = self._draft.with_recent()
        changes, folders = self._draft.changes(), self._behind.folders
        login = changes.pop("start_on_login", None)
        if isinstance(login, bool):
            self._behind.wishes.tell(Wish.START_ON_LOGIN, login)  # with the desktop's own entry
        kept, later = self._draft.now, self._draft.needs_restart and not restart

        def work() -> "Problem | None":
            return change_settings(folders.settings_file, changes) if changes else None

        def done(problem: "Problem | None") -> None:
            self._applied(problem, kept, later=later)
            if restart and problem is None:
                self._behind.controller.take(RestartWanted())

        self._behind.do(self, work, done)

    def _applied(self, problem: "Problem | None", kept: "Settings", *, later: bool) -> None:
        if problem is not None:
            self._render(problem_words(problem).detail)
            return
        self._draft = Draft(kept, self._draft.now, self._draft.of_model, self._draft.wrong)
        running = isinstance(self._behind.controller.state, Ready | Starting)
        self._render(words.applied_words(later=later and running))
        self._behind.settings_changed()

    def _pressed(self, button: str) -> None:
        folders = self._behind.folders
        match button:
            case "choose_folder":
                self._choose_folder()
            case "choose_model":
                self._behind.wishes.tell(Wish.CHOOSE_MODEL)
            case "open_settings":
                self._behind.wishes.tell(Wish.OPEN_SETTINGS)
            case "open_logs" | "open_data":
                folder = folders.logs if button == "open_logs" else folders.data
                QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
            case "show_key":
                self._key_shown = not self._key_shown
                self._key_read(self._key)
            case "copy_key":
                QGuiApplication.clipboard().setText(self._key)
                self._render(copied_words(key_label()))
            case "test_yarn":
                self._test_yarn()
            case "renew_key" | "remove_key":
                self._keep_key(os.urandom(24).hex() if button == "renew_key" else "")
            case _:
                pass

    def _test_yarn(self) -> None:
        from trayapp.presenters.yarn_test import YarnTest

        behind, settings = self._behind, self._draft.in_force
        test = YarnTest(settings, behind.folders, behind.controller, behind.secrets, behind.windows)
        test.setObjectName(YARN_TEST)
        self._follow_test(test)
        test.start()

    def _follow_test(self, test: "YarnTest") -> None:
        test.over.connect(self._yarn_tested)
        self._dialog.render_test(words.yarn_testing_words(), busy=True)

    def _yarn_tested(self, result: str) -> None:
        self._dialog.render_test(result, busy=False)

    def _choose_folder(self) -> None:
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._dialog)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda folder: self._take(self._draft.with_value("model", folder)))
        dialog.open()

    def _key_found(self, key: str) -> None:
        if not self._key_changed:  # else it is older than what was done here meanwhile
            self._key_read(key)

    def _key_read(self, key: str) -> None:
        self._key = key
        self._dialog.render_key(words.key_words(key, shown=self._key_shown, looked=True), there=bool(key))

    def _keep_key(self, key: str) -> None:
        folders, kept_in = self._behind.folders, self._behind.secrets
        self._key_changed = True

        def work() -> "tuple[Problem, ...]":
            from trayapp.assembly import set_server_key

            return set_server_key(folders, kept_in, key)

        def done(problems: "tuple[Problem, ...]") -> None:
            self._key_read(key)
            used = {"use_server_key": bool(key)}
            now, saved = self._draft.now.with_changes(used), self._draft.saved.with_changes(used)
            self._draft = Draft(saved, now, self._draft.of_model, self._draft.wrong)
            self._render(" ".join(problem_words(each).detail for each in problems))

        self._behind.do(self, work, done)
