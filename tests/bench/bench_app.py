"""The whole app in this process, for programs that look into its event loop, and a way through its windows."""

import gc
from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from trayapp.__main__ import collect_from_now_on
from trayapp.app import App
from trayapp.desktop.single_instance import Instance
from trayapp.ui.settings_dialog import SettingsDialog

OF_A_MODEL = ("try_it", "connect")
"""They show something only while a model is ready."""
OPENED_BY = ("show_activity", "show_log", "show_settings", "set_up", "show_about")
LOOKED_AT_MS, TURNED_AFTER_MS, NOT_YET_MS = 2_000, 500, 10


def run_app(begin: Callable[[QApplication, App], object]) -> int:
    """Be the app until it is ended."""
    gc.disable()  # as the app's own beginning does it
    application = QApplication(["vllm-tray"])
    application.setQuitOnLastWindowClosed(False)
    instance = Instance()
    assert instance.acquire()
    app = App(application, instance)
    application.aboutToQuit.connect(app.leave)
    collect_from_now_on()
    kept = begin(application, app)
    code = application.exec()
    del kept
    return code


def go(steps: Iterator[int], over: Callable[[], object]) -> None:
    """Take the steps, each after as many milliseconds as the one before said; then tell."""
    wait_ms = next(steps, None)
    if wait_ms is None:
        over()
    else:
        QTimer.singleShot(wait_ms, lambda: go(steps, over))


def open_and_close(app: App, wish: str, told: Callable[[str], object]) -> Iterator[int]:
    """Open a window by its wish, look at it and its pages, and close it; what was done is told after each wait."""
    getattr(app._wishes, f"{wish}_wanted").emit()
    while not _windows():
        yield NOT_YET_MS
    yield LOOKED_AT_MS
    told(f"{wish} open")
    for window in _windows():
        if isinstance(window, SettingsDialog):
            for row in range(window._list.count()):
                window._list.setCurrentRow(row)
                yield TURNED_AFTER_MS
                told(f"page {window._list.item(row).text()}")
        window.close()
    while _windows():
        yield NOT_YET_MS
    yield TURNED_AFTER_MS
    told(f"{wish} close")


def _windows() -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.isWindow() and each.isVisible()]
