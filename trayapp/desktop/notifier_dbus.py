"""One notification that is updated in place, by org.freedesktop.Notifications. What it says is decided elsewhere.

No `value` hint: xfce4-notifyd then shows a bar and nothing else, so a percentage belongs into the text.
"""

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jeepney import DBusAddress, HeaderFields, MatchRule, MessageType, message_bus, new_method_call
from PySide6.QtCore import QObject, Signal

from trayapp.desktop.session_bus import ANSWER_TIMEOUT_MS, SessionBus, field

if TYPE_CHECKING:
    from jeepney import Message

_NAME, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_SERVICE = DBusAddress(_PATH, bus_name=_NAME, interface=_NAME)
_CLOSED_BY_PERSON = 2  # reason of NotificationClosed, Desktop Notifications Specification 1.2
_NORMAL, _CRITICAL = 1, 2
_DEFAULT_TIME, _FOR_EVER = -1, 0

Buttons = tuple[tuple[str, str], ...]
"""(key, label) for each button."""


@dataclass(frozen=True, slots=True)
class _Content:
    title: str
    body: str
    buttons: Buttons
    urgent: bool
    lasting: bool


class DBusNotifier(QObject):
    """The notification; it connects when there is something to show, and again after a connection was lost."""

    pressed = Signal(str)
    """The key of the button that was pressed; the notification is gone by then."""
    closed = Signal()
    """The person closed it, or its time was over."""
    failed = Signal(str)
    """What was to be shown last could not be: no bus, no daemon, or one that does not answer."""

    def __init__(
        self,
        app_name: str,
        icon: str = "",
        parent: QObject | None = None,
        *,
        answer_timeout_ms: int = ANSWER_TIMEOUT_MS,
    ) -> None:
        """icon: the path of a picture or the name of one in the desktop's theme."""
        super().__init__(parent)
        self._answer_timeout_ms = answer_timeout_ms
        self._app_name = app_name
        self._icon = icon
        self._bus: SessionBus | None = None
        self._capabilities: frozenset[str] | None = None  # None: not known for the daemon of now
        self._id = 0  # the daemon's number of what is on the screen, 0 when there is nothing
        self._shown: _Content | None = None
        self._newest: _Content | None = None  # waits while a call is under way
        self._under_way = False
        self._withdraw_wanted = False  # what is on its way to the screen is to be taken away again
        self._dismissed = False  # the person closed a lasting one: the next of its kind would only annoy

    def show(
        self, title: str, body: str = "", buttons: Buttons = (), *, urgent: bool = False, lasting: bool = False
    ) -> None:
        """Show this, in place of what is shown now.

        lasting: stays until it is replaced or withdrawn, for what is under way; when the person closes it, further
        lasting ones stay away until one that is not lasting (the outcome) has been shown.
        """
        if lasting and self._dismissed:
            return
        if not lasting:
            self._dismissed = False
        self._newest = _Content(title, body, buttons, urgent, lasting)
        self._withdraw_wanted = False
        self._proceed()

    def withdraw(self) -> None:
        """Take away what is shown; nothing happens when nothing is."""
        self._newest = None
        self._dismissed = False
        self._withdraw_wanted = self._under_way
        self._close_shown()

    def _proceed(self) -> None:
        """Send the newest content, when the way is free: one call at a time, so that each knows the id to replace."""
        if self._newest is None or self._under_way or not self._connect():
            return
        bus = self._bus
        assert bus is not None  # noqa: S101 - for the type checker: _connect said so
        self._under_way = True
        if self._capabilities is None:
            bus.call(new_method_call(_SERVICE, "GetCapabilities"), self._capable)
            return
        content, self._newest = self._newest, None
        self._shown = content
        bus.call(self._notify(content), self._notified)

    def _connect(self) -> bool:
        if self._bus is not None:
            return True
        try:
            bus = SessionBus(self, answer_timeout_ms=self._answer_timeout_ms)
        except OSError as error:
            self._fail(str(error))
            return False
        bus.lost.connect(self._lost)
        bus.signalled.connect(self._signalled)
        for member in ("ActionInvoked", "NotificationClosed"):
            rule = MatchRule(type="signal", sender=_NAME, interface=_NAME, member=member, path=_PATH)
            bus.send(message_bus.AddMatch(rule))
        owner = MatchRule(type="signal", sender=message_bus.bus_name, member="NameOwnerChanged")
        owner.add_arg_condition(0, _NAME)
        bus.send(message_bus.AddMatch(owner))
        self._bus = bus
        return True

    def _notify(self, content: _Content) -> "Message":
        capabilities = self._capabilities or frozenset()
        body = html.escape(content.body, quote=False) if "body-markup" in capabilities else content.body
        actions = [text for button in content.buttons for text in button] if "actions" in capabilities else []
        hints = {
            "urgency": ("y", _CRITICAL if content.urgent else _NORMAL),
            "desktop-entry": ("s", "vllm-tray"),
        }
        timeout = _FOR_EVER if content.lasting else _DEFAULT_TIME
        values = (self._app_name, self._id, self._icon, content.title, body, actions, hints, timeout)
        return new_method_call(_SERVICE, "Notify", "susssasa{sv}i", values)

    def _capable(self, answer: "Message | None") -> None:
        self._under_way = False
        if answer is None or answer.header.message_type is MessageType.error:
            self._fail(_reason(answer))
            return
        self._capabilities = frozenset(answer.body[0])
        self._proceed()

    def _notified(self, answer: "Message | None") -> None:
        self._under_way = False
        if answer is None or answer.header.message_type is MessageType.error:
            self._id = 0
            if self._newest is None:
                self._fail(_reason(answer))
        else:
            self._id = answer.body[0]
            if self._withdraw_wanted:
                self._close_shown()
        self._withdraw_wanted = False
        self._proceed()

    def _signalled(self, message: "Message") -> None:
        member = field(message, HeaderFields.member)
        if member == "NameOwnerChanged":
            self._id = 0  # whatever the old daemon showed is gone, and the new one may offer other things
            self._capabilities = None
        elif not message.body or message.body[0] != self._id or not self._id:
            return  # another app's
        elif member == "ActionInvoked":
            self._close_shown()  # dunst leaves it on the screen, others close it themselves
            self.pressed.emit(message.body[1])
        elif member == "NotificationClosed":
            self._id = 0
            by_person = message.body[1] == _CLOSED_BY_PERSON
            self._dismissed = by_person and self._shown is not None and self._shown.lasting
            self.closed.emit()

    def _close_shown(self) -> None:
        if self._id and self._bus is not None:
            self._bus.send(new_method_call(_SERVICE, "CloseNotification", "u", (self._id,)))
        self._id = 0

    def _lost(self, reason: str) -> None:
        if self._bus is not None:
            self._bus.deleteLater()
        self._bus = None
        self._id = 0
        self._capabilities = None
        if self._under_way or self._newest is not None:
            self._under_way = False
            self._fail(reason)

    def _fail(self, reason: str) -> None:
        self._newest = None
        self.failed.emit(reason)


def _reason(answer: "Message | None") -> str:
    if answer is None:
        return "no answer"
    return str(answer.body[0]) if answer.body else str(field(answer, HeaderFields.error_name))
