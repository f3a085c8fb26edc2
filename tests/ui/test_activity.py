"""The progress of a start, and the figures of a running model."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from tests.core.test_memory_picture import FIGURES, RUNS
from trayapp.core.live_figures import Live, MemoryInUse, Moment, ServerFigures
from trayapp.core.log_events import Phase
from trayapp.core.memory_picture import live_picture
from trayapp.core.start_times import StartClock, start_progress
from trayapp.ui.activity_window import ActivityWindow
from trayapp.ui.icons import Icons
from trayapp.ui.line_chart import LineChart
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.views import Wish

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
CLOCK = StartClock(0.0).entered(Phase.LAUNCHING, 1.0).entered(Phase.COMPILING, 5.0)
GIB = 1 << 30


@pytest.fixture
def window(qtbot: QtBot) -> ActivityWindow:
    made = ActivityWindow(Icons(Path(__file__).parents[2] / "resources" / "icons"))
    qtbot.addWidget(made)
    made.render_state("Starting", Wish.STOP, runs=False)
    made.show()
    return made


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_a_first_start_shows_its_steps_and_that_it_compiles_once(window: ActivityWindow) -> None:
    window.render_start(start_progress(CLOCK, {}, 75.0))
    shown = texts(window)
    assert "✓ Launching vLLM" in shown
    assert "4 s" in shown
    assert "▶ Compiling for this computer" in shown
    assert "1 min 10 s" in shown
    assert any("once" in text for text in shown)
    bar = window.findChild(QProgressBar)
    assert bar is not None
    assert bar.maximum() == 0


def test_a_later_start_says_how_long_it_will_take(window: ActivityWindow) -> None:
    expected = {Phase.LAUNCHING: 4.0, Phase.COMPILING: 10.0, Phase.STARTING_API: 5.0}
    window.render_start(start_progress(CLOCK, expected, 10.0))
    shown = texts(window)
    assert "10 s so far, about 10 s to go." in shown
    assert "5 s (usually 10 s)" in shown
    assert "· Opening the interface" in shown
    bar = window.findChild(QProgressBar)
    assert bar is not None
    assert bar.value() == bar.maximum() // 2
    window.render_start(start_progress(CLOCK, {Phase.COMPILING: 10.0}, 99.0))
    assert any("longer than usual" in text for text in texts(window))
    window.render_start(start_progress(CLOCK.ended(20.0), expected, 99.0))
    assert "It took 20 s." in texts(window)
    assert not bar.isVisible()


def test_the_button_does_what_the_state_allows(window: ActivityWindow, qtbot: QtBot) -> None:
    button = window.findChild(QPushButton)
    assert button is not None
    assert button.text() == "&Cancel"
    with qtbot.waitSignal(window.wish) as wish:
        button.click()
    assert wish.args == [Wish.STOP]
    window.render_state("Ready", Wish.STOP, runs=True)
    assert button.text() == "&Stop"
    window.render_state("Stopped", Wish.START, runs=False)
    assert button.text() == "&Start"


def test_the_window_is_as_high_as_what_it_shows_unless_a_person_made_it_another_size(window: ActivityWindow) -> None:
    window.render_state("Qwen3-8B", Wish.STOP, runs=False)
    starting = window.height()
    window.render_state("Qwen3-8B", Wish.STOP, runs=True)
    assert window.height() > starting
    window.resize(700, 500)
    window.render_state("Qwen3-8B", Wish.STOP, runs=False)
    assert (window.width(), window.height()) == (700, 500)


def test_a_running_model_shows_memory_requests_and_speed(window: ActivityWindow) -> None:
    window.render_state("Ready", Wish.STOP, runs=True)
    live = Live()
    for number in range(5):
        server = ServerFigures(2.0, 1.0, 0.25, 0.0, number * 60.0)
        live = live.with_moment(Moment(number * 2.0, 6 * GIB, 12 * GIB, server))
    window.render_live(live, of_gpu=True)
    shown = texts(window)
    assert "GPU memory in use: 6.0 GiB of 12.0 GiB" in shown
    assert "Requests: 2 at work, 1 waiting, 25 % of the context in use" in shown
    assert "Tokens per second: 30.0" in shown
    charts = window.findChildren(LineChart)
    assert all(chart.accessibleDescription() for chart in charts)
    picture = window.findChild(MemoryBar)
    assert picture is not None
    assert picture.isHidden()
    window.render_picture(live_picture(RUNS, FIGURES, MemoryInUse(11 * GIB, 12 * GIB, 9 * GIB)))
    assert picture.isVisible()
    assert "context: 3.0 GiB = 21,840 tokens (measured)" in picture.accessibleDescription()
    assert not window.grab().isNull()
    window.render_live(Live().with_moment(Moment(1.0)), of_gpu=False)
    assert "Requests: not known" in texts(window)
    assert "Memory of the computer in use: not known" in texts(window)
    assert not window.grab().isNull()


def test_where_the_memory_is_not_this_computers_the_line_of_it_is_left_out(window: ActivityWindow) -> None:
    window.render_state("Ready", Wish.STOP, runs=True)
    window.render_live(Live().with_moment(Moment(1.0, server=ServerFigures(1.0))), of_gpu=None)
    assert "Requests: 1 at work, 0 waiting, 0 % of the context in use" in texts(window)
    assert not any("emory" in text for text in texts(window))


def test_a_window_too_small_for_it_all_is_scrolled_by_keyboard_and_cuts_no_size(
    window: ActivityWindow, qtbot: QtBot
) -> None:
    window.render_state("Ready", Wish.STOP, runs=True)
    window.render_picture(live_picture(RUNS, FIGURES, MemoryInUse(11 * GIB, 12 * GIB, 9 * GIB)))
    window.resize(window.minimumSizeHint().boundedTo(QSize(683, 384)))
    area, picture = window.findChild(QScrollArea), window.findChild(MemoryBar)
    assert area is not None
    assert picture is not None
    qtbot.waitUntil(lambda: _holds(area.verticalScrollBar().maximum() > 0))
    assert picture.width() >= picture.minimumSizeHint().width()
    assert area.focusPolicy() & Qt.FocusPolicy.TabFocus
    qtbot.keyClick(area, Qt.Key.Key_PageDown)
    assert area.verticalScrollBar().value() > 0


def _holds(it_is_so: bool) -> None:
    assert it_is_so
