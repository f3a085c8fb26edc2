"""Chooses how a notification is shown: by the desktop's service where one answers, else at the tray icon."""

import sys
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from trayapp.desktop.notifier_dbus import Buttons, DBusNotifier
    from trayapp.desktop.notifier_tray import TrayNotifier


class Notifier(QObject):
    """One notification, however this desktop shows it."""

    pressed = Signal(str)
    """The key of the button that was pressed."""
    closed = Signal()
    """The person closed it, or its time was over."""
    unseen = Signal(str)
    """This desktop could not show the newest one in any way; the reason is for the log."""

    def __init__(self, app_name: str, fallback: "TrayNotifier", icon: str = "", parent: QObject | None = None) -> None:
        """icon: the path of a picture or the name of one in the desktop's theme."""
        super().__init__(parent)
        self._app_name = app_name
        self._icon = icon
        self._fallback = fallback
        self._fallback.failed.connect(self.unseen)
        self._service: DBusNotifier | None = None
        self._newest: tuple[str, str, bool, bool] = ("", "", False, False)

    def show(
        self, title: str, body: str = "", buttons: "Buttons" = (), *, urgent: bool = False, lasting: bool = False
    ) -> None:
        """Show this in place of what is shown now; lasting: it stays until replaced or withdrawn (progress)."""
        self._newest = (title, body, urgent, lasting)
        if self._service is None and sys.platform == "linux":
            self._service = self._make_service()
        if self._service is not None:
            self._service.show(title, body, buttons, urgent=urgent, lasting=lasting)
        else:
            self._fallback.show(title, body, urgent=urgent, lasting=lasting)

    def withdraw(self) -> None:
        """Take away what is shown, where that can be done."""
        if self._service is not None:
            self._service.withdraw()

    def _make_service(self) -> "DBusNotifier":
        # Late: an app that has nothing to say has no need of D-Bus messages.
        from trayapp.desktop.notifier_dbus import DBusNotifier

        service = DBusNotifier(self._app_name, self._icon, self)
        service.pressed.connect(self.pressed)
        service.closed.connect(self.closed)
        service.failed.connect(self._show_by_fallback)
        return service

    def _show_by_fallback(self) -> None:
        title, body, urgent, lasting = self._newest
        self._fallback.show(title, body, urgent=urgent, lasting=lasting)
