"""Work in threads: its result comes back, and so does its failure."""

import errno
import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from trayapp.supervision.background import Background


@pytest.fixture
def background(qtbot: QtBot) -> Iterator[Background]:
    made = Background(QCoreApplication.instance())
    yield made
    assert made.wait(5)


def no_descriptor() -> Any:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def bug() -> Any:
    raise ZeroDivisionError


def test_a_result_comes_back(background: Background, qtbot: QtBot) -> None:
    results: list[int] = []
    background.run(lambda: 4711, results.append)
    qtbot.waitUntil(lambda: results == [4711])


def test_no_result_is_one_too(background: Background, qtbot: QtBot) -> None:
    results: list[None] = []
    background.run(lambda: None, results.append)
    qtbot.waitUntil(lambda: results == [None])


def test_trouble_of_the_system_is_answered_and_not_raised(background: Background, qtbot: QtBot) -> None:
    results: list[str] = []
    with capture_exceptions() as raised:
        background.run(no_descriptor, results.append, str)
        qtbot.waitUntil(lambda: bool(results))
    assert results == [f"[Errno {errno.EMFILE}] {os.strerror(errno.EMFILE)}"]
    assert raised == []


def test_a_bug_is_answered_and_raised_all_the_same(background: Background, qtbot: QtBot) -> None:
    results: list[str] = []
    with capture_exceptions() as raised:
        background.run(bug, results.append, lambda error: type(error).__name__)
        qtbot.waitUntil(lambda: bool(raised))
    assert results == ["ZeroDivisionError"]
    assert [error[0] for error in raised] == [ZeroDivisionError]


def test_without_an_answer_even_trouble_is_raised(background: Background, qtbot: QtBot) -> None:
    with capture_exceptions() as raised:
        background.run(no_descriptor, lambda _: None)
        qtbot.waitUntil(lambda: bool(raised))
    assert [error[0] for error in raised] == [OSError]


def test_a_result_that_comes_after_the_end_is_dropped_without_a_word(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    go_on = threading.Event()
    background = Background()
    background.run(go_on.wait, lambda _: None)
    (thread,) = background._threads
    delete(background)
    go_on.set()
    thread.join(5)
    assert not thread.is_alive()
    assert failed == []
