"""What this desktop offers: a place for tray icons, notifications, a store for secrets. Asked on the session bus.

Blocking, without Qt, and nothing is started by asking. On a pure X11 desktop without the bus interface for icons there
may still be an old tray; only the app itself can tell.
"""

import os
from dataclasses import dataclass
from typing import Any

_TIMEOUT_S = 2.0
_TRAY = "org.kde.StatusNotifierWatcher"
_NOTIFICATIONS = "org.freedesktop.Notifications"
_SECRETS = "org.freedesktop.secrets"


@dataclass(frozen=True, slots=True)
class DesktopServices:
    """What there is; a service that the bus would start when it is needed counts as there."""

    desktop: str = ""  # "XFCE", "ubuntu:GNOME"; "" outside a desktop
    session: str = ""  # "x11", "wayland", "tty" or ""
    bus: bool = False
    tray: bool = False
    notifications: bool = False
    secrets: bool = False


def find_desktop_services() -> DesktopServices:
    """Return what this session's bus knows of; never raises."""
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
    session = os.environ.get("XDG_SESSION_TYPE", "")
    names = _find_names()
    if names is None:
        return DesktopServices(desktop, session)
    return DesktopServices(
        desktop,
        session,
        bus=True,
        tray=_TRAY in names,
        notifications=_NOTIFICATIONS in names,
        secrets=_SECRETS in names,
    )


def _find_names() -> set[str] | None:
    """Return every name that is on the bus or would be started by a call, None when there is no bus."""
    from jeepney.bus_messages import message_bus
    from jeepney.io.blocking import open_dbus_connection

    try:
        connection: Any = open_dbus_connection("SESSION")
    except (OSError, KeyError, RuntimeError, ValueError, StopIteration):  # jeepney's ways to say that there is none
        return None
    try:
        names: set[str] = set()
        for question in (message_bus.ListNames(), message_bus.ListActivatableNames()):
            names.update(connection.send_and_get_reply(question, timeout=_TIMEOUT_S).body[0])
    except (OSError, RuntimeError, TimeoutError, IndexError):
        return None
    finally:
        connection.close()
    return names
