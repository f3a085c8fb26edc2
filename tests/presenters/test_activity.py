"""Progress and memory: what is planned while a model starts, what is measured while it runs, and nothing afterwards."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.builders import a_plan, a_remote_plan, an_ollama_plan
from tests.core.test_memory_picture import FIGURES, PLAN, RUNS
from tests.fakes.fake_api import FakeServer
from trayapp.core.access import Access
from trayapp.core.launch import Launchable
from trayapp.core.live_figures import MemoryInUse
from trayapp.core.memory_picture import live_picture, memory_picture
from trayapp.core.states import Course, Ready, Starting, State, Stopped
from trayapp.core.units import GIB
from trayapp.presenters.activity import picture_of, show
from trayapp.presenters.behind import Behind
from trayapp.supervision.background import Background
from trayapp.supervision.metrics import Metrics
from trayapp.ui.activity_window import ActivityWindow
from trayapp.ui.icons import Icons
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
SOON_MS = 10_000


def ready(plan: Launchable, run: int = 1, pid: int | None = None) -> Ready:
    return Ready(run, plan, Course(), 4096, pid, FIGURES)


def test_a_start_shows_what_is_planned_and_a_running_model_what_is_measured() -> None:
    planned = memory_picture(PLAN, of_gpu=True)
    now = MemoryInUse(11 * GIB, 12 * GIB, 9 * GIB)
    assert picture_of(Starting(1, RUNS, Course()), None) == planned
    assert picture_of(ready(RUNS), None) == planned, "until it has been asked"
    assert picture_of(ready(RUNS), now) == live_picture(RUNS, FIGURES, now)
    assert picture_of(ready(RUNS), MemoryInUse()) is None, "a driver that does not answer any more"


@pytest.mark.parametrize("state", [Stopped(), ready(a_remote_plan()), ready(an_ollama_plan()), ready(a_plan())])
@pytest.mark.parametrize("memory", [None, MemoryInUse(GIB, 2 * GIB)])
def test_there_is_no_picture_without_a_plan_of_the_memory(state: State, memory: MemoryInUse | None) -> None:
    assert picture_of(state, memory) is None


class Following:
    """The window of an app whose state a test sets; what it is asked for is answered by a real server."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.background = Background()
        self.controller = FakeController()
        starts: Any = FakeStarts()
        windows = Windows(ICONS, Wishes(), list)
        self.behind: Any = SimpleNamespace(
            controller=self.controller, starts=starts, windows=windows, wishes=Wishes(), background=self.background
        )
        self.behind.ask = lambda *question: Behind.ask(self.behind, *question)
        self.behind.access = self.access

    def access(self) -> Access | None:
        runs = isinstance(self.controller.state, Ready)
        return Access(f"http://127.0.0.1:{self.port}/v1", "tiny") if runs else None


class FakeController(QObject):
    """Holds the state."""

    state_changed = Signal(object, object)
    state: State = Stopped()

    def become(self, state: State) -> None:
        self.state = state
        self.state_changed.emit(None, state)


class FakeStarts(QObject):
    """No start was ever seen."""

    changed = Signal()

    def progress(self) -> None:
        return None


@pytest.fixture
def following() -> Iterator[Following]:
    listener = socket.create_server(("127.0.0.1", 0))
    vices = SimpleNamespace(health="ok", version="0.32.0", model_name="", answer="")
    server = FakeServer(listener, "tiny", 128, vices)
    server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    following = Following(listener.getsockname()[1])
    yield following
    following.background.wait(10)
    server.shutdown()
    server.server_close()


@pytest.fixture
def window(following: Following, qtbot: QtBot) -> Iterator[ActivityWindow]:
    window = show(following.behind)
    yield window
    if isValid(window):
        with qtbot.waitSignal(following.behind.windows.all_closed):
            window.close()


def bar(window: ActivityWindow) -> MemoryBar:
    found = window.findChild(MemoryBar)
    assert found is not None
    return found


def test_the_bar_shows_the_memory_of_the_real_processes_and_goes_when_the_model_stops(
    following: Following, window: ActivityWindow, qtbot: QtBot
) -> None:
    assert bar(window).isHidden()
    plan = a_plan(on_cpu=True, memory=PLAN)
    following.controller.become(Starting(1, plan, Course()))
    assert "12.0 GiB in all" in bar(window).accessibleDescription(), "as it is planned"
    following.controller.become(ready(plan, pid=os.getpid()))
    # What this test's own process holds is far less than a model's weights: no piece is larger than it really is.
    qtbot.waitUntil(
        lambda: _holds("other programs" in _said(window) and "12.0 GiB in all" not in _said(window)), timeout=SOON_MS
    )
    assert "free: " in _said(window)
    assert "Memory of the computer" in _said(window)
    assert "tokens" not in _said(window)
    head = window.findChild(QLabel, "memory_now")
    assert head is not None
    assert head.text().startswith("Memory of the computer in use: ")
    following.controller.become(Stopped())
    assert bar(window).isHidden()


def test_a_server_elsewhere_has_figures_and_no_memory_of_this_computer(
    following: Following, window: ActivityWindow, qtbot: QtBot
) -> None:
    following.controller.become(ready(a_remote_plan()))
    heads = [window.findChild(QLabel, name) for name in ("memory_now", "requests_now")]
    qtbot.waitUntil(lambda: _holds(heads[1] is not None and "0 at work" in heads[1].text()), timeout=SOON_MS)
    assert heads[0] is not None
    assert heads[0].isHidden()
    assert bar(window).isHidden()


def test_nothing_is_asked_when_the_window_is_closed(following: Following, window: ActivityWindow, qtbot: QtBot) -> None:
    following.controller.become(ready(a_plan(on_cpu=True, memory=PLAN), pid=os.getpid()))
    metrics, timer = window.findChild(Metrics), window.findChild(QTimer)
    assert metrics is not None
    assert timer is not None
    assert timer.isActive()
    with qtbot.waitSignal(following.behind.windows.all_closed):
        window.close()
    assert not isValid(metrics)
    assert not isValid(timer)


def _said(window: ActivityWindow) -> str:
    return bar(window).accessibleDescription()


def _holds(it_is_so: bool) -> None:
    assert it_is_so
