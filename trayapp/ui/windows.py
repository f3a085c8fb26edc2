"""The windows, made when they are first wanted and thrown away when they are closed: an idle app has none."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from trayapp.ui.icons import Icons
    from trayapp.ui.log_window import LogWindow
    from trayapp.ui.status_window import StatusWindow
    from trayapp.ui.views import TrayView
    from trayapp.ui.wishes import Wishes


class Windows(QObject):
    """Owns every window."""

    model_chosen = Signal(str)
    """A folder was chosen as the model."""

    def __init__(
        self, icons: "Icons", wishes: "Wishes", log_lines: Callable[[], list[str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._wishes = wishes
        self._log_lines = log_lines
        self._view: TrayView | None = None
        self._log: LogWindow | None = None
        self._status: StatusWindow | None = None
        self._tray_available = True

    def render(self, view: "TrayView") -> None:
        """Show this in the windows that are open."""
        self._view = view
        if self._status is not None:
            self._status.render_view(view)

    def set_tray_available(self, available: bool) -> None:
        """Offer the functions in a window for as long as the desktop shows no icon."""
        self._tray_available = available
        if not available:
            self.show_status()
        elif self._status is not None:
            self._status.hide()
            self._status.deleteLater()
            self._status = None

    def show_status(self) -> None:
        """Show the small window with the state and all functions; closing it only hides it."""
        if self._status is None:
            from trayapp.ui.status_window import StatusWindow

            self._status = StatusWindow(self._icons, self._wishes)
        if self._view is not None:
            self._status.render_view(self._view)
        self._status.set_hint_visible(not self._tray_available)
        _to_front(self._status)

    def show_log(self) -> None:
        """Show what vLLM said."""
        if self._log is None:
            from PySide6.QtCore import Qt  # costs 13-30 ms: not before something needs it

            from trayapp.ui.log_window import LogWindow

            self._log = LogWindow(self._icons)
            self._log.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            self._log.destroyed.connect(self._log_gone)
            self._log.set_lines(self._log_lines())
        _to_front(self._log)

    def add_to_log(self, lines: list[str]) -> None:
        """Pass new lines to the log window, if it is open."""
        if self._log is not None:
            self._log.append(lines)

    def choose_model(self) -> None:
        """Ask for the folder of a model; the dialog does not block."""
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QFileDialog

        from trayapp.wording import menu

        dialog = QFileDialog(None, menu.choose_model_title(), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.model_chosen)
        dialog.open()

    def _log_gone(self) -> None:
        self._log = None


def _to_front(window: "LogWindow | StatusWindow") -> None:
    window.show()
    window.raise_()
    window.activateWindow()
