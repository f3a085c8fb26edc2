"""The controller when one of its partners has a bug: loud, and no state that cannot be left."""

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.exceptions import capture_exceptions
from pytestqt.qtbot import QtBot

from tests.builders import a_plan_for
from tests.fakes.quiet_http import QuietHandler, QuietServer
from trayapp.assembly import RemoteKeys, runs_of_this_app
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.found_cause import NOT_EXPLAINED, Cause, Diagnosis
from trayapp.core.launch import LaunchPlan
from trayapp.core.states import Failed, Ready, State, Stopped, Waiting
from trayapp.desktop.secrets import Secrets
from trayapp.supervision.controller import Controller, Partners
from trayapp.supervision.log_book import LogBook


def broken(*_: object) -> Any:
    raise ZeroDivisionError


@pytest.fixture
def controller(qtbot: QtBot, tmp_path: Path, free_port: int) -> Controller:
    del qtbot
    return controller_with(tmp_path, a_plan_for("/bin/false", free_port), broken)


def controller_with(folder: Path, plan: LaunchPlan, explain: Callable[..., Any]) -> Controller:
    owner = QCoreApplication.instance()
    log_book = LogBook(folder, str, owner)
    runs = runs_of_this_app(RemoteKeys(Secrets()))
    partners = Partners(lambda *_: (plan, ()), lambda _: (), explain, lambda *_: (), runs, log_book)
    return Controller(partners, owner)


def test_a_server_that_has_ended_is_not_called_ready_while_its_end_is_explained(
    qtbot: QtBot, tmp_path: Path, free_port: int
) -> None:
    """Another program may have the port by then, and serve the same model."""
    asked = threading.Event()
    plan = a_plan_for("/bin/false", free_port)

    class Stranger(QuietHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": plan.model_name}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if self.path != "/health":
                asked.set()

    def explain(_: object) -> Any:
        asked.wait(1.5)  # three questions long
        return NOT_EXPLAINED, ()

    made = controller_with(tmp_path, plan, explain)
    states: list[State] = []
    made.state_changed.connect(lambda _, after: states.append(after))
    stranger = QuietServer(Stranger, free_port).start()
    made.take(StartWanted())
    qtbot.waitUntil(lambda: isinstance(made.state, Failed | Ready | Waiting))
    stranger.close()
    made.end_now()
    assert not any(isinstance(state, Ready) for state in states)
    assert isinstance(made.state, Stopped)
    assert not asked.is_set()


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
