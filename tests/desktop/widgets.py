"""What is inside the windows, as a screen reader is told of it: buttons and fields by their label, for the mouse."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

from jeepney import DBusAddress, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.desktop.person import Person
from tests.desktop.session import Session, until

_ACCESSIBLE, _COMPONENT = "org.a11y.atspi.Accessible", "org.a11y.atspi.Component"
_TEXT = "org.a11y.atspi.Text"
_ENABLED, _FOCUSABLE, _FOCUSED, _SHOWING = 8, 11, 12, 25  # bits of AT-SPI's state
_MOST_CELLS = 60  # of a table that are looked at: a log has thousands, and each is asked four things
OPERATED = (
    *("push button", "check box", "radio button", "combo box", "spin button", "slider", "text", "list", "list item"),
    *("table", "table cell", "tree", "tree item", "page tab", "menu item", "toggle button"),
)
_ON_THE_SCREEN = 0  # coordinates
_NOT_TO_CLICK = ("application", "frame", "window", "label", "filler", "panel", "dialog")


@dataclass(frozen=True)
class Widget:
    """One widget that is shown; address is its place on the bus."""

    address: tuple[str, str]
    role: str
    label: str
    x: int
    y: int
    width: int
    height: int
    enabled: bool
    focusable: bool
    focused: bool


class Widgets:
    """All of them, in the program that is named."""

    def __init__(self, session: Session, person: Person, program: str = "vllm-tray") -> None:
        self._person = person
        self._program = program
        desk = open_dbus_connection(session.environment["DBUS_SESSION_BUS_ADDRESS"])
        bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        self._bus = open_dbus_connection(_call(desk, bus, "GetAddress"))
        desk.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bus.close()

    def shown(self) -> list[Widget]:
        """Return every widget that is on the screen now."""
        root = ("org.a11y.atspi.Registry", "/org/a11y/atspi/accessible/root")
        programs = [each for each in self._children(*root) if self._program in self._property("Name", *each)]
        return [widget for program in programs for widget in self._below(*program)]

    def find(self, label: str, *, role: str = "") -> Widget | None:
        """Return the widget to click that is named so exactly, or has this role too; None while there is none."""
        fits = (
            each
            for each in self.shown()
            if each.label == label and (each.role == role if role else each.role not in _NOT_TO_CLICK)
        )
        return next(fits, None)

    def text(self, part: str) -> str:
        """Return the first text on the screen with this in it, "" for none."""
        return next((each.label for each in self.shown() if part in each.label), "")

    def content(self, label: str) -> str:
        """Return what is written in the field with this label, "" where there is no such field."""
        field = self.find(label, role="text")
        return str(self._ask(*field.address, _TEXT, "GetText", "ii", (0, -1))) if field is not None else ""

    def description(self, label: str) -> str:
        """Return what else is said of the first thing on the screen with this label and a description, "" for none."""
        named = (each for each in self.shown() if each.label == label)
        return next(filter(None, (self._property("Description", *each.address) for each in named)), "")

    def focused(self) -> Widget | None:
        """Return the widget that has the keyboard; a row of a list is said to have it when the list has not."""
        others = {"frame", "dialog", "tree item", "list item", "table cell"}
        return next((each for each in self.shown() if each.focused and each.role not in others), None)

    def until_text(self, part: str, within_s: float = 30) -> str:
        """Return the first text with this in it, once it is there."""
        return until(f"the text {part!r}", lambda: self.text(part), within_s)

    def click(self, label: str, *, role: str = "", within_s: float = 30) -> None:
        """Click a widget with the mouse, in its middle, once it is there and may be clicked."""

        seen: list[Widget | None] = [None]

        def found() -> Widget | None:
            widget = self.find(label, role=role)
            seen.append(widget)  # twice in one place: what comes late into a window moves the rest
            return widget if widget is not None and widget.enabled and widget == seen[-2] else None

        widget = until(f"{label!r} to be clicked", found, within_s)
        assert widget is not None
        self._person.click(widget.x + widget.width // 2, widget.y + widget.height // 2)

    def _below(self, service: str, path: str) -> Iterator[Widget]:
        for child in self._children(service, path):
            try:
                low, _high = self._ask(*child, _ACCESSIBLE, "GetState")
                if not low >> _SHOWING & 1:
                    continue
                role = self._ask(*child, _ACCESSIBLE, "GetRoleName")
                x, y, width, height = self._ask(*child, _COMPONENT, "GetExtents", "u", (_ON_THE_SCREEN,))
                is_so = [bool(low >> bit & 1) for bit in (_ENABLED, _FOCUSABLE, _FOCUSED)]
                yield Widget(child, role, self._property("Name", *child), x, y, width, height, *is_so)
            except LookupError:  # gone meanwhile
                continue
            yield from self._below(*child)

    def _children(self, service: str, path: str) -> list[tuple[str, str]]:
        try:
            children = self._ask(service, path, _ACCESSIBLE, "GetChildren")
            return [(each[0], each[1]) for each in children[:_MOST_CELLS]]
        except LookupError:
            return []

    def _property(self, name: str, service: str, path: str) -> str:
        asked = Properties(DBusAddress(path, service, _ACCESSIBLE)).get(name)
        answer = self._bus.send_and_get_reply(asked, timeout=5)
        return str(answer.body[0][1]) if answer.header.message_type is MessageType.method_return else ""

    def _ask(
        self, service: str, path: str, interface: str, method: str, signature: str = "", values: tuple[Any, ...] = ()
    ) -> Any:
        return _call(self._bus, DBusAddress(path, service, interface), method, signature, values)


def _call(
    bus: DBusConnection, address: DBusAddress, method: str, signature: str = "", values: tuple[Any, ...] = ()
) -> Any:
    answer = bus.send_and_get_reply(new_method_call(address, method, signature or None, values), timeout=5)
    if answer.header.message_type is not MessageType.method_return:
        raise LookupError(f"{method}: {answer.body}")
    return answer.body[0] if len(answer.body) == 1 else answer.body


def operated(shown: list[Widget]) -> list[str]:
    return [each.label for each in shown if each.role in OPERATED]


def nameless(shown: list[Widget]) -> list[Widget]:
    """What takes the keyboard or the mouse, and could not be told from the others; a cell or a text may be empty."""
    may_be_empty = {"tree item", "table cell", "label"}
    return [w for w in shown if (w.focusable or w.role in OPERATED) and w.role not in may_be_empty and not w.label]
