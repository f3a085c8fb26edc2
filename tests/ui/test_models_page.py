"""The page with the models renders what it is given and tells what is wanted."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QProgressBar, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from trayapp.core.download import DownloadProgress, DownloadStep
from trayapp.core.memory_plan import Verdict
from trayapp.core.model_rows import ModelRow, Place
from trayapp.core.problems import Problem, ProblemKind
from trayapp.ui.models_page import ModelsPage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

HERE = (
    ModelRow("org/one", "one", Place.CACHE, "abc", 5 << 30, "safetensors", verdict=Verdict.FITS),
    ModelRow("/models/two", "two", Place.FOLDER, "", 1 << 30, "safetensors", verdict=Verdict.DOES_NOT_FIT),
    ModelRow("org/half", "half", Place.CACHE, unfinished_bytes=2 << 30),
)
OFFER = (
    ModelRow("org/best", "best", Place.HUB, verdict=Verdict.REDUCED_CONTEXT, context=26_608, licence="mit"),
    ModelRow("org/large", "large", Place.HUB, verdict=Verdict.DOES_NOT_FIT),
)


@pytest.fixture
def page(qtbot: QtBot) -> ModelsPage:
    page = ModelsPage()
    qtbot.addWidget(page)
    page.render_here(HERE)
    page.render_suggestions(OFFER)
    page.show()
    return page


def press(qtbot: QtBot, page: ModelsPage, name: str) -> None:
    qtbot.mouseClick(page.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def choose(page: ModelsPage, name: str, number: int) -> None:
    rows = page.findChild(QTreeWidget, name)
    assert rows is not None
    item = rows.topLevelItem(number)
    assert item is not None
    rows.setCurrentItem(item)


def shown(page: ModelsPage) -> set[str]:
    return {widget.objectName() for widget in page.panel.findChildren(QPushButton) if widget.isVisible()}


def test_every_model_has_its_verdict(page: ModelsPage) -> None:
    rows = page.findChild(QTreeWidget, "models_here")
    assert rows is not None
    texts = [[item.text(column) for column in range(4)] for item in map(rows.topLevelItem, range(3)) if item]
    assert texts[0] == ["org/one", "5.0 GiB", "safetensors", "It fits"]
    assert texts[2][3] == "2.0 GiB of an interrupted download"
    offered = page.findChild(QTreeWidget, "models_offer")
    assert offered is not None
    best = offered.topLevelItem(0)
    assert best is not None
    assert "26,608 tokens" in best.text(3)


@pytest.mark.parametrize(
    ("button", "signal", "row"),
    [("use", "use_wanted", HERE[0]), ("download", "download_wanted", OFFER[0]), ("page", "page_wanted", OFFER[0])],
)
def test_a_button_tells_its_wish(qtbot: QtBot, page: ModelsPage, button: str, signal: str, row: ModelRow) -> None:
    with qtbot.waitSignal(getattr(page, signal)) as told:
        press(qtbot, page, button)
    assert told.args == [row]


def test_removing_asks_once_more_with_the_size(qtbot: QtBot, page: ModelsPage) -> None:
    told: list[Any] = []
    page.remove_wanted.connect(told.append)
    press(qtbot, page, "remove")
    button = page.findChild(QPushButton, "remove")
    assert button is not None
    assert "5.0 GiB" in button.text()
    choose(page, "models_here", 2)  # another one: asked anew
    press(qtbot, page, "remove")
    assert told == []
    press(qtbot, page, "remove")
    assert told == [HERE[2]]


def test_what_is_in_a_folder_of_the_person_is_not_removed(page: ModelsPage) -> None:
    choose(page, "models_here", 1)
    button = page.findChild(QPushButton, "remove")
    assert button is not None
    assert not button.isEnabled()


def test_what_is_not_whole_cannot_be_used(page: ModelsPage) -> None:
    choose(page, "models_here", 2)
    button = page.findChild(QPushButton, "use")
    assert button is not None
    assert not button.isEnabled()


def test_a_search_is_told_and_its_result_shown(qtbot: QtBot, page: ModelsPage) -> None:
    field = page.findChild(QLineEdit, "search")
    assert field is not None
    with qtbot.waitSignal(page.search_wanted) as told:
        qtbot.keyClicks(field, " qwen ")
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert told.args == ["qwen"]
    page.render_found("qwen", OFFER[1:])
    with qtbot.waitSignal(page.suggestions_wanted):
        press(qtbot, page, "suggestions")
    page.render_found("qwen", ())
    note = page.findChild(QLabel, "offer_note")
    assert note is not None
    assert "no such model" in note.text()


def test_a_download_shows_its_bar_and_can_pause(qtbot: QtBot, page: ModelsPage) -> None:
    assert not page.panel.isVisible()
    page.panel.render_progress(DownloadProgress(DownloadStep.DOWNLOADING, "org/one", "", 500, 1000))
    bar = page.findChild(QProgressBar, "download_bar")
    assert bar is not None
    assert bar.value() == 500
    assert shown(page) == {"pause", "cancel_download"}
    with qtbot.waitSignal(page.panel.pause_wanted):
        press(qtbot, page, "pause")
    page.panel.render_paused("org/one")
    assert shown(page) == {"resume", "cancel_download"}


@pytest.mark.parametrize(
    ("kind", "buttons"),
    [
        (ProblemKind.HUB_UNREACHABLE, {"resume", "cancel_download"}),
        (ProblemKind.MODEL_GATED, {"licence_page", "use_token", "cancel_download"}),
        (ProblemKind.HUB_TOKEN_REFUSED, {"licence_page", "use_token", "cancel_download"}),
        (ProblemKind.MODEL_CODE_NOT_ALLOWED, {"allow_code", "cancel_download"}),
        (ProblemKind.MODEL_PICKLED, {"cancel_download"}),
    ],
)
def test_trouble_offers_what_helps(page: ModelsPage, kind: ProblemKind, buttons: set[str]) -> None:
    page.panel.render_trouble(Problem(kind, {"model": "org/one", "revision": "abc"}))
    assert shown(page) == buttons


def test_a_token_is_told_once_and_forgotten(qtbot: QtBot, page: ModelsPage) -> None:
    page.panel.render_trouble(Problem(ProblemKind.MODEL_GATED, {"model": "org/one"}))
    field = page.findChild(QLineEdit, "token")
    assert field is not None
    assert field.echoMode() is QLineEdit.EchoMode.Password
    qtbot.keyClicks(field, "hf_secret")
    with qtbot.waitSignal(page.panel.token_given) as told:
        press(qtbot, page, "use_token")
    assert told.args == ["hf_secret"]
    assert field.text() == ""


def test_the_code_of_this_revision_is_allowed(qtbot: QtBot, page: ModelsPage) -> None:
    page.panel.render_trouble(Problem(ProblemKind.MODEL_CODE_NOT_ALLOWED, {"model": "org/one", "revision": "abc"}))
    with qtbot.waitSignal(page.panel.code_allowed) as told:
        press(qtbot, page, "allow_code")
    assert told.args == ["org/one@abc"]
