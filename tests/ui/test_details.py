"""The details of a failure: what they say is a function of the state, and their buttons tell wishes."""

from types import MappingProxyType

import pytest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis, Evidence
from trayapp.core.events import RemedyWanted, StartWanted
from trayapp.core.notices import Button, ButtonId, buttons_for
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import Remedy, RemedyId
from trayapp.core.states import Course, Failed, Ready, Stopped, Waiting
from trayapp.probes.resources import resource
from trayapp.ui.details_view import details_view
from trayapp.ui.details_window import DetailsWindow
from trayapp.ui.icons import Icons
from trayapp.ui.wishes import Wishes

LINE = "ValueError: To serve at least one request with the model's max seq len (40960)"
DIAGNOSIS = Diagnosis(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, Confidence.CERTAIN, (Evidence(812, LINE),))
SHORTER = Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes=MappingProxyType({"max_model_len": 9216}))
CLOSE = Remedy(RemedyId.CLOSE_PROGRAMS, automatic=False)
FAILED = Failed(DIAGNOSIS, Course(tried=(SHORTER,)), (SHORTER, CLOSE), a_plan())


def test_a_failure_shows_cause_proof_ways_out_and_what_was_tried() -> None:
    view = details_view(FAILED)
    assert view is not None
    assert view.title
    assert view.explanation
    assert view.evidence == DIAGNOSIS.evidence
    assert [(step.text, step.button) for step in view.steps] == [
        ("Use 9,216 tokens", Button(ButtonId.REMEDY, SHORTER)),
        ("Close other programs", None),
    ]
    assert view.tried == ("Use 9,216 tokens",)


def test_a_refusal_and_a_crash_have_details_too() -> None:
    refused = details_view(Failed(Refusal((Problem(ProblemKind.NO_MODEL_CHOSEN),)), Course()))
    crashed = details_view(Waiting(1, Course(), 2.0, DIAGNOSIS))
    assert refused is not None
    assert crashed is not None
    assert crashed.evidence == DIAGNOSIS.evidence


@pytest.mark.parametrize("kind", [ProblemKind.VLLM_NOT_FOUND, ProblemKind.NO_MODEL_CHOSEN, ProblemKind.PORT_TAKEN])
def test_what_the_notification_of_a_refusal_offers_is_in_the_window_when_that_has_gone(kind: ProblemKind) -> None:
    refused = Failed(Refusal((Problem(kind, {"host": "127.0.0.1", "port": 8000}),)), Course())
    view = details_view(refused)
    assert view is not None
    assert view.steps
    assert [step.button for step in view.steps] == list(buttons_for(refused))


def test_there_are_none_where_nothing_failed() -> None:
    assert details_view(Stopped()) is None
    assert details_view(Ready(1, a_plan(), Course(), 100, 1)) is None


def test_the_window_shows_it_and_its_buttons_tell_wishes(qtbot: QtBot) -> None:
    window = DetailsWindow(Icons(resource("icons")))
    qtbot.addWidget(window)
    view = details_view(FAILED)
    assert view is not None
    window.render_view(view)
    text = window.findChild(QPlainTextEdit)
    assert text is not None
    assert text.toPlainText() == f"812: {LINE}"
    button = next(button for button in window.findChildren(QPushButton) if button.text() == "Use 9,216 tokens")
    with qtbot.waitSignal(window.button_wanted) as wanted:
        button.click()
    assert wanted.args == [Button(ButtonId.REMEDY, SHORTER)]


@pytest.mark.parametrize(
    ("remedy", "event"),
    [(SHORTER, RemedyWanted(SHORTER)), (Remedy(RemedyId.RETRY, automatic=True), StartWanted())],
)
def test_a_remedy_is_another_attempt(qtbot: QtBot, remedy: Remedy, event: object) -> None:
    wishes = Wishes()
    with qtbot.waitSignal(wishes.event_wanted) as wanted:
        wishes.tell_remedy(remedy)
    assert wanted.args == [event]


@pytest.mark.parametrize(
    ("remedy_id", "signal"),
    [
        (RemedyId.SHOW_GPU_USERS, "show_gpu_users_wanted"),
        (RemedyId.UPDATE_VLLM, "update_runtime_wanted"),
        (RemedyId.REINSTALL_VLLM, "reinstall_runtime_wanted"),
    ],
)
def test_a_remedy_that_the_app_does_itself_is_a_wish(qtbot: QtBot, remedy_id: RemedyId, signal: str) -> None:
    wishes = Wishes()
    with qtbot.waitSignal(getattr(wishes, signal)):
        wishes.tell_remedy(Remedy(remedy_id, automatic=False))


@pytest.mark.parametrize(
    ("button", "signal"),
    [
        (ButtonId.INSTALL_RUNTIME, "install_runtime_wanted"),
        (ButtonId.USE_SELFTEST_MODEL, "use_selftest_model_wanted"),
        (ButtonId.OPEN_SETTINGS, "show_settings_wanted"),
    ],
)
def test_a_button_of_a_refusal_is_a_wish(qtbot: QtBot, button: ButtonId, signal: str) -> None:
    wishes = Wishes()
    with qtbot.waitSignal(getattr(wishes, signal)):
        wishes.tell_button(Button(button))


def test_every_button_means_something(qtbot: QtBot) -> None:
    wishes = Wishes()
    for each in set(ButtonId) - {ButtonId.REMEDY}:
        wishes.tell_button(Button(each))
