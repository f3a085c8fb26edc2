"""Tells when the computer wakes up: logind's PrepareForSleep on the system bus. Without one, nothing is told."""

from contextlib import suppress
from typing import TYPE_CHECKING

from jeepney import HeaderFields, MatchRule, message_bus
from PySide6.QtCore import QObject, Signal

from trayapp.desktop.session_bus import SessionBus, field

if TYPE_CHECKING:
    from jeepney import Message

_INTERFACE, _PATH = "org.freedesktop.login1.Manager", "/org/freedesktop/login1"
_MEMBER = "PrepareForSleep"


class SleepWatch(QObject):
    """Listens from listen() on, over one connection, until that is lost; then another listen() makes a new one."""

    woke = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus: SessionBus | None = None

    def listen(self) -> None:
        """Listen, unless it does already."""
        if self._bus is not None:
            return
        with suppress(OSError):  # no system bus: a container, or another system
            bus = self._bus = SessionBus(self, which="SYSTEM")
            bus.signalled.connect(self._signalled)
            bus.lost.connect(self._lost)
            rule = MatchRule(type="signal", interface=_INTERFACE, member=_MEMBER, path=_PATH)
            bus.call(message_bus.AddMatch(rule), lambda _answer: None)

    def _signalled(self, message: "Message") -> None:
        if field(message, HeaderFields.member) == _MEMBER and message.body == (False,):  # True: about to sleep
            self.woke.emit()

    def _lost(self, _reason: str) -> None:
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.deleteLater()
