"""A download in a child process: it is shown, paused, gone on with, given up; a token reaches it and nothing else."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from huggingface_hub import constants
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from tests.fakes.hub import COMMIT, FakeHub
from trayapp.core.download import DownloadStep
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import Remedy, RemedyId
from trayapp.core.states import Course, Failed, Stopped
from trayapp.model_shelf import catalogue_rows, survey
from trayapp.presenters import models_again, models_smaller
from trayapp.presenters.behind import Behind
from trayapp.presenters.downloads import START, Downloads, downloads_of
from trayapp.presenters.models import models_page
from trayapp.probes.resources import resource
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import load_settings
from trayapp.supervision.background import Background
from trayapp.ui.icons import Icons
from trayapp.ui.wishes import Wishes

NAME = "org/Tiny-1B"
WEIGHTS = bytes(8 << 20)
PATIENCE_MS = 20_000


class FakeNotifier(QObject):
    """Keeps what it is told to show."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, str]] = []

    def show(self, title: str, body: str = "", buttons: Any = (), **_how: bool) -> None:
        self.shown.append((title, body))


class FakeWindows(QObject):
    """Nothing of the windows is wanted, but that they live as long as the app."""

    def __init__(self) -> None:
        super().__init__()
        self.icons = Icons(resource("icons"))
        self.opened: list[QWidget] = []

    def choose_model(self) -> None:
        raise AssertionError

    def show(self, _name: str, make: Callable[[], QWidget]) -> QWidget:
        self.opened.append(make())
        return self.opened[-1]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub({NAME: {"config.json": b'{"model_type": "llama"}', "model.safetensors": WEIGHTS}}) as fake:
        monkeypatch.setenv("HF_ENDPOINT", fake.address)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))  # for the child
        # Here it may be imported already.
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        monkeypatch.setattr(constants, "ENDPOINT", fake.address)
        template = f"{fake.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        monkeypatch.delenv("HF_TOKEN", raising=False)
        yield fake


@pytest.fixture
def used() -> list[str]:
    return []


@pytest.fixture
def behind(qtbot: QtBot, used: list[str]) -> Iterator[Behind]:
    background, windows = Background(), FakeWindows()
    controller: Any = SimpleNamespace(state=Stopped())
    parts: Any = (controller, background, windows, None, find_folders(), None)
    own: Any = (lambda: (sys.executable, "-m", "trayapp"), None, None, None, FakeNotifier(), used.append, list, None)
    yield Behind(*parts, *own)
    downloads = windows.findChild(Downloads)
    if downloads is not None:
        downloads.end()
    background.wait(5)


@pytest.fixture
def downloads(behind: Behind, hub: FakeHub) -> Downloads:
    return downloads_of(behind)


def wait_until(qtbot: QtBot, downloads: Downloads, what: Callable[[], bool]) -> None:
    def check() -> None:
        assert what(), downloads.shown

    qtbot.waitUntil(check, timeout=PATIENCE_MS)


def trouble(downloads: Downloads) -> ProblemKind | None:
    shown = downloads.shown
    return shown.trouble.kind if shown is not None and shown.trouble is not None else None


def test_it_is_one_for_the_app(behind: Behind, downloads: Downloads) -> None:
    assert downloads_of(behind) is downloads


def test_a_model_is_downloaded_and_the_notification_starts_it(
    qtbot: QtBot, downloads: Downloads, behind: Behind, used: list[str]
) -> None:
    with qtbot.waitSignal(downloads.done, timeout=PATIENCE_MS) as told:
        downloads.start(NAME, COMMIT)
    assert told.args == [NAME]
    assert downloads.shown is not None
    assert downloads.shown.progress.step is DownloadStep.DONE
    behind.notifier.pressed.emit(START)
    assert used == [NAME]


def test_it_pauses_and_goes_on_where_it_was(qtbot: QtBot, downloads: Downloads, hub: FakeHub) -> None:
    hub.bytes_a_second = 4 << 20
    downloads.start(NAME)
    wait_until(qtbot, downloads, lambda: downloads.shown is not None and downloads.shown.progress.done_bytes > 3 << 20)
    downloads.pause()
    wait_until(qtbot, downloads, lambda: downloads.shown is not None and downloads.shown.paused)
    hub.bytes_a_second = 0
    with qtbot.waitSignal(downloads.done, timeout=PATIENCE_MS):
        downloads.resume()
    assert hub.sent_bytes["model.safetensors"] < 1.3 * len(WEIGHTS)


def test_what_is_given_up_leaves_nothing(qtbot: QtBot, downloads: Downloads, hub: FakeHub, tmp_path: Path) -> None:
    hub.bytes_a_second = 4 << 20
    downloads.start(NAME)
    wait_until(qtbot, downloads, lambda: downloads.shown is not None and downloads.shown.progress.done_bytes > 1 << 20)
    with qtbot.waitSignal(downloads.done, timeout=PATIENCE_MS):
        downloads.cancel()
    assert downloads.shown is None
    assert not list((tmp_path / "cache").glob("models--*"))


def test_a_gated_model_asks_for_a_token_which_only_the_child_learns(
    qtbot: QtBot, downloads: Downloads, hub: FakeHub, tmp_path: Path
) -> None:
    hub.gated, hub.tokens = (NAME,), ("hf_right",)
    downloads.start(NAME)
    wait_until(qtbot, downloads, lambda: trouble(downloads) is ProblemKind.MODEL_GATED)
    with qtbot.waitSignal(downloads.done, timeout=PATIENCE_MS):
        wait_until(qtbot, downloads, lambda: downloads._job is None)
        downloads.use_token("hf_right")
    assert hub.seen_tokens == {"hf_right"}
    assert downloads.shown is not None
    assert downloads.shown.note  # there is no keyring here, and that is said
    written = [path for path in tmp_path.rglob("*") if path.is_file() and b"hf_right" in path.read_bytes()]
    assert written == []


def test_the_code_of_one_revision_is_allowed_and_written_down(qtbot: QtBot, downloads: Downloads, hub: FakeHub) -> None:
    hub.models[NAME] = {"config.json": b'{"auto_map": {}}', "own.py": b"pass", "model.safetensors": b"x"}
    downloads.start(NAME)
    wait_until(qtbot, downloads, lambda: trouble(downloads) is ProblemKind.MODEL_CODE_NOT_ALLOWED)
    wait_until(qtbot, downloads, lambda: downloads._job is None)
    with qtbot.waitSignal(downloads.done, timeout=PATIENCE_MS):
        downloads.allow_code(f"{NAME}@{COMMIT}")
    assert load_settings(find_folders().settings_file).settings.code_allowed == (f"{NAME}@{COMMIT}",)


def test_what_fails_is_told_by_a_notification(qtbot: QtBot, downloads: Downloads, behind: Behind) -> None:
    downloads.start("org/nothing")
    wait_until(qtbot, downloads, lambda: downloads._job is None)
    notifier: Any = behind.notifier
    assert "org/nothing" in notifier.shown[0][0]


def test_on_the_page_a_model_is_found_downloaded_and_removed(qtbot: QtBot, behind: Behind, hub: FakeHub) -> None:
    """One way through all of it, as a person goes it: the Hub, the child process and the cache are real."""
    page = models_page(behind)
    qtbot.addWidget(page)
    here, offer = page.findChild(QTreeWidget, "models_here"), page.findChild(QTreeWidget, "models_offer")
    search = page.findChild(QLineEdit, "search")
    assert here is not None
    assert offer is not None
    assert search is not None

    def press(name: str) -> None:
        button = page.findChild(QPushButton, name)
        assert button is not None
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: offer.topLevelItemCount() > 20, timeout=PATIENCE_MS)
    search.setText("tiny")
    press("search_button")
    qtbot.waitUntil(lambda: offer.topLevelItemCount() == 1, timeout=PATIENCE_MS)
    press("download")
    qtbot.waitUntil(lambda: here.topLevelItemCount() == 1, timeout=PATIENCE_MS)
    found = here.topLevelItem(0)
    assert found is not None
    assert found.text(0) == NAME
    press("remove")
    press("remove")
    qtbot.waitUntil(lambda: here.topLevelItemCount() == 0, timeout=PATIENCE_MS)


def failed_with(behind: Behind, model: str) -> None:
    reason = Refusal((Problem(ProblemKind.APP_MISTAKE),))
    controller: Any = behind.controller
    controller.state = Failed(reason, Course(), plan=a_plan(model=model))


def test_a_smaller_model_that_fits_is_chosen_when_one_was_too_large(qtbot: QtBot, behind: Behind, hub: FakeHub) -> None:
    rows = catalogue_rows(survey(behind.folders))
    best = rows[0]
    failed_with(behind, best.model)
    page = models_smaller.show(behind)
    qtbot.addWidget(page)
    offer = page.findChild(QTreeWidget, "models_offer")
    assert offer is not None
    qtbot.waitUntil(lambda: offer.currentItem() is not None and offer.indexOfTopLevelItem(offer.currentItem()) > 0)
    chosen = rows[offer.indexOfTopLevelItem(offer.currentItem())]
    assert chosen.fits
    assert 0 < chosen.size_bytes < best.size_bytes


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_the_button_for_a_token_leads_to_where_it_is_asked_for(
    qtbot: QtBot, downloads: Downloads, behind: Behind, hub: FakeHub
) -> None:
    hub.gated, hub.tokens = (NAME,), ("hf_right",)
    failed_with(behind, NAME)
    wishes = Wishes()
    wishes.download_again_wanted.connect(lambda: qtbot.addWidget(models_again.show(behind)))
    wishes.tell_remedy(Remedy(RemedyId.ENTER_TOKEN, automatic=False))
    wait_until(qtbot, downloads, lambda: trouble(downloads) is ProblemKind.MODEL_GATED and downloads._job is None)
    windows: Any = behind.windows
    page = windows.opened[0]
    page.show()
    field = page.findChild(QLineEdit, "token")
    qtbot.waitUntil(field.isVisible, timeout=PATIENCE_MS)
    field.setText("hf_right")
    qtbot.mouseClick(page.findChild(QPushButton, "use_token"), Qt.MouseButton.LeftButton)
    wait_until(
        qtbot, downloads, lambda: downloads.shown is not None and downloads.shown.progress.step is DownloadStep.DONE
    )


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_of_a_folder_it_is_said_that_nobody_knows_where_its_files_come_from(
    qtbot: QtBot, downloads: Downloads, behind: Behind
) -> None:
    failed_with(behind, "/home/me/my-model")
    window = models_again.show(behind)
    qtbot.addWidget(window)
    trouble = window.findChild(QLabel, "trouble")
    assert trouble is not None
    assert trouble.isVisibleTo(window)
    assert trouble.text().startswith("It is not known where /home/me/my-model comes from: ")
    assert downloads.shown is None
    assert window.windowTitle() == "Models · vLLM Tray"
