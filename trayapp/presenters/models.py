"""The models: what is here and to be had is found out in threads, and the page's wishes are done."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QVBoxLayout, QWidget

from trayapp.core.model_rows import smaller_that_fits
from trayapp.core.problems import Problem
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.core.states import Failed, Stopped
from trayapp.presenters.downloads import downloads_of
from trayapp.storage.settings_file import current_settings
from trayapp.supervision.aside import aside
from trayapp.ui.icons import APP
from trayapp.ui.models_page import ModelsPage
from trayapp.wording.models import freed_words
from trayapp.wording.models_page import window_title
from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from trayapp.core.model_rows import ModelRow
    from trayapp.presenters.behind import Behind

MODEL_PAGES = "https://huggingface.co/"


def show(behind: "Behind") -> QWidget:
    """Open the window with the page, or bring it to the front."""

    def make() -> QWidget:
        window = QWidget()
        window.setWindowTitle(window_title())
        window.setWindowIcon(behind.windows.icons.icon(APP))
        window.resize(860, 640)
        QVBoxLayout(window).addWidget(models_page(behind))
        return window

    return behind.windows.show("models", make)


def models_page(behind: "Behind") -> ModelsPage:
    """Return a new page with what stands behind it."""
    page = ModelsPage()
    Models(behind, page)
    return page


class Models(QObject):
    """Stands behind a page and lives as long as it; use is what becomes of a choice (the app's own: start it)."""

    def __init__(self, behind: "Behind", page: ModelsPage, use: "Callable[[str], None] | None" = None) -> None:
        super().__init__(page)
        self._behind = behind
        self._page = page
        self._downloads = downloads_of(behind)
        panel = page.panel
        use_model = use or behind.use_model
        page.use_wanted.connect(lambda row: use_model(row.model))
        page.selftest_wanted.connect(lambda: use_model(SELFTEST_MODEL))
        page.folder_wanted.connect(behind.windows.choose_model)
        page.remove_wanted.connect(self._remove)
        page.download_wanted.connect(self._download)
        page.page_wanted.connect(lambda row: _open_page(row.model))
        page.search_wanted.connect(self._search)
        page.suggestions_wanted.connect(self._suggest)
        panel.pause_wanted.connect(self._downloads.pause)
        panel.resume_wanted.connect(self._downloads.resume)
        panel.cancel_wanted.connect(self._downloads.cancel)
        panel.token_given.connect(self._downloads.use_token)
        panel.code_allowed.connect(self._downloads.allow_code)
        panel.licence_page_wanted.connect(self._open_licence)
        self._downloads.changed.connect(self._render_download)
        self._downloads.done.connect(self._look)
        self._searching = ""
        self._here: tuple[ModelRow, ...] | None = None  # what the lists show, once it is known
        self._offer: tuple[ModelRow, ...] | None = None
        self._too_large = ""  # the model that a smaller one is wanted for
        self._render_download()
        self._look()
        self._suggest()

    def _look(self) -> None:
        folders, before = self._behind.folders, self._behind.gpus_before()

        def look() -> "tuple[ModelRow, ...]":
            from trayapp.model_shelf import local_rows, survey

            return aside(local_rows, survey(folders, before))  # with a library of 9 MB

        def found(rows: "tuple[ModelRow, ...]") -> None:
            self._here = rows
            self._page.render_here(rows)
            self._choose_smaller()

        self._behind.ask(self, look, found)

    def choose_smaller_than(self, failed: str) -> None:
        """Choose a model that fits and is smaller than the one that failed, as soon as the lists are known."""
        self._too_large = failed
        if self._searching:
            self._offer = None
            self._suggest()
        self._choose_smaller()

    def _choose_smaller(self) -> None:
        """What is here comes before what has to be fetched; the choice is made once, and is the person's then."""
        if not self._too_large or self._here is None or self._offer is None:
            return
        failed, self._too_large = self._too_large, ""
        known = (row.size_bytes for row in (*self._here, *self._offer) if failed in {row.model, row.name})
        size_bytes = next(known, 0)
        largest_first = sorted(self._here, key=lambda row: -row.size_bytes)
        smaller = smaller_that_fits((*largest_first, *self._offer), failed, size_bytes)
        if smaller is not None:
            self._page.choose(smaller)

    def _suggest(self) -> None:
        folders, before, self._searching = self._behind.folders, self._behind.gpus_before(), ""

        def look() -> "tuple[ModelRow, ...]":
            from trayapp.model_shelf import catalogue_rows, survey

            return catalogue_rows(survey(folders, before))

        def found(rows: "tuple[ModelRow, ...]") -> None:
            if not self._searching:
                self._offer = rows
                self._page.render_suggestions(rows)
                self._choose_smaller()

        self._behind.ask(self, look, found)

    def _search(self, words: str) -> None:
        folders, before, self._searching = self._behind.folders, self._behind.gpus_before(), words
        self._page.render_searching()

        def look() -> Any:
            from trayapp.model_shelf import search_rows, survey

            return aside(search_rows, survey(folders, before), words)

        def found(rows: Any) -> None:
            if self._searching != words:
                return  # the answer to an older question
            if isinstance(rows, Problem):
                self._page.render_search_failed(_sentence(rows))
            else:
                self._page.render_found(words, rows)

        self._behind.ask(self, look, found)

    def _download(self, row: "ModelRow") -> None:
        self._downloads.start(row.model, row.revision)

    def _remove(self, row: "ModelRow") -> None:
        plan_model, settings_file = self._running(), self._behind.folders.settings_file
        model = row.model if row.main else repository_of(row.model)

        def remove() -> Any:
            from trayapp.model_shelf import remove_model

            in_use = (plan_model, current_settings(settings_file).model) if plan_model else ()
            return aside(remove_model, model, row.revision, in_use)

        def removed(result: Any) -> None:
            self._look()
            words = _sentence(result) if isinstance(result, Problem) else freed_words(row.name, result)
            self._page.render_note(words)

        self._behind.do(self, remove, removed)

    def _running(self) -> str:
        """Return what is given to the server that runs or starts, an id or a folder; "" when nothing does."""
        state = self._behind.controller.state
        if isinstance(state, Stopped | Failed):
            return ""
        return str(getattr(getattr(state, "plan", None), "model", "")) or "?"

    def _render_download(self) -> None:
        shown, panel = self._downloads.shown, self._page.panel
        if shown is None:
            panel.render_nothing()
        elif shown.trouble is not None:
            panel.render_trouble(shown.trouble, shown.note)
        elif shown.paused:
            panel.render_paused(shown.wanted.model)
        else:
            panel.render_progress(shown.progress)

    def _open_licence(self) -> None:
        if self._downloads.shown is not None:
            _open_page(self._downloads.shown.wanted.model)


def _open_page(model: str) -> None:
    QDesktopServices.openUrl(QUrl(MODEL_PAGES + model))


def repository_of(folder: str) -> str:
    """Return the id of the model whose snapshot this is, "" for another folder."""
    name = next((part for part in folder.split("/") if part.startswith("models--")), "")
    return name.removeprefix("models--").replace("--", "/")


def _sentence(problem: Problem) -> str:
    said = problem_words(problem)
    return f"{said.title}. {said.detail} {said.remedy}".strip()
