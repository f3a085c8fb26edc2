"""The page with the installations of vLLM renders what it is given and tells what is wanted."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from trayapp.core.runtime_rows import Offer, RuntimeRow
from trayapp.ui.runtime_page import RuntimePage, RuntimeView

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NOW = RuntimeRow("vllm-0.32.0-cpu", "/d/now/bin/vllm", "0.32.0+cpu", True, chosen=True, size_bytes=3 << 30)
BEFORE = RuntimeRow("vllm-0.31.0-cpu", "/d/before/bin/vllm", "0.31.0+cpu", True, previous=True, size_bytes=2 << 30)
PIPX = RuntimeRow("vllm", "/p/bin/vllm", "0.30.0", False, "pipx")
FRESH = RuntimeRow("vllm-0.33.0-cpu", "/d/fresh/bin/vllm", "0.33.0+cpu", True)
OFFER = Offer("0.33.0", True, download_bytes=640 << 20)
SUITS = Offer("0.33.0", True, "There is no GPU.")
VIEW = RuntimeView((NOW, BEFORE, PIPX, FRESH), SUITS, OFFER, "It downloads 640 MiB.")


@pytest.fixture
def page(qtbot: QtBot) -> RuntimePage:
    page = RuntimePage()
    qtbot.addWidget(page)
    page.render_view(VIEW)
    page.show()
    return page


def button(page: RuntimePage, name: str) -> QPushButton:
    found = page.findChild(QPushButton, name)
    assert found is not None
    return found


def label(page: RuntimePage, name: str) -> str:
    found = page.findChild(QLabel, name)
    assert found is not None
    return found.text()


def press(qtbot: QtBot, page: RuntimePage, name: str) -> None:
    qtbot.mouseClick(button(page, name), Qt.MouseButton.LeftButton)


def mark(page: RuntimePage, number: int) -> None:
    rows = page.findChild(QTreeWidget, "runtimes")
    assert rows is not None
    item = rows.topLevelItem(number)
    assert item is not None
    rows.setCurrentItem(item)


def texts(page: RuntimePage) -> list[list[str]]:
    rows = page.findChild(QTreeWidget, "runtimes")
    assert rows is not None
    items = [rows.topLevelItem(number) for number in range(rows.topLevelItemCount())]
    return [[item.text(column) for column in range(5)] for item in items if item is not None]


def test_each_installation_says_what_it_is(page: RuntimePage) -> None:
    assert texts(page) == [
        ["0.32.0", "for the processor", "vLLM Tray", "3.0 GiB", "in use"],
        ["0.31.0", "for the processor", "vLLM Tray", "2.0 GiB", "used before"],
        ["0.30.0", "for the NVIDIA GPU", "pipx", "", ""],
        ["0.33.0", "for the processor", "vLLM Tray", "", "not tested yet"],
    ]
    assert "There is no GPU." in label(page, "recommended")


def test_the_one_in_use_is_marked_and_has_nothing_to_be_used_for(page: RuntimePage) -> None:
    assert label(page, "note").startswith(NOW.executable)
    assert not button(page, "use").isEnabled()


def test_another_one_is_taken_into_use(qtbot: QtBot, page: RuntimePage) -> None:
    mark(page, 2)
    with qtbot.waitSignal(page.use_wanted) as told:
        press(qtbot, page, "use")
    assert told.args == [PIPX]


def test_one_click_goes_back_to_the_one_that_is_named(qtbot: QtBot, page: RuntimePage) -> None:
    assert button(page, "back").text() == "&Go back to vLLM 0.31.0 for the processor"
    assert button(page, "back").accessibleName() == "Go back to vLLM 0.31.0 for the processor"  # who hears it, too
    with qtbot.waitSignal(page.back_wanted):
        press(qtbot, page, "back")
    page.render_view(replace(VIEW, rows=(NOW, PIPX)))
    assert not button(page, "back").isEnabled()


@pytest.mark.parametrize(
    ("row", "running", "why"),
    [
        (NOW, "", "in use"),
        (PIPX, "", "vLLM Tray has not installed it"),
        (BEFORE, BEFORE.executable, "The model runs on it"),
    ],
)
def test_what_cannot_be_removed_says_why(page: RuntimePage, row: RuntimeRow, running: str, why: str) -> None:
    page.render_view(replace(VIEW, rows=(row,), running=running))
    assert not button(page, "remove").isEnabled()
    assert why in label(page, "note")


def test_removing_asks_once_more_with_the_size(qtbot: QtBot, page: RuntimePage) -> None:
    told: list[Any] = []
    page.remove_wanted.connect(told.append)
    mark(page, 1)
    press(qtbot, page, "remove")
    assert "2.0 GiB" in button(page, "remove").text()
    mark(page, 3)  # another one: asked anew
    press(qtbot, page, "remove")
    page.render_view(replace(VIEW, told="something else is news"))  # what is asked stays asked
    assert told == []
    press(qtbot, page, "remove")
    assert told == [FRESH]
    assert button(page, "remove").text() == "R&emove"


def test_what_is_new_is_shown_before_it_is_installed(qtbot: QtBot, page: RuntimePage) -> None:
    assert "640 MiB" in label(page, "offer")
    assert button(page, "install").text() == "&Install 0.33.0"
    with qtbot.waitSignal(page.install_wanted) as told:
        press(qtbot, page, "install")
    assert told.args == [OFFER]
    page.render_view(replace(VIEW, offer=None))
    assert not button(page, "install").isEnabled()
    with qtbot.waitSignal(page.look_wanted):
        press(qtbot, page, "look")


def test_nothing_is_changed_while_something_is_at_work(page: RuntimePage) -> None:
    page.render_view(replace(VIEW, busy=True))
    mark(page, 1)
    names = ("use", "back", "remove", "install", "look")
    assert [name for name in names if button(page, name).isEnabled()] == []


def test_an_installation_shows_its_bar_and_can_be_cancelled(qtbot: QtBot, page: RuntimePage) -> None:
    assert not page.panel.isVisible()
    page.panel.render_work("Downloading", under_way=True, share=0.5)
    bar = page.findChild(QProgressBar, "work_bar")
    assert bar is not None
    assert bar.value() * 2 == bar.maximum()
    with qtbot.waitSignal(page.panel.cancel_wanted):
        press(qtbot, page, "cancel")
    page.panel.render_work("Unpacking", under_way=True)
    assert bar.maximum() == 0  # nobody knows how far: it wanders
    page.panel.render_work("It was not installed", under_way=False)
    assert label(page, "told") == "It was not installed"
    assert not bar.isVisible()


def test_a_model_that_runs_can_be_restarted_on_the_new_one(qtbot: QtBot, page: RuntimePage) -> None:
    assert not button(page, "restart_model").isVisible()
    page.render_view(replace(VIEW, told="The change counts from the next start.", can_restart=True))
    assert label(page, "changed") == "The change counts from the next start."
    with qtbot.waitSignal(page.restart_wanted):
        press(qtbot, page, "restart_model")


def test_a_computer_without_vllm_says_so(page: RuntimePage) -> None:
    page.render_view(RuntimeView())
    assert label(page, "note") == "Looking for installations…"
    page.render_view(RuntimeView(()))
    assert label(page, "note") == "There is no vLLM on this computer yet."
    assert not button(page, "use").isEnabled()
    assert not button(page, "remove").isEnabled()
