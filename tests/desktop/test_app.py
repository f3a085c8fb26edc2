"""The whole app on a desktop, with a vLLM that is a fake: what a person sees and does."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, pictures
from tests.desktop.session import Session, until

pytestmark = pytest.mark.desktop


def test_a_click_starts_the_model_one_notification_tells_how_far_and_a_click_stops_it(
    app: Callable[..., App], person: Person, free_port: int
) -> None:
    running = app({"speed": 30})
    assert running.state() == "Stopped"
    person.click_icon()
    ready = person.notification("is ready")
    running.until_state("Ready")
    told = person.hear()
    assert len(told) > 2
    assert {n.number for n in told} == {told[0].number}
    assert all(n.replaces in {0, told[0].number} for n in told)
    assert f"http://127.0.0.1:{free_port}/v1" in ready.body
    assert "tokens" in ready.body
    person.click_icon()
    running.until_state("Stopped")
    assert running.vllm.alive() == []


def test_a_crash_is_told_with_its_reason_and_buttons(app: Callable[..., App], person: Person) -> None:
    running = app({"recording": "unknown_flag", "ends_before_ready": True, "end_code": 2})
    person.click_icon()
    running.until_state("Failed")
    crash = until("the reason", lambda: next((n for n in person.hear() if n.hints["urgency"] == 2), None))
    assert "Show log" in crash.buttons.values()
    assert crash.title


def test_start_again_in_the_notification_of_a_crash_starts_it_again(app: Callable[..., App], person: Person) -> None:
    running = app({"ends_before_ready": True, "end_code": 1}, {"speed": 20})
    person.click_icon()
    running.until_state("Failed")
    crash = until("the reason", lambda: next((n for n in person.hear() if n.hints["urgency"] == 2), None))
    assert list(crash.buttons.values())[-1] == "Start again"
    person.press_last_button()
    running.until_state("Ready")
    person.notification("is ready")
    told = [n.title for n in person.hear()[person.hear().index(crash) + 1 :]]
    assert "Starting selftest-model" in told


def test_a_model_that_crashed_while_it_ran_is_started_again_by_the_button_of_the_notification(
    app: Callable[..., App], person: Person, tmp_path: Path
) -> None:
    """By itself it would only be after the third crash's pause, which is longer than until_state waits."""
    crashes = {"speed": 30, "ends_after_s": 0.2, "end_signal": 9}
    running = app(crashes, crashes, crashes, {"speed": 30})
    person.click_icon()
    crash = person.notification("It starts again in 30 s.")
    assert crash.title.startswith("Crashed: ")
    assert list(crash.buttons.values())[-1] == "Start again"
    person.take_picture(pictures(tmp_path) / "crash.png")
    person.press_last_button()
    running.until_state("Ready")
    assert len(running.vllm.launches()) == 4


def test_the_details_of_a_failure_open_from_the_menu(app: Callable[..., App], person: Person) -> None:
    running = app({"recording": "unknown_flag", "ends_before_ready": True, "end_code": 2})
    person.choose("Start")
    running.until_state("Failed")
    person.choose("What went wrong…")
    until("the details", lambda: person.window("What went wrong · vLLM Tray"))


def test_the_log_opens_from_the_menu_with_what_vllm_said(app: Callable[..., App], person: Person) -> None:
    running = app()
    person.choose("Start")
    running.until_state("Ready")
    person.choose("Show log")
    until("the log window", lambda: person.window("Log · vLLM Tray"))


def test_a_second_start_shows_the_first(app: Callable[..., App], person: Person) -> None:
    running = app()
    second = running.launch()
    assert second.wait(10) == 0
    until("the window", lambda: person.window("vLLM Tray"))
    assert len(person.icons()) == 1
    assert running.process.poll() is None


def test_quit_ends_the_model_and_then_the_app(app: Callable[..., App], person: Person) -> None:
    running = app({"workers": 2})
    person.choose("Start")
    running.until_state("Ready")
    person.choose("Quit")
    assert running.process.wait(10) == 0
    assert running.vllm.alive() == []
    until("no icon", lambda: not person.icons())


def test_the_end_of_the_session_ends_the_model(app: Callable[..., App], person: Person) -> None:
    running = app({"workers": 2})
    person.choose("Start")
    running.until_state("Ready")
    os.kill(running.process.pid, signal.SIGTERM)
    running.process.wait(10)
    assert running.vllm.alive() == []


def test_nothing_of_the_model_outlives_a_killed_app(app: Callable[..., App], person: Person) -> None:
    running = app({"workers": 2, "fleeing_workers": 1})
    person.choose("Start")
    running.until_state("Ready")
    running.process.kill()
    until("nothing alive", lambda: not running.vllm.alive())


def test_start_on_login_is_switched_in_the_menu(app: Callable[..., App], person: Person, session: Session) -> None:
    app()
    entry = session.folder / "config" / "autostart" / "vllm-tray.desktop"
    person.choose("Start on login")
    until("the entry", entry.exists)
    until("the mark", lambda: next(e.checked for e in person.menu() if e.label == "Start on login"))
    person.choose("Start on login")
    until("no entry", lambda: not entry.exists())


def test_the_desktops_own_off_for_the_start_on_login_is_shown_and_kept(
    app: Callable[..., App], person: Person, session: Session
) -> None:
    entry = session.folder / "config" / "autostart" / "vllm-tray.desktop"
    entry.parent.mkdir()
    entry.write_text("[Desktop Entry]\nType=Application\nExec=vllm-tray\nHidden=true\n")
    app()
    row = next(e for e in person.menu() if e.label.startswith("Start on login"))
    assert (row.enabled, row.checked) == (False, False)
    assert "Hidden=true" in entry.read_text()


def test_the_gpu_is_freed_for_a_game_and_the_model_brought_back_even_after_a_new_start_of_the_app(
    app: Callable[..., App], session: Session, person: Person
) -> None:
    running = app({"speed": 30}, {"speed": 30}, start_model_on_launch=True)
    running.until_state("Ready")
    person.choose("Free the GPU now")
    running.until_state("Stopped")
    assert running.vllm.alive() == []
    until("the way back", lambda: any(entry.label == "Bring the model back" for entry in person.menu()))
    person.choose("Quit")
    running.process.wait(20)
    running.process = running.launch()
    person.notification("set aside")
    assert running.state() == "Stopped"
    person.choose("Bring the model back")
    running.until_state("Ready")
    kept = json.loads((session.folder / "config" / "vllm-tray" / "settings.json").read_text())
    assert not kept["model_set_aside"]
