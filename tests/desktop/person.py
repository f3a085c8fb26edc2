"""Eyes and hands at a desktop of session.py: what is on the screen, by D-Bus and X, and the mouse."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from jeepney import DBusAddress, Message, MessageType, Properties, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.desktop.session import PANEL_HEIGHT_PX, Session, until

_WATCHER = DBusAddress("/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher", "org.kde.StatusNotifierWatcher")
_NOTIFICATIONS = "org.freedesktop.Notifications"
_WINDOW = re.compile(r'^ +(0x[0-9a-f]+) "(.*)": \((.*)\)  (\d+)x(\d+)[-+]\S+  \+(-?\d+)\+(-?\d+)$', re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One entry of a menu in the panel, as the panel is told of it."""

    number: int
    label: str
    enabled: bool
    checked: bool | None


@dataclass(frozen=True)
class Window:
    number: str
    title: str
    owner: str
    x: int
    y: int
    width: int
    height: int


@dataclass
class Notification:
    """One call of Notify, and what became of it."""

    number: int  # what the service answered
    replaces: int
    title: str
    body: str
    buttons: dict[str, str]
    hints: dict[str, Any]
    timeout_ms: int
    closed: bool = field(default=False)


@dataclass
class _Row:
    """An entry of a menu, or the line between two of them, which has no label; and the menu that it opens."""

    label: str
    entry: Entry
    below: "list[_Row]"


def _read_rows(layout: Any) -> list[_Row]:
    """Return the visible rows of a menu as com.canonical.dbusmenu tells it. "__" is how a panel is told "_"."""
    rows = []
    for _signature, child in layout[2]:
        number, properties, _children = child
        values = {key: value for key, (_type, value) in properties.items()}
        if values.get("visible", True):
            is_line = values.get("type") == "separator"
            label = "" if is_line else values["label"].replace("__", "\0").replace("_", "").replace("\0", "_")
            checked = values.get("toggle-state") == 1 if values.get("toggle-type") else None
            rows.append(_Row(label, Entry(number, label, values.get("enabled", True), checked), _read_rows(child)))
    return rows


class Person:
    """Whoever sits at the desktop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        address = session.environment["DBUS_SESSION_BUS_ADDRESS"]
        self._bus = open_dbus_connection(address)
        self._ear = open_dbus_connection(address)
        self._asked: dict[tuple[Any, int], Notification] = {}
        self._seen: list[Window] = []
        self.notifications: list[Notification] = []
        rules = [f"interface='{_NOTIFICATIONS}'", "type='method_return'", "type='error'"]
        monitoring = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus.Monitoring")
        _call(self._ear, monitoring, "BecomeMonitor", "asu", (rules, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._bus.close()
        self._ear.close()

    # ---- the tray ----

    def icons(self) -> list[DBusAddress]:
        """The icons that the panel knows of."""
        if not self.is_on_bus(_WATCHER.bus_name):
            return []
        names = _get(self._bus, _WATCHER, "RegisteredStatusNotifierItems") or []
        return [DBusAddress("/" + path, service, "org.kde.StatusNotifierItem")
                for service, _, path in (name.partition("/") for name in names)]  # fmt: skip

    def icon(self) -> DBusAddress:
        """The only icon, once it is there."""
        return until("an icon in the panel", self.icons)[0]

    def tooltip(self) -> str:
        tip = _get(self._bus, self.icon(), "ToolTip")
        return f"{tip[2]} {tip[3]}".strip()

    def icon_sizes(self) -> list[int]:
        return [width for width, _height, _data in _get(self._bus, self.icon(), "IconPixmap")]

    def menu(self) -> list[Entry]:
        """What the panel shows on a right click, lines left out."""
        return [row.entry for row in self._rows() if row.label]

    def choose(self, label: str) -> None:
        """Choose an entry of the panel's menu."""
        entry = next(entry for entry in self.menu() if entry.label == label)
        assert entry.enabled, f"{label} cannot be chosen now"
        icon = self.icon()
        menu = DBusAddress(_get(self._bus, icon, "Menu"), icon.bus_name, "com.canonical.dbusmenu")
        _call(self._bus, menu, "Event", "isvu", (entry.number, "clicked", ("i", 0), 0))

    def choose_with_mouse(self, *labels: str) -> None:
        """Right-click the icon, and click these entries with the mouse, each in the menu that the one before opens."""
        rows, opened = self._rows(), list[Window]()
        self.click_icon(button=3)
        for label in labels:
            opened.append(until("a menu", lambda: self._menu_beside(opened)))
            place = next(n for n, row in enumerate(rows) if row.label.startswith(label))
            self._click_row(opened[-1], rows, place)
            rows = rows[place].below

    def labels_below(self, label: str) -> list[str]:
        """The entries of a menu in the menu."""
        opening = next(row for row in self._rows() if row.label.startswith(label))
        return [row.label for row in opening.below]

    def _rows(self) -> "list[_Row]":
        icon = self.icon()
        menu = DBusAddress(_get(self._bus, icon, "Menu"), icon.bus_name, "com.canonical.dbusmenu")
        return _read_rows(_call(self._bus, menu, "GetLayout", "iias", (0, -1, []))[1])

    def _menu_beside(self, opened: list[Window]) -> Window | None:
        known = {menu.number for menu in opened}
        menus = [w for w in self.windows() if "wrapper-2.0" in w.owner and w.height > 2 * PANEL_HEIGHT_PX]
        return next((menu for menu in menus if menu.number not in known), None)

    def _click_row(self, menu: Window, rows: "list[_Row]", place: int) -> None:
        """All rows are equally high, but for the lines between them, of one pixel."""
        lines = sum(not row.label for row in rows)
        height = (menu.height - lines) // (len(rows) - lines)
        edge = (menu.height - lines - height * (len(rows) - lines)) // 2
        above = sum(height if row.label else 1 for row in rows[:place])
        x, y = menu.x + menu.width // 2, menu.y + edge + above + height // 2
        self._session.ask("xdotool", "mousemove", str(x), str(y), "sleep", "0.2", "click", "1")

    def click_icon(self, button: int = 1, times: int = 1) -> None:
        """Click the only icon in the panel with the mouse; in its place, which no bus tells."""
        self.icon()
        plug = until("the panel's tray", self._tray_window)
        self.click(plug.x + plug.width // 2, plug.y + plug.height // 2, button, times)

    def _tray_window(self) -> Window | None:
        """The panel's part with the icons, once it has made room for one and keeps still."""
        found = [w for w in self.windows() if "wrapper-2.0" in w.owner and w.width > 20]
        seen, self._seen = self._seen, found
        return found[0] if found and found == seen else None

    # ---- notifications ----

    def hear(self) -> list[Notification]:
        """Return all notifications so far."""
        while True:
            try:
                self._heard(self._ear.receive(timeout=0))
            except TimeoutError:
                return self.notifications

    def notification(self, text: str) -> Notification:
        """Return the newest notification with this in its title or body, once there is one."""
        return until(f"a notification with {text!r}", lambda: self._newest(text))

    def press_last_button(self) -> None:
        """Press the button at the lower right of the notification on the screen, with the mouse."""
        bubble = until("a notification on the screen", lambda: self._window_of("xfce4-notifyd"))
        self.click(bubble.x + bubble.width - 40, bubble.y + bubble.height - 30)

    def press_last_but_one_button(self) -> None:
        """Press the button to the left of the last one: buttons are equally wide, and stand at the right."""
        bubble = until("a notification on the screen", lambda: self._window_of("xfce4-notifyd"))
        self.click(bubble.x + bubble.width - 190, bubble.y + bubble.height - 30)

    def press_first_button(self) -> None:
        """Press the button at the lower left; several long labels fill the whole width of the notification."""
        bubble = until("a notification on the screen", lambda: self._window_of("xfce4-notifyd"))
        self.click(bubble.x + 40, bubble.y + bubble.height - 30)

    def click_notification(self) -> None:
        """Click the text of the notification, which closes it."""
        bubble = until("a notification on the screen", lambda: self._window_of("xfce4-notifyd"))
        self.click(bubble.x + 20, bubble.y + 20)

    def _newest(self, text: str) -> Notification | None:
        return next((n for n in reversed(self.hear()) if text in f"{n.title}\n{n.body}"), None)

    def _heard(self, message: Message) -> None:
        fields = {key.name: value for key, value in message.header.fields.items()}
        kind, body = message.header.message_type, message.body
        if kind is MessageType.method_call and fields.get("member") == "Notify":
            _app, replaces, _icon, title, text, actions, hints, timeout_ms = body
            buttons = dict(zip(actions[::2], actions[1::2], strict=True))
            plain = {key: value for key, (_type, value) in hints.items()}
            asked = Notification(0, replaces, title, text, buttons, plain, timeout_ms)
            self._asked[fields["sender"], message.header.serial] = asked
        elif kind is MessageType.method_return:
            answered = self._asked.pop((fields.get("destination"), fields.get("reply_serial", 0)), None)
            if answered is not None:
                answered.number = body[0]
                self.notifications.append(answered)
        elif kind is MessageType.signal and fields.get("member") == "NotificationClosed":
            for notification in self.notifications:
                notification.closed = notification.closed or notification.number == body[0]

    # ---- windows, mouse, picture ----

    def windows(self) -> list[Window]:
        """The windows with a title that are on the screen."""
        listed = _WINDOW.findall(self._session.ask("xwininfo", "-root", "-tree"))
        windows = [Window(n, title, owner, int(x), int(y), int(w), int(h)) for n, title, owner, w, h, x, y in listed]
        return [w for w in windows if "IsViewable" in self._session.ask("xwininfo", "-id", w.number)]

    def window(self, title: str) -> Window | None:
        return next((w for w in self.windows() if w.title == title), None)

    def _window_of(self, owner: str) -> Window | None:
        return next((w for w in self.windows() if owner.lower() in w.owner.lower() and w.height > 20), None)

    def click(self, x: int, y: int, button: int = 1, times: int = 1) -> None:
        # From elsewhere: a panel whose icon has changed under a resting mouse does not take the next click.
        move = ("mousemove", "600", "400", "mousemove", str(x), str(y), "sleep", "0.1")
        self._session.ask("xdotool", *move, "click", "--repeat", str(times), "--delay", "80", str(button))

    def close(self, window: Window) -> None:
        """Close a window as a person does; xdotool's windowclose would pull it away from under the program."""
        self._session.ask("xdotool", "windowactivate", "--sync", window.number, "key", "--clearmodifiers", "alt+F4")

    def type(self, text: str) -> None:
        self._session.ask("xdotool", "type", "--delay", "20", text)

    def press(self, keys: str) -> None:
        """Press keys such as "alt+n" in whatever window has the focus."""
        self._session.ask("xdotool", "key", "--clearmodifiers", keys)

    def take_picture(self, path: Path) -> None:
        self._session.ask("scrot", "-o", str(path))

    def is_on_bus(self, name: str) -> bool:
        bus = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        return bool(_call(self._bus, bus, "NameHasOwner", "s", (name,)))


def _call(bus: DBusConnection, address: DBusAddress, method: str, signature: str, values: tuple[Any, ...]) -> Any:
    answer = bus.send_and_get_reply(new_method_call(address, method, signature, values), timeout=5)
    assert answer.header.message_type is MessageType.method_return, f"{method}: {answer.body}"
    return answer.body[0] if len(answer.body) == 1 else answer.body


def _get(bus: DBusConnection, address: DBusAddress, name: str) -> Any:
    answer = bus.send_and_get_reply(Properties(address).get(name), timeout=5)
    return answer.body[0][1] if answer.header.message_type is MessageType.method_return else None
