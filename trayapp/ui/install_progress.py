"""Says how far an installation of vLLM is, in the one notification, with a button that cancels it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from trayapp.core.runtimes import InstallProgress, InstallStep
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
        self._pace = QTimer(self)
        self._pace.setSingleShot(True)
        self._pace.setInterval(PAUSE_MS)
        self._pace.timeout.connect(self._show)

    def told(self, values: "Mapping[str, Any]") -> None:
        """Take one line of progress; the last one may say why it failed."""
        if values.get("step") == "failed":
            self._pace.stop()
            self._showing.show(install_failed_title(), str(values.get("detail", "")), urgent=True, lasting=False)
            return
        step = InstallStep(values["step"])
        self._words = install_words(
            InstallProgress(step, values["done_bytes"], values["total_bytes"], str(values.get("detail", "")))
        )
        if not self._pace.isActive():
            self._show()
            self._pace.start()

    def pressed(self, key: str) -> None:
        """Do what the button with this key wishes, if it is ours."""
        if key == CANCEL:
            self.cancel_wanted.emit()

    def _show(self) -> None:
        if self._words != self._shown:
            self._shown = self._words
            buttons = ((CANCEL, cancel_label()),)
            self._showing.show(install_title(), self._words, buttons, urgent=False, lasting=True)
