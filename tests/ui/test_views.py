"""What is shown in each state."""

from dataclasses import replace

import pytest

from tests.builders import a_plan, some_settings
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis
from trayapp.core.log_events import Phase
from trayapp.core.login_start import LoginStart
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.settings import SELFTEST_MODEL, Settings
from trayapp.core.states import (
    Afterwards,
    Checking,
    Course,
    Failed,
    Ready,
    Starting,
    State,
    Stopped,
    Stopping,
    Waiting,
)
from trayapp.ui.views import Row, TrayView, Wish, tray_view

PLAN = a_plan()
KILLED = Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN)
STATES: dict[str, State] = {
    "stopped": Stopped(),
    "checking": Checking(1, Course()),
    "starting": Starting(1, PLAN, Course(), Phase.LOADING_WEIGHTS, 2, 4),
    "ready": Ready(1, PLAN, Course(), 26_608, 99),
    "stopping": Stopping(1, PLAN, Course(), Afterwards.STAY_STOPPED, 99),
    "stopping to start": Stopping(1, PLAN, Course(), Afterwards.START_AGAIN, 99),
    "waiting": Waiting(1, Course(), 5.0, KILLED),
    "failed": Failed(KILLED, Course()),
    "no vllm": Failed(Refusal((Problem(ProblemKind.VLLM_NOT_FOUND),)), Course()),
}


def view(state: str, **settings: object) -> TrayView:
    return tray_view(STATES[state], some_settings(**settings))


def row(shown: TrayView, wish: Wish) -> Row:
    return next(row for row in shown.rows if row.wish is wish)


@pytest.mark.parametrize(
    ("state", "icon", "enabled", "click"),
    [
        ("stopped", "stopped", {Wish.START}, Wish.START),
        ("checking", "working", {Wish.STOP}, Wish.STOP),
        ("starting", "working", {Wish.STOP, Wish.RESTART}, Wish.STOP),
        ("ready", "ready", {Wish.STOP, Wish.RESTART}, Wish.STOP),
        ("stopping", "working", {Wish.START}, None),
        ("stopping to start", "working", {Wish.STOP}, None),
        ("waiting", "working", {Wish.START, Wish.STOP}, Wish.STOP),
        ("failed", "failed", {Wish.START}, Wish.START),
    ],
)
def test_a_state_has_its_picture_what_can_be_done_and_what_a_click_does(
    state: str, icon: str, enabled: set[Wish], click: Wish | None
) -> None:
    shown = view(state)
    assert shown.icon == icon
    assert {r.wish for r in shown.rows if r.enabled} & {Wish.START, Wish.STOP, Wish.RESTART} == enabled
    assert shown.click is click


def test_the_gpu_can_be_freed_while_it_is_used_and_what_was_set_aside_can_be_brought_back() -> None:
    assert row(view("ready"), Wish.FREE_GPU) == Row(Wish.FREE_GPU, "Free the GPU now")
    assert not row(view("stopped"), Wish.FREE_GPU).enabled
    back = Row(Wish.FREE_GPU, "Bring the model back")
    assert row(view("stopped", model_set_aside=True), Wish.FREE_GPU) == back
    assert row(view("starting", model_set_aside=True), Wish.FREE_GPU).text == "Free the GPU now"


def test_a_server_that_hangs_is_shown_as_trouble() -> None:
    hung = tray_view(replace(STATES["ready"], hangs=True), some_settings())  # type: ignore[call-overload]
    assert hung.icon == "failed"
    assert hung.click is Wish.STOP


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_the_same_entries_in_the_same_places(state: str) -> None:
    assert [r.wish for r in view(state).rows] == [
        Wish.START,
        Wish.STOP,
        Wish.RESTART,
        Wish.FREE_GPU,
        Wish.CHOOSE_MODEL,
        Wish.COPY_ADDRESS,
        Wish.TRY_IT,
        Wish.CONNECT,
        Wish.SHOW_ACTIVITY,
        Wish.SHOW_LOG,
        Wish.SHOW_DETAILS,
        Wish.SHOW_SETTINGS,
        Wish.SET_UP,
        Wish.INSTALL_RUNTIME,
        Wish.START_ON_LOGIN,
        Wish.SHOW_ABOUT,
        Wish.QUIT,
    ]
    assert all(r.text for r in view(state).rows)


def test_the_first_row_says_the_state_in_words() -> None:
    assert view("ready").status == "Ready · Qwen3-0.6B · 26,608 tokens"
    assert "2/4" in view("starting").status
    assert view("ready").status in view("ready").tooltip


def test_an_address_can_be_copied_only_when_it_answers() -> None:
    assert row(view("ready"), Wish.COPY_ADDRESS).enabled
    assert not row(view("starting"), Wish.COPY_ADDRESS).enabled
    assert view("ready").detail == "http://127.0.0.1:8000/v1"


def test_setting_up_vllm_is_offered_where_none_was_found() -> None:
    assert row(view("no vllm"), Wish.INSTALL_RUNTIME).enabled
    assert not row(view("failed"), Wish.INSTALL_RUNTIME).enabled
    assert view("no vllm").detail


@pytest.mark.parametrize(
    ("model", "named"),
    [
        ("/models/Qwen3-0.6B/", "Model: Qwen3-0.6B"),
        ("C:\\models\\tiny", "Model: tiny"),
        ("Qwen/Qwen3-0.6B", "Model: Qwen3-0.6B"),
        (SELFTEST_MODEL, "Model: built-in test model"),
        ("", "Choose a model…"),
    ],
)
def test_the_chosen_model_is_named_shortly(model: str, named: str) -> None:
    assert row(view("stopped", model=model), Wish.CHOOSE_MODEL).text == named


def test_the_running_model_is_named_even_when_another_is_chosen_meanwhile() -> None:
    assert row(view("ready", model="/models/other"), Wish.CHOOSE_MODEL).text == "Model: Qwen3-0.6B"


@pytest.mark.parametrize(
    ("login_start", "enabled", "checked"),
    [
        (LoginStart.ON, True, True),
        (LoginStart.OFF, True, False),
        (LoginStart.SWITCHED_OFF_BY_DESKTOP, False, False),
    ],
)
def test_the_switch_for_the_start_on_login_shows_what_the_desktop_says(
    login_start: LoginStart, enabled: bool, checked: bool
) -> None:
    switch = row(tray_view(Stopped(), some_settings(), login_start), Wish.START_ON_LOGIN)
    assert (switch.enabled, switch.checked) == (enabled, checked)
    assert ("desktop" in switch.text) is not enabled


def test_the_last_models_are_a_menu_with_the_chosen_one_marked() -> None:
    settings = Settings(model="a/Qwen3-8B", recent_models=("a/Qwen3-8B", "selftest", "/m/tiny"))
    rows = tray_view(Stopped(), settings).models
    assert [(row.text, row.checked) for row in rows] == [
        ("Qwen3-8B", True),
        ("built-in test model", False),
        ("tiny", False),
    ]
    assert dict(rows[2].choice) == {"backend": "vllm", "model": "/m/tiny"}
    assert [row.text for row in tray_view(Stopped(), Settings(model="a/b")).models] == ["b"]
    typed = Settings(model="a/b", recent_models=("a/Qwen3-8B",))
    assert [(row.text, row.checked) for row in tray_view(Stopped(), typed).models] == [("b", True), ("Qwen3-8B", False)]
    assert not tray_view(Stopped(), Settings()).models


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"backend": "vllm"}, "Model: Qwen3-8B"),
        ({"backend": "ollama"}, "Model: qwen3:8b"),
        ({"backend": "ollama", "ollama_model": ""}, "Choose a model…"),
        ({"backend": "remote"}, "Choose a model…"),
    ],
)
def test_the_menu_names_the_model_of_the_place_that_is_chosen(changes: dict[str, str], label: str) -> None:
    settings = Settings(model="Qwen/Qwen3-8B", ollama_model="qwen3:8b").with_changes(changes)
    assert label in [row.text for row in tray_view(Stopped(), settings).rows]
