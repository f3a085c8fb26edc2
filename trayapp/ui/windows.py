"""The windows, made when they are first wanted and thrown away when they are closed: an idle app has none.

A window that needs more than what it renders (figures, answers, findings) is made by trayapp/presenters and kept here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

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

W = TypeVar("W", bound="QWidget")
_LOG, _STATUS, _DETAILS = "log", "status", "details"


class Windows(QObject):
    """Owns every window. Signals: model_chosen(folder), report_wanted, all_closed."""

    model_chosen = Signal(str)
    """A folder was chosen as the model."""
    report_wanted = Signal()
    """The person wants the report of a failure in the clipboard."""
    all_closed = Signal()
    """The last window has gone, and with it what it showed."""

    def __init__(
        self, icons: "Icons", wishes: "Wishes", log_lines: Callable[[], list[str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.icons = icons
        self._wishes = wishes
        self._log_lines = log_lines
        self._open: dict[str, QWidget] = {}
        self._view: TrayView | None = None
        self._details_view: DetailsView | None = None
        self._tray_available = True
        self._qt_speaks = False

    def show(self, name: str, make: Callable[[], W]) -> W:
        """Bring the window of this name to the front, making it first when it is not open; return it."""
        window = self._open.get(name)
        if window is None:
            from PySide6.QtCore import Qt  # costs 13-30 ms: not before something needs it

            self._speak_qt()
            window = self._open[name] = make()
            window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            window.resize(window.size().boundedTo(window.screen().availableSize()))  # its buttons stand at its foot
            window.destroyed.connect(lambda: self._gone(name))
            if name != _STATUS:  # which is the only way to everything where the desktop shows no icon
                _close_on_escape(window)
        window.show()
        window.raise_()
        window.activateWindow()
        return cast("W", window)

    def is_open(self, name: str) -> bool:
        """Whether the window of this name is open."""
        return name in self._open

    def render(self, view: "TrayView") -> None:
        """Show this in the windows that are open."""
        self._view = view
        status = cast("StatusWindow | None", self._open.get(_STATUS))
        if status is not None:
            status.render_view(view)

    def set_tray_available(self, available: bool) -> None:
        """Offer the functions in a window for as long as the desktop shows no icon."""
        self._tray_available = available
        if not available:
            self.show_status()
        elif _STATUS in self._open:
            self._open[_STATUS].close()

    def show_status(self) -> None:
        """Show the small window with the state and all functions."""

        def make() -> "StatusWindow":
            from trayapp.ui.status_window import StatusWindow

            status = StatusWindow(self.icons, self._wishes)
            status.set_hint_visible(not self._tray_available)
            if self._view is not None:
                status.render_view(self._view)  # before it is shown: what comes later has no size for a moment
            return status

        self.show(_STATUS, make).set_hint_visible(not self._tray_available)

    def show_log(self) -> None:
        """Show what vLLM said."""

        def make() -> "LogWindow":
            from trayapp.ui.log_window import LogWindow

            log = LogWindow(self.icons)
            log.set_lines(self._log_lines())
            if self._details_view is not None:  # what proves the cause is what somebody looks for now
                log.mark(self._details_view.proof)
            return log

        self.show(_LOG, make)

    def add_to_log(self, lines: list[str]) -> None:
        """Pass new lines to the log window, if it is open."""
        log = cast("LogWindow | None", self._open.get(_LOG))
        if log is not None:
            log.append(lines)

    def set_state(self, state: "State") -> None:
        """Follow the state: the details go when there is no failure any more."""
        from trayapp.ui.details_view import details_view

        before, self._details_view = self._details_view, details_view(state)
        log = cast("LogWindow | None", self._open.get(_LOG))
        if log is not None and self._details_view is not None and self._details_view != before:
            log.highlight(self._details_view.proof)  # somebody reads it: the view stays where it is
        details = cast("DetailsWindow | None", self._open.get(_DETAILS))
        if details is None:
            return
        if self._details_view is None:
            details.close()
        else:
            details.render_view(self._details_view)

    def show_details(self) -> None:
        """Show what went wrong."""

        def make() -> "DetailsWindow":
            from trayapp.ui.details_window import DetailsWindow

            details = DetailsWindow(self.icons)
            details.button_wanted.connect(self._wishes.tell_button)
            details.log_wanted.connect(self._show_log_at)
            details.report_wanted.connect(self.report_wanted)
            return details

        if self._details_view is not None:
            self.show(_DETAILS, make).render_view(self._details_view)

    def show_text(self, title: str, text: str) -> None:
        """Show a few lines in a window of their own; the person closes it when they like."""
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QMessageBox

        self._speak_qt()
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setModal(False)
        box.show()

    def choose_model(self) -> None:
        """Ask for the folder of a model; the dialog does not block."""
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QFileDialog

        from trayapp.wording import menu

        self._speak_qt()
        dialog = QFileDialog(None, menu.choose_model_title(), str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.model_chosen)
        dialog.open()

    def _speak_qt(self) -> None:
        if not self._qt_speaks:
            from PySide6.QtWidgets import QApplication

            from trayapp.ui.qt_words import speak_qt

            self._qt_speaks = True
            speak_qt(cast("QApplication", QApplication.instance()))

    def _show_log_at(self, texts: tuple[str, ...]) -> None:
        self.show_log()
        cast("LogWindow", self._open[_LOG]).mark(texts)

    def _gone(self, name: str) -> None:
        self._open.pop(name, None)
        if not self._open:
            self.all_closed.emit()


def _close_on_escape(window: "QWidget") -> None:
    from PySide6.QtGui import QKeySequence, QShortcut

    QShortcut(QKeySequence("Escape"), window, window.close)
