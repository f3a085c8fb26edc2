"""Connect a program: the window follows the running model."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from trayapp.ui.connect_window import ConnectWindow

if TYPE_CHECKING:
    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> ConnectWindow:
    """Open the window, or bring it to the front."""

    def make() -> ConnectWindow:
        window = ConnectWindow(behind.windows.icons)
        Connect(behind, window)
        return window

    return behind.windows.show("connect", make)


class Connect(QObject):
    """Lives as long as its window."""

    def __init__(self, behind: "Behind", window: ConnectWindow) -> None:
        super().__init__(window)
        self._behind = behind
        self._window = window
        behind.controller.state_changed.connect(self._render)
        self._render()

    def _render(self) -> None:
        self._window.render_access(self._behind.access())
