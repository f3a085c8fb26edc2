"""Whatever can be operated in a window has a name to be read aloud: asked over AT-SPI, as a screen reader does."""

from collections.abc import Callable

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App
from tests.desktop.session import until
from tests.desktop.widgets import Widget, Widgets, nameless, operated

pytestmark = pytest.mark.desktop
WINDOWS = (
    "Progress and memory…",
    "Show log",
    "Settings…",
    "Set up again…",
    "About and check-up…",
    "Try it…",
    "Connect a program…",
)


@pytest.fixture
def look(person: Person, widgets: Widgets) -> Callable[[str], list[Widget]]:
    """Read the only window, which is to be there in a moment, and close it with Escape."""

    def read(what: str) -> list[Widget]:
        window = until(what, lambda: next((w for w in person.windows() if "vLLM Tray" in w.title), None))
        until("what is in it", lambda: len(widgets.shown()) > 3)
        shown = widgets.shown()
        person.press("Escape")
        until(f"{what} to be gone", lambda: person.window(window.title) is None)
        return shown

    return read


def test_whatever_can_be_operated_in_a_window_has_a_name_and_escape_closes_it(
    running: Callable[..., App], person: Person, look: Callable[[str], list[Widget]]
) -> None:
    running()
    roles = set[str]()
    for label in WINDOWS:
        person.choose(label)
        shown = look(label)
        roles |= {each.role for each in shown}
        assert nameless(shown) == [], label
    assert {"push button", "check box", "combo box", "text", "list item", "table"} <= roles


def test_whatever_can_be_operated_on_a_page_of_the_settings_has_a_name(
    running: Callable[..., App], person: Person, widgets: Widgets
) -> None:
    running()
    person.choose("Settings…")
    until("the pages", lambda: widgets.find("Advanced", role="list item"))
    pages = [each.label for each in widgets.shown() if each.role == "list item"]
    assert len(pages) > 6
    seen = set[frozenset[str]]()
    for page in pages:
        widgets.click(page, role="list item")
        until(f"another page: {page}", lambda: frozenset(operated(widgets.shown())) not in seen)
        shown = widgets.shown()
        seen.add(frozenset(operated(shown)))
        assert nameless(shown) == [], page


def test_whatever_can_be_operated_has_a_name_where_a_start_went_wrong(
    app: Callable[..., App], person: Person, look: Callable[[str], list[Widget]]
) -> None:
    running = app({"recording": "unknown_flag", "ends_before_ready": True, "end_code": 2})
    person.choose("Start")
    running.until_state("Failed")
    person.choose("What went wrong…")
    shown = look("What went wrong…")
    assert {"Show log", "Copy report"} & {each.label for each in shown}
    assert nameless(shown) == []
