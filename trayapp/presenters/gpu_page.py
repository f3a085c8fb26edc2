"""The page of the GPUs in the settings: what each has free and who uses it, for as long as the page is shown."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from trayapp.probes.gpus import find_gpus

if TYPE_CHECKING:
    from collections.abc import Callable

    from trayapp.presenters.behind import Behind
    from trayapp.probes.gpus import GpuSurvey
    from trayapp.ui.settings_dialog import SettingsDialog

LOOK_EVERY_MS = 3_000
"""Soon enough to see what closing a program gives back; a driver is asked for some 20-200 ms."""


class GpuPage(QObject):
    """Lives as long as its window. The driver is asked in a thread, and not at all while another page is shown."""

    def __init__(
        self,
        behind: "Behind",
        dialog: "SettingsDialog",
        find: "Callable[[], GpuSurvey]" = find_gpus,
        every_ms: int = LOOK_EVERY_MS,
    ) -> None:
        super().__init__(dialog)
        self._behind = behind
        self._dialog = dialog
        self._find = find
        self._asking = False
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self._look)
        dialog.turned.connect(self._turned)

    def _turned(self, page: str) -> None:
        if page == "gpu":
            self._timer.start()
            self._look()
        else:
            self._timer.stop()

    def _look(self) -> None:
        if not self._asking and not self._dialog.isMinimized():
            self._asking = True
            self._behind.ask(self, self._find, self._found)

    def _found(self, survey: "GpuSurvey") -> None:
        self._asking = False
        self._dialog.render_gpus(survey.gpus)
