"""The windows, made when they are first wanted and thrown away when they are closed: an idle app has none."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from trayapp.core.states import State
    from trayapp.ui.details_view import DetailsView
    from trayapp.ui.details_window import DetailsWindow
    from trayapp.ui.icons import Icons
    from trayapp.ui.log_window import LogWindow
    from trayapp.ui.status_window import StatusWindow
    from trayapp.ui.views import TrayView
    from trayapp.ui.wishes import Wishes


class Windows(QObject):
    """Owns every window."""

    model_chosen = Signal(str)
    """A folder was chosen as the model."""
    report_wanted = Signal()
    """The person wants the report of a failure in the clipboard."""

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
        self._details: DetailsWindow | None = None
        self._details_view: DetailsView | None = None
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
            from trayapp.ui.log_window import LogWindow

            self._log = LogWindow(self._icons)
            _delete_on_close(self._log)
            self._log.destroyed.connect(self._log_gone)
            self._log.set_lines(self._log_lines())
        _to_front(self._log)

    def set_state(self, state: "State") -> None:
        """Follow the state: the details go when there is no failure any more."""
        from trayapp.ui.details_view import details_view

        self._details_view = details_view(state)
        if self._details is None:
            return
        if self._details_view is None:
            self._details.close()
        else:
            self._details.render_view(self._details_view)

    def show_details(self) -> None:
        """Show what went wrong."""
        if self._details_view is None:
            return
        if self._details is None:
            from trayapp.ui.details_window import DetailsWindow

            self._details = DetailsWindow(self._icons)
            _delete_on_close(self._details)
            self._details.destroyed.connect(self._details_gone)
            self._details.remedy_wanted.connect(self._wishes.tell_remedy)
            self._details.log_wanted.connect(self._show_log_at)
            self._details.report_wanted.connect(self.report_wanted)
        self._details.render_view(self._details_view)
        _to_front(self._details)

    def show_text(self, title: str, text: str) -> None:
        """Show a few lines in a window of their own; the person closes it when they like."""
        from PySide6.QtWidgets import QMessageBox

        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text)
        _delete_on_close(box)
        box.setModal(False)
        box.show()

    def _show_log_at(self, texts: tuple[str, ...]) -> None:
        self.show_log()
        if self._log is not None:
            self._log.mark(texts)

    def _details_gone(self) -> None:
        self._details = None

    def add_to_log(self, lines: list[str]) -> None:
        """Pass new lines to the log window, if it is open."""
        if self._log is not None:
            self._log.append(lines)

    def choose_model(self) -> None:
        """Ask for the folder of a model; the dialog does not block."""
        from PySide6.QtWidgets import QFileDialog

        from trayapp.wording import menu

        dialog = QFileDialog(None, menu.choose_model_title(), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        _delete_on_close(dialog)
        dialog.fileSelected.connect(self.model_chosen)
        dialog.open()

    def _log_gone(self) -> None:
        self._log = None


def _delete_on_close(window: "QWidget") -> None:
    from PySide6.QtCore import Qt  # costs 13-30 ms: not before something needs it

    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _to_front(window: "QWidget") -> None:
    window.show()
    window.raise_()
    window.activateWindow()
