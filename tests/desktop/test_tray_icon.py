"""The icon and its menu in a real panel."""

from collections.abc import Callable

import pytest

from tests.desktop.conftest import Shown
from tests.desktop.person import Person
from tests.desktop.session import Session, until

pytestmark = pytest.mark.desktop
Show = Callable[[str], Shown]


def test_the_icon_is_there_in_every_size(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    show("ready")
    assert set(person.icon_sizes()) >= {16, 22, 24, 32, 48}


def test_no_click_is_lost_while_the_mouse_rests_on_an_icon_that_changes(
    session: Session, person: Person, show: Show
) -> None:
    session.start_tray()
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    program = show("stopped")
    assert program.hears() == "tray True"
    for state, row, wish in (
        ("stopped", "Stopped", "start"),
        ("ready", "Ready", "stop"),
        ("failed", "Failed", "start"),
        ("starting", "Starting", "stop"),
    ):
        program.tell(f"state {state}")
        until(row, lambda row=row: person.menu()[0].label.startswith(row))
        assert person.tooltip() == "vLLM Tray"  # this panel loses a click after each change of it
        program.wait_out_a_double_click()
        person.click_icon()
        assert program.hears() == wish


def test_the_menu_has_every_function_and_says_what_can_be_done_now(
    session: Session, person: Person, show: Show
) -> None:
    session.start_tray()
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    program = show("ready")
    ready = person.menu()
    assert (ready[0].label, ready[0].enabled) == ("Ready · Qwen3_0.6B · 26,608 tokens", False)
    assert [entry.label for entry in ready[1:]] == [
        "Start",
        "Stop",
        "Restart",
        "Free the GPU now",
        "Model: Qwen3_0.6B",
        "Copy server address",
        "Last models",
        "Where it runs: vLLM on this computer",
        "Try it…",
        "Connect a program…",
        "Progress and memory…",
        "Show log",
        "What went wrong…",
        "Settings…",
        "Set up again…",
        "Set up vLLM for the processor…",
        "Start on login",
        "About and check-up…",
        "Quit",
    ]
    assert [entry.label for entry in ready if not entry.enabled] == [
        ready[0].label,
        "Start",
        "What went wrong…",
        "Set up vLLM for the processor…",
    ]
    program.tell("state stopped")
    until("the stopped menu", lambda: person.menu()[0].label == "Stopped")
    stopped = person.menu()
    assert [entry.number for entry in stopped] == [entry.number for entry in ready]
    assert {entry.label: entry.enabled for entry in stopped}["Start"]
    assert not {entry.label: entry.enabled for entry in stopped}["Stop"]


def test_an_entry_tells_its_wish_and_a_switch_stays_as_it_is_until_that_is_done(
    session: Session, person: Person, show: Show
) -> None:
    session.start_tray()
    program = show("ready")
    assert program.hears() == "tray True"
    person.choose("Copy server address")
    assert program.hears() == "copy_address"
    person.choose("Start on login")
    assert program.hears() == "start_on_login True"
    assert next(entry.checked for entry in person.menu() if entry.label == "Start on login") is False
    person.choose("Quit")
    assert program.hears() == "quit"


def test_a_click_starts_or_stops_and_a_double_click_does_so_once(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    program = show("stopped")
    assert program.hears() == "tray True"
    person.click_icon()
    assert program.hears() == "start"
    program.tell("state stopping")
    until("the stopping menu", lambda: person.menu()[0].label.startswith("Stopping"))
    person.click_icon()  # means nothing now
    program.tell("state ready")
    until("the ready menu", lambda: person.menu()[0].label.startswith("Ready"))
    person.click_icon(times=2)
    assert program.hears() == "stop"
    person.choose("Quit")
    assert program.hears() == "quit"


def test_without_a_tray_a_window_offers_the_same_until_the_panel_comes(
    session: Session, person: Person, show: Show
) -> None:
    program = show("ready")
    assert program.hears() == "tray False"
    window = until("the window", lambda: person.window("vLLM Tray"))
    assert window.width >= 400
    session.start_tray()
    assert program.hears() == "tray True"
    assert person.menu()[0].label.startswith("Ready")
    until("no window", lambda: person.window("vLLM Tray") is None)


def test_the_icon_comes_back_with_a_panel_that_restarts_and_no_window_flashes_up(
    session: Session, person: Person, show: Show
) -> None:
    session.start_tray()
    program = show("ready")
    assert program.hears() == "tray True"
    person.icon()
    session.stop("tray")
    until("no panel", lambda: not person.is_on_bus("org.kde.StatusNotifierWatcher"))
    session.start_tray()
    person.click_icon()
    assert program.hears() == "stop"
    assert person.window("vLLM Tray") is None


def test_a_panel_that_goes_for_good_leaves_the_window(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    program = show("starting")
    assert program.hears() == "tray True"
    session.stop("tray")
    assert program.hears() == "tray False"
    until("the window", lambda: person.window("vLLM Tray"))


def test_the_icon_docks_in_a_tray_of_the_older_kind(session: Session, person: Person, show: Show) -> None:
    session.start_tray("trayer")
    until("the trayer", lambda: any("trayer" in w.owner for w in person.windows()))
    program = show("stopped")
    assert program.hears() == "tray True"
    icon = until("the icon", lambda: next((w for w in person.windows() if '"vllm-tray"' in w.owner and w.y > 0), None))
    person.click(icon.x + icon.width // 2, icon.y + icon.height // 2)
    assert program.hears() == "start"
