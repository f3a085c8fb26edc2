"""Notifications through the tray icon, where no notification service can be reached: no buttons, no update in place."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QSystemTrayIcon

if TYPE_CHECKING:
    from collections.abc import Callable

_SHOWN_MS = 8000


class TrayNotifier(QObject):
    """Messages at the tray icon, which is asked for each time: the icon is a new one after a panel restart."""

    failed = Signal(str)
    """Nobody would see it; the reason is for the log."""

    def __init__(self, find_icon: "Callable[[], QSystemTrayIcon | None]", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._find_icon = find_icon

    def show(self, title: str, body: str = "", *, urgent: bool = False, lasting: bool = False) -> None:
        """Show a message for some seconds; what is lasting (progress) is passed over: it would pop up each time."""
        if lasting:
            return
        icon = self._find_icon()
        # An icon that tells no place is a StatusNotifierItem: Qt would hand its message to the very service that is
        # not there, and change the icon for as long as the message would have been up.
        if icon is None or icon.geometry().isEmpty() or not QSystemTrayIcon.supportsMessages():
            self.failed.emit("no notification service, and no tray that shows messages")
            return
        kind = QSystemTrayIcon.MessageIcon.Critical if urgent else QSystemTrayIcon.MessageIcon.Information
        icon.showMessage(title, body, kind, _SHOWN_MS)
