"""The one notification: what takes its place, and when it goes."""

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from trayapp.core.events import RestartWanted, StartWanted, StopWanted, Surveyed
from trayapp.core.lifecycle import step
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import State, Stopped
from trayapp.ui.announcements import PROGRESS_PAUSE_MS, Announcements
from trayapp.ui.wishes import Wishes


class Screen:
    """What a person sees; None when nothing is shown."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.text = ""

    def show(self, title: str, body: str = "", *_: Any, **__: Any) -> None:
        self.title, self.text = title, body

    def withdraw(self) -> None:
        self.title = None


@pytest.fixture
def screen(qtbot: QtBot) -> Screen:
    return Screen()


@pytest.fixture
def announcements(screen: Screen) -> Announcements:
    owner = QCoreApplication.instance()
    return Announcements(screen, Wishes(owner), owner)


def tell(announcements: Announcements, state: State, *events: Any) -> State:
    for event in events:
        before, (state, _) = state, step(state, event)
        announcements.state_changed(before, state)
    return state


def test_a_start_called_off_is_not_left_on_the_screen(announcements: Announcements, screen: Screen) -> None:
    state = tell(announcements, Stopped(), StartWanted())
    assert screen.title == "Starting the model"
    tell(announcements, state, StopWanted())
    assert screen.title is None


def test_nor_is_it_shown_by_what_was_held_back(announcements: Announcements, screen: Screen, qtbot: QtBot) -> None:
    tell(announcements, Stopped(), StartWanted(), RestartWanted(), StopWanted())
    qtbot.wait(2 * PROGRESS_PAUSE_MS)
    assert screen.title is None


def test_a_failure_left_behind_is_taken_away_and_told_again_when_it_comes_again(
    announcements: Announcements, screen: Screen
) -> None:
    refused = Refusal((Problem(ProblemKind.NO_MODEL_CHOSEN),))
    state = tell(announcements, Stopped(), StartWanted(), Surveyed(1, refused))
    assert screen.title == "No model is chosen"
    state = tell(announcements, state, StopWanted())
    assert screen.title is None
    tell(announcements, state, StartWanted(), Surveyed(2, refused))
    assert screen.title == "No model is chosen"


def test_problems_found_together_are_told_together(announcements: Announcements, screen: Screen) -> None:
    wrong = {"value": "-1", "allowed": "0"}
    announcements.say([Problem(ProblemKind.SETTING_NOT_ALLOWED, {"key": key, **wrong}) for key in ("port", "host")])
    assert "port is -1" in screen.text
    assert "host is -1" in screen.text


def test_no_problem_is_no_news(announcements: Announcements, screen: Screen) -> None:
    announcements.say([])
    assert screen.title is None
