"""The set-up window: each step shows what was found, and one button leads on."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from trayapp.core.checkup import Finding, Topic
from trayapp.core.log_events import Phase
from trayapp.core.memory_picture import MemoryPicture, Part, Segment
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.start_times import StartClock, start_progress
from trayapp.core.units import GIB
from trayapp.ui.first_run import COMPUTER, MODEL, START, FirstRunWindow
from trayapp.ui.icons import Icons
from trayapp.ui.memory_bar import MemoryBar

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
VLLM = Finding(Topic.VLLM, {"executable": "/opt/vllm", "version": "0.32.0", "on_cpu": True})
NO_VLLM = Finding(Topic.VLLM, {}, (Problem(ProblemKind.VLLM_NOT_FOUND),))


@pytest.fixture
def window(qtbot: QtBot) -> FirstRunWindow:
    made = FirstRunWindow(Icons(Path(__file__).parents[2] / "resources" / "icons"))
    qtbot.addWidget(made)
    made.show()
    return made


def button(window: QWidget, name: str) -> QPushButton:
    found = window.findChild(QPushButton, name)
    assert found is not None
    return found


def label(window: QWidget, name: str) -> str:
    found = window.findChild(QLabel, name)
    assert found is not None
    return found.text()


def test_a_computer_without_vllm_is_offered_one(window: FirstRunWindow, qtbot: QtBot) -> None:
    page = window.computer
    assert not button(page, "check").isEnabled()
    page.render_findings((NO_VLLM,), has_vllm=False, can_check=True)
    assert label(page, "summary").startswith("One thing is missing")
    assert not button(page, "check").isEnabled()
    with qtbot.waitSignal(page.install_wanted):
        button(page, "install").click()
    page.render_work("Downloading: 3 of 640 MiB", under_way=True)
    assert label(page, "told") == "Downloading: 3 of 640 MiB"
    with qtbot.waitSignal(page.cancel_wanted):
        button(page, "cancel").click()


def test_a_computer_with_vllm_can_be_checked(window: FirstRunWindow, qtbot: QtBot) -> None:
    page = window.computer
    page.render_findings((VLLM,), has_vllm=True, can_check=True)
    assert label(page, "summary") == "This computer can run a model."
    assert not button(page, "install").isVisible()
    with qtbot.waitSignal(page.check_wanted):
        button(page, "check").click()
    page.render_work("It works", under_way=False)
    assert not button(page, "cancel").isVisible()
    with qtbot.waitSignal(page.again_wanted):
        button(page, "again").click()
    page.render_findings((VLLM,), has_vllm=True, can_check=False)
    assert not button(page, "check").isEnabled()


@pytest.mark.parametrize("topic", [Topic.GPU, Topic.DISK])
def test_what_is_wrong_is_said_in_a_sentence(window: FirstRunWindow, topic: Topic) -> None:
    values = {"path": "/", "needed_bytes": 2, "free_bytes": 1}
    kind = ProblemKind.NO_GPU if topic is Topic.GPU else ProblemKind.DISK_SPACE_LOW
    finding = Finding(topic, {}, (Problem(kind, {**values, "reason": ""}),))
    window.computer.render_findings((VLLM, finding), has_vllm=True, can_check=True)
    assert label(window.computer, "summary").endswith(".")


def test_three_clicks_lead_to_a_start(window: FirstRunWindow, qtbot: QtBot) -> None:
    assert window.step == COMPUTER
    button(window, "next").click()
    assert window.step == MODEL
    assert not button(window, "next").isEnabled()
    window.render_model("tiny")
    assert label(window, "chosen") == "Chosen: tiny"
    button(window, "back").click()
    button(window, "next").click()
    button(window, "next").click()
    assert window.step == START
    assert button(window, "next").text() == "&Start"
    with qtbot.waitSignal(window.start_wanted):
        button(window, "next").click()
    window.render_start(starting=True, ready=False)
    assert not button(window, "back").isEnabled()
    with qtbot.waitSignal(window.cancel_wanted):
        button(window, "next").click()
    window.render_start(starting=False, ready=True)
    with qtbot.waitSignal(window.closed):
        button(window, "next").click()


def test_the_last_step_shows_the_plan_and_what_comes_next(window: FirstRunWindow, qtbot: QtBot) -> None:
    window.go_to(START)
    page = window.start
    picture = MemoryPicture(8 * GIB, (Segment(Part.WEIGHTS, 6 * GIB, measured=True),))
    page.render_plan("It fits.", picture)
    assert label(page, "plan") == "It fits."
    memory = page.findChild(MemoryBar)
    assert memory is not None
    assert not memory.isHidden()
    page.render_start(start_progress(StartClock(0.0).entered(Phase.LAUNCHING, 1.0), {}, 3.0))
    page.render_state("Ready", is_ready=True, has_failed=False)
    for name, signal in (("try_it", page.try_wanted), ("connect", page.connect_wanted)):
        with qtbot.waitSignal(signal):
            button(page, name).click()
    page.render_state("Failed", is_ready=False, has_failed=True)
    with qtbot.waitSignal(page.details_wanted):
        button(page, "details").click()
    page.render_plan("It fits.", None)
    assert memory.isHidden()
