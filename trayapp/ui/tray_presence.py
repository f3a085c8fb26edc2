"""Whether this desktop has a place for a tray icon, now: panels come late, restart and go. Shows nothing itself."""

import sys

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

_WATCHER = "org.kde.StatusNotifierWatcher"
_XFCE_PANEL = "org.xfce.Panel"
_SETTLE_MS = 300
"""A watcher is there a moment before its panel takes icons."""
_GRACE_MS = 2500
"""A panel that restarts, or comes up at login with us, is not worth a window."""
_LOOK_AGAIN_MS = 5000


class TrayPresence(QObject):
    """Watches the StatusNotifierWatcher on the bus, and looks now and then for a tray of the older kind."""

    watcher_came = Signal()
    """A StatusNotifierWatcher is new on the bus: an icon that was made without one does not go there by itself."""
    available_changed = Signal(bool)
    """Told once at the start, and then when it changes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.has_watcher = False
        self.tooltip_costs_clicks = False
        """WORKAROUND xfce4-panel 4.18: when a tooltip changes under a mouse that has not moved since a click, the panel
        swallows the next click. Until a panel is seen that does not."""
        self._available: bool | None = None
        self._grace = self._timer(_GRACE_MS)
        self._settle = self._timer(_SETTLE_MS)
        self._settle.timeout.connect(self.watcher_came)
        # Trays of the older kind (XEmbed) announce themselves to nobody that we could ask; only while there is none.
        self._look_again = self._timer(_LOOK_AGAIN_MS)
        for timer in (self._settle, self._grace, self._look_again):
            timer.timeout.connect(self._look)
        if sys.platform == "linux":
            self._watch_bus()

    def start(self) -> None:
        """Tell what is there; that there is none only after some patience."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._set(True)
        else:
            self._grace.start()

    def _timer(self, after_ms: int) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after_ms)
        return timer

    def _watch_bus(self) -> None:
        from PySide6.QtDBus import QDBusConnection, QDBusServiceWatcher

        bus = QDBusConnection.sessionBus()
        self._watcher = QDBusServiceWatcher(_WATCHER, bus, QDBusServiceWatcher.WatchModeFlag.WatchForOwnerChange, self)
        self._watcher.serviceRegistered.connect(self._watcher_registered)
        self._watcher.serviceUnregistered.connect(self._watcher_gone)
        self._names = bus.interface() if bus.isConnected() else None
        self._look_at_bus()

    def _look_at_bus(self) -> None:
        if self._names is not None:
            self.has_watcher = bool(self._names.isServiceRegistered(_WATCHER).value())
            self.tooltip_costs_clicks = bool(self._names.isServiceRegistered(_XFCE_PANEL).value())

    def _watcher_registered(self) -> None:
        self._look_at_bus()
        self._settle.start()

    def _watcher_gone(self) -> None:
        self.has_watcher = False
        self._settle.stop()
        self._grace.start()

    def _look(self) -> None:
        self._set(QSystemTrayIcon.isSystemTrayAvailable())

    def _set(self, available: bool) -> None:
        if available:
            self._grace.stop()
        elif QGuiApplication.platformName() == "xcb":
            self._look_again.start()
        if available is not self._available:
            self._available = available
            self.available_changed.emit(available)
