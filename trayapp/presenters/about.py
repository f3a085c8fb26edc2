"""About and check-up: the computer is examined in a thread, and the window shows what was found."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from trayapp import __version__
from trayapp.presenters.runtimes import runtimes_of
from trayapp.supervision.aside import aside
from trayapp.ui.about_window import AboutWindow

if TYPE_CHECKING:
    from trayapp.core.checkup import Finding
    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> AboutWindow:
    """Open the window, or bring it to the front."""

    def make() -> AboutWindow:
        window = AboutWindow(behind.windows.icons, __version__)
        About(behind, window)
        return window

    return behind.windows.show("about", make)


class About(QObject):
    """Lives as long as its window."""

    def __init__(self, behind: "Behind", window: AboutWindow) -> None:
        super().__init__(window)
        self._behind = behind
        self._window = window
        window.again_wanted.connect(self._examine)
        runtimes_of(behind).switched.connect(self._examine)
        self._examine()

    def _examine(self) -> None:
        folders = self._behind.folders

        def examine() -> "tuple[Finding, ...]":
            from trayapp.commands.doctor import examine

            return aside(examine, folders)

        self._window.render_examining()
        self._behind.ask(self, examine, self._window.render_findings)
