"""Where the model runs: keeps, checks and forgets servers, lists and downloads Ollama's models, and switches."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from trayapp.backends.http_client import AskingFailed
from trayapp.backends.ollama_client import find_models, ollama_target
from trayapp.backends.remote_check import check
from trayapp.core.backend import Backend
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import Check, RemoteServer, read_servers, with_server
from trayapp.desktop.secrets import read_remote_key, remote_key
from trayapp.jobs.job_process import JobProcess
from trayapp.presenters.settings_watch import SettingsWatch
from trayapp.storage.settings_file import change_settings, current_settings, peek_settings
from trayapp.ui.backend_page import BackendPage, PlacesView
from trayapp.ui.icons import APP
from trayapp.ui.scrolling import scrolled
from trayapp.wording import places as words
from trayapp.wording.problems import problem_words
from trayapp.wording.remote import found_words, step_words

if TYPE_CHECKING:
    from trayapp.core.settings import Settings
    from trayapp.presenters.behind import Behind


def show(behind: "Behind", backend: Backend | None = None) -> QWidget:
    """Open the window, or bring it to the front, at the part for a backend."""

    def make() -> QWidget:
        window = scrolled(place_page(behind))
        window.setWindowTitle(words.window_title())
        window.setWindowIcon(behind.windows.icons.icon(APP))
        window.resize(560, 480)
        return window

    window = behind.windows.show("place", make)
    page = window.findChild(BackendPage)
    if backend is not None and page is not None:
        page.look_at(backend)
    return window


def place_page(behind: "Behind") -> BackendPage:
    """Return the page with its presenter, for a window or a dialog."""
    page = BackendPage()
    Place(behind, page)
    return page


class Place(QObject):
    """Lives as long as its page."""

    def __init__(self, behind: "Behind", page: BackendPage) -> None:
        super().__init__(page)
        self._behind = behind
        self._page = page
        self._job: JobProcess | None = None
        page.use_wanted.connect(self._use)
        page.check_wanted.connect(self._check)
        page.keep_wanted.connect(self._keep)
        page.remove_wanted.connect(self._remove)
        page.pull_wanted.connect(self._pull)
        page.cancel_wanted.connect(self._cancel)
        page.shown.connect(self._look)
        SettingsWatch(behind.folders.settings_file, self).changed.connect(self._settings_changed)
        self._read()

    def _settings(self) -> "Settings":
        return current_settings(self._behind.folders.settings_file)

    def _read(self, server: str = "") -> None:
        def shown(settings: "Settings") -> None:
            servers, chosen = read_servers(settings.remote_servers), server or settings.remote_server
            view = PlacesView(Backend(settings.backend), servers, chosen, settings.ollama_model)
            self._page.render_places(view)

        self._behind.ask(self._page, self._settings, shown)

    def _settings_changed(self) -> None:
        def shown(settings: "Settings | None") -> None:
            if settings is not None:
                self._page.render_servers(read_servers(settings.remote_servers))

        path = self._behind.folders.settings_file
        self._behind.ask(self._page, lambda: peek_settings(path), shown)

    def _use(self, backend: str, server: str, model: str) -> None:
        choice = {"backend": backend, "server": server, "model": model}
        self._behind.use({name: value for name, value in choice.items() if value})

    def _look(self, backend: str) -> None:
        if backend != Backend.OLLAMA:
            return

        def find() -> Any:
            try:
                return find_models(ollama_target())
            except AskingFailed as failed:
                return failed.problem

        def told(found: Any) -> None:
            if isinstance(found, Problem):
                self._page.tell(_sentence(found))
            else:
                self._page.render_ollama(found)

        self._behind.ask(self._page, find, told)

    def _check(self, server: RemoteServer, typed: str) -> None:
        self._page.tell(words.asking_words())
        secrets = self._behind.secrets

        def look() -> Check:
            return check(server, typed.strip() or read_remote_key(secrets, server.name))

        def told(seen: Check) -> None:
            rows = [step_words(outcome) for outcome in seen.steps]
            self._page.tell("\n".join([*rows, *([found_words(seen.facts)] if seen.facts else [])]))

        self._behind.ask(self._page, look, told)

    def _keep(self, server: RemoteServer, key: str) -> None:
        path, secrets = self._behind.folders.settings_file, self._behind.secrets

        def keep() -> Problem | None:
            settings = current_settings(path)
            others = [entry for entry in settings.remote_servers if entry["name"] != server.name]
            servers = with_server(others, server)
            if isinstance(servers, Problem):
                return servers
            problem = change_settings(path, {"remote_servers": servers})
            return problem or (secrets.keep(remote_key(server.name), key) if key else None)

        self._behind.do(self._page, keep, lambda problem: self._kept(problem, server.name))

    def _remove(self, name: str) -> None:
        path, secrets = self._behind.folders.settings_file, self._behind.secrets

        def remove() -> Problem | None:
            rest = [entry for entry in current_settings(path).remote_servers if entry["name"] != name]
            problem = change_settings(path, {"remote_servers": rest})
            had_key = problem is None and bool(secrets.read(remote_key(name)))
            return secrets.forget(remote_key(name)) if had_key else problem

        self._behind.do(self._page, remove, lambda problem: self._kept(problem, ""))

    def _kept(self, problem: Problem | None, name: str) -> None:
        self._page.tell("" if problem is None else _sentence(problem))
        if problem is not None and problem.kind is not ProblemKind.SECRET_NOT_KEPT:  # then only the key is not
            return
        self._behind.settings_changed()  # the menu lists the servers, too
        self._read(name)

    def _pull(self, model: str) -> None:
        if self._job is not None or not model:
            return
        # It outlives the window: a download goes on when it is closed.
        command = (*self._behind.own_command(), "ollama", "pull", model, "--json")
        job = self._job = JobProcess(command, self._behind.background)
        job.told.connect(self._pulled)
        job.ended.connect(lambda ok: self._pull_ended(model, ok=ok) if isValid(self) else None)
        job.ended.connect(job.deleteLater)
        self._page.render_pull(0, 0, under_way=True)
        job.start()

    def _pulled(self, news: dict[str, Any]) -> None:
        if "words" in news:
            self._page.tell(str(news["words"]))
            return
        with suppress(KeyError):
            done, total = news["done_bytes"], news["total_bytes"]
            self._page.render_pull(done, total, under_way=True)
            self._page.tell(words.pulled_words(news["status"], done, total))

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()
            self._page.tell(words.pull_ended_words())

    def _pull_ended(self, model: str, *, ok: bool) -> None:
        self._job = None
        self._page.render_pull(0, 0, under_way=False)
        if ok:
            self._page.tell(words.pull_done_words(model))
            self._look(Backend.OLLAMA)


def _sentence(problem: Problem) -> str:
    found = problem_words(problem)
    return f"{found.title}. {found.detail} {found.remedy}".strip()
