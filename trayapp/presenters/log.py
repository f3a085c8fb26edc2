"""The log: the windows keep it up to date themselves; what shows it is loaded here, in a thread, before it opens."""

from typing import TYPE_CHECKING

import trayapp.ui.log_window  # noqa: F401

if TYPE_CHECKING:
    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> None:
    """Open the window, or bring it to the front."""
    behind.windows.show_log()
