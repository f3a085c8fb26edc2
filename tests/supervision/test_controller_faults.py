"""The controller when one of its partners has a bug: loud, and no state that cannot be left."""

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from tests.builders import a_plan_for
from trayapp.assembly import RemoteKeys, runs_of_this_app
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.found_cause import Cause, Diagnosis
from trayapp.core.states import Failed, Stopped
from trayapp.desktop.secrets import Secrets
from trayapp.supervision.controller import Controller, Partners
from trayapp.supervision.log_book import LogBook


def broken(*_: object) -> Any:
    raise ZeroDivisionError


@pytest.fixture
def controller(qtbot: QtBot, tmp_path: Path, free_port: int) -> Controller:
    owner = QCoreApplication.instance()
    plan = a_plan_for("/bin/false", free_port)
    log_book = LogBook(tmp_path, str, owner)
    runs = runs_of_this_app(RemoteKeys(Secrets()))
    partners = Partners(lambda *_: (plan, ()), lambda _: (), broken, lambda *_: (), runs, log_book)
    return Controller(partners, owner)


def test_an_end_that_cannot_be_explained_is_a_failure_without_a_cause(controller: Controller, qtbot: QtBot) -> None:
    with capture_exceptions() as exceptions:
        controller.take(StartWanted())
        qtbot.waitUntil(lambda: isinstance(controller.state, Failed))
    assert [error[0] for error in exceptions] == [ZeroDivisionError]
    state = controller.state
    assert isinstance(state, Failed)
    assert isinstance(state.reason, Diagnosis)
    assert state.reason.cause is Cause.UNKNOWN
    controller.take(StopWanted())
    assert isinstance(controller.state, Stopped)
