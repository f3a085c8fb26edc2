"""The page of the GPUs shows them as soon as the driver has answered, follows them, and asks nothing while hidden."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QComboBox, QLabel
from pytestqt.qtbot import QtBot

from tests.builders import a_gpu, another_gpu
from trayapp.core.machine import Gpu, GpuUser
from trayapp.core.units import GIB
from trayapp.presenters.behind import Behind
from trayapp.presenters.gpu_page import GpuPage
from trayapp.probes.gpus import GpuSurvey
from trayapp.supervision.background import Background
from trayapp.ui.icons import Icons
from trayapp.ui.settings_dialog import SettingsDialog

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
SOON_MS = 5_000


class Page:
    """The dialog, with a driver that tells of the GPUs that a test names and counts how often it is asked."""

    def __init__(self) -> None:
        self.gpus: tuple[Gpu, ...] = (a_gpu(),)
        self.asked = 0
        self.dialog = SettingsDialog(ICONS)
        self.background = Background()
        parts: Any = SimpleNamespace(background=self.background)
        parts.ask = lambda *question: Behind.ask(parts, *question)
        self.page = GpuPage(parts, self.dialog, self.find, every_ms=10)

    def find(self) -> GpuSurvey:
        self.asked += 1
        return GpuSurvey(self.gpus)

    def facts(self) -> str:
        label = self.dialog.findChild(QLabel, "gpu_facts")
        return label.text() if label is not None and label.isVisible() else ""


@pytest.fixture
def page(qtbot: QtBot) -> Iterator[Page]:
    page = Page()
    qtbot.addWidget(page.dialog)
    page.dialog.show()
    yield page
    assert page.background.wait(5)
    QCoreApplication.processEvents()


def test_the_gpus_are_shown_without_a_plan_and_followed(page: Page, qtbot: QtBot) -> None:
    page.dialog.show_page("gpu")
    qtbot.waitUntil(lambda: _holds("RTX 3060" in page.facts()), timeout=SOON_MS)
    user = GpuUser(4711, "game", 9 * GIB)
    page.gpus = (a_gpu(memory_free_bytes=2 * GIB, users=(user,)), another_gpu())
    qtbot.waitUntil(lambda: _holds("game (4711): 9.0 GiB" in page.facts()), timeout=SOON_MS)
    assert "2.0 GiB of" in page.facts()
    choice = page.dialog.findChild(QComboBox, "gpu_uuid")
    assert choice is not None
    assert [choice.itemData(place) for place in range(choice.count())] == ["", a_gpu().uuid, another_gpu().uuid]
    page.gpus = ()
    qtbot.waitUntil(lambda: _holds(page.facts() == "No NVIDIA GPU answers."), timeout=SOON_MS)


def test_nothing_is_asked_before_the_page_is_shown_and_after_another_one_is(page: Page, qtbot: QtBot) -> None:
    timer = page.page.findChild(QTimer)
    assert timer is not None
    assert not timer.isActive()
    assert page.asked == 0
    page.dialog.show_page("gpu")
    qtbot.waitUntil(lambda: _holds(page.asked > 2), timeout=SOON_MS)
    page.dialog.show_page("server")
    assert not timer.isActive()
    page.dialog.show_page("gpu")
    assert timer.isActive()


def test_nothing_is_asked_while_the_window_is_minimized(page: Page, qtbot: QtBot) -> None:
    timer = page.page.findChild(QTimer)
    assert timer is not None
    page.dialog.show_page("gpu")
    page.dialog.showMinimized()
    assert page.background.wait(5)
    QCoreApplication.processEvents()
    before = page.asked
    for _ in range(3):
        with qtbot.waitSignal(timer.timeout, timeout=SOON_MS):
            pass
    assert page.background.wait(5)
    assert page.asked == before
    page.dialog.showNormal()
    qtbot.waitUntil(lambda: _holds(page.asked > before), timeout=SOON_MS)


def _holds(it_is_so: bool) -> None:
    assert it_is_so
