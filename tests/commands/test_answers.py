"""Answers to requests that are odd, or whose asker goes away."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Signal
from pytestqt.qtbot import QtBot

from trayapp.commands.answers import Answers, Desk
from trayapp.core.problems import Problem, Refusal
from trayapp.core.states import Checking, Stopped
from trayapp.probes.gpus import find_gpus
from trayapp.supervision.background import Background
from trayapp.supervision.controller import Controller, Partners
from trayapp.supervision.log_book import LogBook


class Question(QObject):
    """A request without a socket."""

    gone = Signal()

    def __init__(self, command: str, **arguments: Any) -> None:
        super().__init__(QCoreApplication.instance())
        self.command = command
        self.arguments = arguments
        self.answers: list[dict[str, Any]] = []
        self.closed = False

    def answer(self, values: dict[str, Any], *, last: bool = True) -> None:
        if not self.closed:
            self.answers.append(values)
        if last:
            self.hang_up()

    def hang_up(self) -> None:
        if not self.closed:
            self.closed = True
            self.gone.emit()


class Counter:
    """The desk of an app whose survey takes until it is let go."""

    def __init__(self, folder: Path) -> None:
        self.let_go = threading.Event()
        self.chosen: list[str] = []
        owner = QCoreApplication.instance()
        self.log_book = LogBook(folder, str, owner)
        parts = (self.plan, self.never, self.never, self.never, self.never, self.log_book)
        self.controller = Controller(Partners(*parts), owner)
        desk = Desk(
            self.controller, self.log_book, Background(owner), self.choose, find_gpus, lambda: None, lambda: None
        )
        self.answers = Answers(desk, owner)

    def plan(self, *_: object) -> tuple[Refusal, tuple[Problem, ...]]:
        self.let_go.wait(30)
        return Refusal(()), ()

    def never(self, *_: object) -> Any:
        raise AssertionError

    def choose(self, model: str) -> None:
        self.chosen.append(model)

    def ask(self, command: str, **arguments: Any) -> Question:
        question = Question(command, **arguments)
        self.answers.take(question)
        return question

    def listeners(self) -> int:
        return self.controller.receivers("2state_changed(PyObject,PyObject)")


@pytest.fixture
def counter(qtbot: QtBot, tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.ask("stop")
    made.let_go.set()
    made.controller.end_now()
    qtbot.wait(1)


@pytest.mark.parametrize("wait_s", [float("inf"), float("nan"), -1, 1e308, 10**9, True, "5", [5]])
def test_a_time_that_is_none_is_refused_and_nothing_happens(counter: Counter, wait_s: object) -> None:
    question = counter.ask("start", wait_s=wait_s)
    assert "seconds" in question.answers[0]["error"]
    assert isinstance(counter.controller.state, Stopped)


@pytest.mark.parametrize("model", ["", "  ", 5, ["x"], {}])
def test_a_model_that_is_none_is_refused(counter: Counter, model: object) -> None:
    question = counter.ask("start", model=model)
    assert "model" in question.answers[0]["error"]
    assert counter.chosen == []


def test_what_is_not_done_in_time_is_said(counter: Counter, qtbot: QtBot) -> None:
    question = counter.ask("start", wait_s=0.01)
    qtbot.waitUntil(lambda: bool(question.answers))
    assert question.answers[0]["in_time"] is False
    assert isinstance(counter.controller.state, Checking)


def test_who_goes_away_is_not_waited_for(counter: Counter) -> None:
    before = counter.listeners()
    question = counter.ask("start", wait_s=100)
    assert counter.listeners() == before + 1
    question.hang_up()
    assert counter.listeners() == before
    counter.ask("stop")
    assert question.answers == []


def test_who_goes_away_gets_no_more_lines(counter: Counter) -> None:
    question = counter.ask("logs", count=10, follow=True)
    counter.log_book.add(["one"])
    question.hang_up()
    counter.log_book.add(["two"])
    assert question.answers == [{"lines": ["one"]}]


def test_who_goes_away_while_old_lines_are_sent_is_forgotten(counter: Counter) -> None:
    class Hasty(Question):
        def answer(self, values: dict[str, Any], *, last: bool = True) -> None:
            self.answers.append(values)
            self.hang_up()

    counter.log_book.add(["old"])
    question = Hasty("logs", count=10, follow=True)
    counter.answers.take(question)
    counter.log_book.add(["new"])
    assert question.answers == [{"lines": ["old"]}]


def test_a_stop_that_left_something_is_no_success(counter: Counter) -> None:
    counter.controller._state = Stopped(1, (4711,))
    question = counter.ask("stop", wait_s=5)
    assert "4711" in question.answers[0]["error"]
