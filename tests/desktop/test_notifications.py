"""Notifications on the screen of a real service, and what happens without one."""

from collections.abc import Callable

import pytest

from tests.desktop.conftest import Shown
from tests.desktop.person import Person
from tests.desktop.session import Session, until

pytestmark = pytest.mark.desktop
Show = Callable[[str], Shown]


def wait_for_service(person: Person) -> None:
    until("a notification service", lambda: person.is_on_bus("org.freedesktop.Notifications"))


def test_one_notification_is_updated_in_place_and_its_button_is_pressed_with_the_mouse(
    session: Session, person: Person, show: Show
) -> None:
    session.start_tray()
    session.start_notifications()
    wait_for_service(person)
    program = show("starting")
    assert program.hears() == "tray True"
    for number in range(3):
        program.tell(f"notify Starting|Loading weights {number}/2|stop=Stop|lasting")
        person.notification(f"{number}/2")
    first, *later = person.notifications
    assert (first.replaces, first.buttons, first.timeout_ms) == (0, {"stop": "Stop"}, 0)
    assert all(n.replaces == n.number == first.number for n in later)
    assert "value" not in first.hints
    person.press_last_button()
    assert program.hears() == "pressed stop"


@pytest.mark.parametrize(
    ("service", "body"),
    [("xfce", "/models/&lt;b&gt;x&lt;/b&gt; &amp; co"), ("dunst", "/models/<b>x</b> & co")],
)
def test_a_file_name_is_no_markup(
    session: Session, person: Person, show: Show, service: str, body: str
) -> None:  # dunst is set to know no markup, and gets none
    session.start_tray()
    session.start_notifications(service)
    wait_for_service(person)
    show("failed").tell("notify Failed|/models/<b>x</b> & co||urgent")
    shown = person.notification("Failed")
    assert shown.body == body
    assert shown.hints["urgency"] == 2


def test_closed_progress_stays_away_and_the_outcome_is_shown(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    session.start_notifications()
    wait_for_service(person)
    program = show("starting")
    assert program.hears() == "tray True"
    program.tell("notify Starting|one||lasting")
    person.notification("one")
    person.click_notification()
    assert program.hears() == "closed"
    program.tell("notify Starting|two||lasting")
    program.tell("notify Ready|three||")
    person.notification("three")
    assert [n.body for n in person.notifications] == ["one", "three"]


def test_withdrawn_is_gone_from_the_screen(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    session.start_notifications()
    wait_for_service(person)
    program = show("starting")
    program.tell("notify Starting|one||lasting")
    person.notification("one")
    program.tell("withdraw")
    until("it is closed", lambda: person.hear()[0].closed)


def test_a_service_that_restarts_shows_the_next_one_anew(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    session.start_notifications()
    wait_for_service(person)
    program = show("starting")
    program.tell("notify Starting|one||lasting")
    person.notification("one")
    session.stop("notifications")
    session.start_notifications("dunst")
    wait_for_service(person)
    program.tell("notify Starting|two|stop=Stop|lasting")
    assert person.notification("two").replaces == 0


def test_no_service_is_told_and_one_that_comes_later_is_used(session: Session, person: Person, show: Show) -> None:
    session.start_tray()
    program = show("starting")
    assert program.hears() == "tray True"
    program.tell("notify Failed|one||")
    assert program.hears().startswith("unseen")
    session.start_notifications()
    wait_for_service(person)
    program.tell("notify Failed|two||")
    person.notification("two")


def test_without_a_service_a_tray_of_the_older_kind_shows_it(session: Session, person: Person, show: Show) -> None:
    session.start_tray("trayer")
    until("the trayer", lambda: any("trayer" in w.owner for w in person.windows()))
    program = show("stopped")
    assert program.hears() == "tray True"
    until("the icon", lambda: next((w for w in person.windows() if '"vllm-tray"' in w.owner and w.y > 0), None))
    program.tell("notify Failed|one||")
    until("the balloon", lambda: any(w.height > 40 and '"vllm-tray"' in w.owner for w in person.windows()))
