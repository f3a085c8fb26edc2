"""The windows of the app on a desktop, with a vLLM that is a fake: by mouse alone, by keyboard alone, read aloud."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, pictures
from tests.desktop.session import Session, until
from tests.desktop.widgets import Widgets, nameless
from tests.fakes.vllm_folder import FakeVllmFolder
from trayapp.core.settings import SELFTEST_MODEL, Settings
from trayapp.probes.ports import find_port_problem

pytestmark = pytest.mark.desktop
SET_UP = "Set up · vLLM Tray"
PLAN = "built-in test model: It fits"  # "It fits" alone is said in the list of the step before, too


@pytest.fixture
def newcomer(
    session: Session, person: Person, fake_vllm: Callable[..., FakeVllmFolder]
) -> Callable[[], FakeVllmFolder]:
    """Start the app where a vLLM is on PATH and nothing was ever set."""

    def start() -> FakeVllmFolder:
        # A newcomer has the default port, which another test may still hold.
        until("the default port", lambda: find_port_problem("127.0.0.1", Settings().port) is None, 60)
        vllm = fake_vllm("0.32.0+cpu", {"speed": 20})
        session.environment["PATH"] = os.pathsep.join((str(Path(vllm.executable).parent), session.environment["PATH"]))
        session.start_tray()
        session.start_notifications()
        until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
        until("notifications", lambda: person.is_on_bus("org.freedesktop.Notifications"))
        session.run(sys.executable, "-m", "trayapp")
        until("the window that opens by itself", lambda: person.window(SET_UP))
        return vllm

    return start


def settings(session: Session) -> dict[str, object]:
    file = session.folder / "config" / "vllm-tray" / "settings.json"
    values = json.loads(file.read_text()) if file.exists() else {}
    assert isinstance(values, dict)
    return values


def test_the_set_up_leads_to_an_answer_with_the_mouse_alone(
    newcomer: Callable[[], FakeVllmFolder], session: Session, person: Person, widgets: Widgets, tmp_path: Path
) -> None:
    vllm = newcomer()
    widgets.until_text("This computer can run a model")
    widgets.click("Next")
    widgets.click("Test model")
    widgets.until_text(PLAN)
    person.take_picture(pictures(tmp_path) / "mouse-plan.png")
    widgets.click("Start")
    person.notification("is ready")
    widgets.click("Try it…")
    widgets.click("Ask")
    until("the answer", lambda: widgets.content("Answer"))
    person.take_picture(pictures(tmp_path) / "mouse-answer.png")
    assert settings(session)["model"] == SELFTEST_MODEL
    assert len(vllm.alive()) > 0


def test_the_set_up_leads_to_an_answer_with_the_keyboard_alone(
    newcomer: Callable[[], FakeVllmFolder], session: Session, person: Person, widgets: Widgets, tmp_path: Path
) -> None:
    newcomer()
    widgets.until_text("This computer can run a model")
    person.press("alt+n")
    until("the model's step", lambda: widgets.find("Test model"))
    person.press("alt+t")
    widgets.until_text(PLAN)
    person.press("alt+s")
    person.notification("is ready")
    until("Try it", lambda: widgets.find("Try it…"))
    person.press("alt+t")
    until("the window for a question", lambda: person.window("Try it · vLLM Tray"))
    person.type("Does it work?")
    person.press("alt+a")
    until("the answer", lambda: widgets.content("Answer"))
    person.take_picture(pictures(tmp_path) / "keyboard-answer.png")


def test_a_set_up_that_is_closed_half_way_keeps_what_was_chosen(
    newcomer: Callable[[], FakeVllmFolder], session: Session, person: Person, widgets: Widgets
) -> None:
    newcomer()
    widgets.until_text("This computer can run a model")
    widgets.click("Next")
    widgets.click("Test model")
    widgets.until_text(PLAN)
    window = until("the window", lambda: person.window(SET_UP))
    person.close(window)
    until("it to be gone", lambda: person.window(SET_UP) is None)
    until("the choice in the file", lambda: settings(session).get("model") == SELFTEST_MODEL)
    person.choose("Set up again…")
    widgets.until_text("This computer can run a model")
    widgets.click("Next")
    widgets.until_text("Chosen:")


def test_return_leads_on_and_tab_reaches_every_button_and_field(
    newcomer: Callable[[], FakeVllmFolder], person: Person, widgets: Widgets
) -> None:
    newcomer()
    widgets.until_text("This computer can run a model")
    _go_round(widgets, person)
    _go_to("Next", widgets, person)
    person.press("Return")
    until("the suggestions", lambda: (download := widgets.find("Download")) and download.enabled)
    _go_round(widgets, person)
    _go_to("Test model", widgets, person)
    person.press("space")
    widgets.until_text(PLAN)
    person.press("Return")
    person.notification("is ready")


def _go_round(widgets: Widgets, person: Person) -> None:
    """Press Tab until the keyboard is back where it began; every button and every field must have had it by then."""
    shown = [each for each in widgets.shown() if each.focusable and each.enabled]
    wanted = {each.label for each in shown if each.role in {"push button", "text", "check box", "combo box"}}
    assert wanted
    reached: list[str] = []
    while len(reached) < 2 or reached[-1] != reached[0]:
        focused = widgets.focused()
        assert focused is not None
        reached.append(focused.label)
        assert len(reached) < 2 * len(wanted) + 10, reached
        person.press("Tab")
    assert not wanted - set(reached), reached


def _go_to(label: str, widgets: Widgets, person: Person) -> None:
    """Press Tab until this has the keyboard."""

    def there() -> bool:
        focused = widgets.focused()
        if focused is not None and focused.label == label:
            return True
        person.press("Tab")
        return False

    until(f"{label} to have the keyboard", there)


def test_a_setting_of_a_running_model_is_changed_and_counts_after_apply_and_restart(
    running: Callable[..., App], session: Session, person: Person, widgets: Widgets, tmp_path: Path
) -> None:
    app = running()
    assert app.status()["max_model_len"] > 8192
    person.choose("Settings…")
    widgets.click("Context and memory", role="list item")
    widgets.click("Context length", role="text")
    person.press("ctrl+a")
    person.type("8192")
    widgets.until_text("8,192 tokens are planned")
    person.take_picture(pictures(tmp_path) / "settings.png")
    widgets.click("Apply and restart")
    until("the new length", lambda: app.status().get("max_model_len") == 8192)
    app.until_state("Ready")
    assert len(app.vllm.launches()) == 2
    assert settings(session)["max_model_len"] == 8192


def test_a_setting_is_changed_with_the_keyboard_alone_and_counts_after_apply_and_restart(
    running: Callable[..., App], session: Session, person: Person, widgets: Widgets
) -> None:
    app = running()
    person.choose("Settings…")
    until("the pages", lambda: widgets.find("Context and memory", role="list item"))
    _go_to("Pages", widgets, person)
    person.press("Down")
    until("the page", lambda: widgets.find("Context length", role="text"))
    _go_to("Context length", widgets, person)
    person.type("4096")
    widgets.until_text("4,096 tokens are planned")
    person.press("alt+r")  # Apply and restart
    until("the new length", lambda: app.status().get("max_model_len") == 4096)
    assert settings(session)["max_model_len"] == 4096
    person.press("Escape")
    until("the window to be gone", lambda: not [w for w in person.windows() if "vLLM Tray" in w.title])


def test_where_the_desktop_shows_no_icon_a_window_does_it_all_with_the_keyboard(
    session: Session, person: Person, widgets: Widgets, fake_vllm: Callable[..., FakeVllmFolder], tmp_path: Path
) -> None:
    vllm = fake_vllm("0.32.0+cpu", {"speed": 30})
    file = session.folder / "config" / "vllm-tray" / "settings.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"version": 1, "model": SELFTEST_MODEL, "vllm_executable": vllm.executable, "port": 0}))
    session.start_notifications()
    session.run(sys.executable, "-m", "trayapp")
    until("the window", lambda: person.window("vLLM Tray"))
    until("what is in it", lambda: widgets.find("Start", role="push button"))
    assert nameless(widgets.shown()) == []
    person.take_picture(pictures(tmp_path) / "without-icon.png")
    _go_to("Start", widgets, person)
    person.press("space")
    widgets.until_text("Ready")
    _go_to("Stop", widgets, person)
    person.press("space")
    until("nothing of it to be left", lambda: not vllm.alive())
    _go_to("Quit", widgets, person)
    person.press("space")
    until("the window to be gone", lambda: person.window("vLLM Tray") is None)
