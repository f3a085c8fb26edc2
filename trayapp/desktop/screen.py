"""Whether there is a screen to show anything on. No Qt in here: without a screen it aborts, with a page of its own."""

import os
import sys


def has_screen() -> bool:
    """Return whether Qt has been told of a screen; whether it can reach it is not known here."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "QT_QPA_PLATFORM")
    return sys.platform != "linux" or any(os.environ.get(name) for name in names)
