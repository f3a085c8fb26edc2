"""Says how far an installation of vLLM is, in the one notification, with a button that cancels it; and how it ended."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from trayapp.core.runtime_rows import read_progress
from trayapp.core.runtimes import InstallStep
from trayapp.wording.runtime_page import cancelled_words, installed_title, installed_words, no_answer_words
from trayapp.wording.runtimes import cancel_label, install_failed_title, install_title, install_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.ui.announcements import Showing

PAUSE_MS = 1000
CANCEL = "cancel_install"


class InstallNotice(QObject):
    """Renders what `runtime install --json` prints. Signal: cancel_wanted."""

    cancel_wanted = Signal()

    def __init__(self, showing: "Showing", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._showing = showing
        self._words = ""
        self._shown = ""
        self._said_why = False
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(PAUSE_MS)
        self._pace.timeout.connect(self._show)

    def told(self, values: "Mapping[str, object]") -> None:
        """Take one line of progress; the last one may say why it failed."""
        if values.get("step") == "failed":
            self._said_why = True
            self._failed(str(values.get("detail", "")), cancelled=values.get("kind") == "cancelled")
            return
        progress = read_progress(values)
        if progress.step is InstallStep.DONE:
            return  # ended says so
        self._words = install_words(progress)
        if not self._pace.isActive():
            self._show()
            self._pace.start()

    def ended(self, ok: bool) -> None:
        """Say how it ended."""
        self._pace.stop()
        if ok:
            self._showing.show(installed_title(), installed_words(), urgent=False, lasting=False)
        elif not self._said_why:
            self._failed(no_answer_words(), cancelled=False)

    def pressed(self, key: str) -> None:
        """Do what the button with this key wishes, if it is ours."""
        if key == CANCEL:
            self.cancel_wanted.emit()

    def _failed(self, why: str, *, cancelled: bool) -> None:
        self._pace.stop()
        if cancelled:
            self._showing.show(install_title(), cancelled_words(), urgent=False, lasting=False)
        else:
            self._showing.show(install_failed_title(), why, urgent=True, lasting=False)

    def _show(self) -> None:
        if self._words != self._shown:
            self._shown = self._words
            buttons = ((CANCEL, cancel_label()),)
            self._showing.show(install_title(), self._words, buttons, urgent=False, lasting=True)
