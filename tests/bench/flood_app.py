"""The whole app with a stopwatch in its event loop, while a server floods it: flood_app.py closed|open (log window).

Run on a desktop by log_flood.py; prints one JSON object.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.flood_writer import BEGINS_AFTER_S, OVER
from trayapp.app import App
from trayapp.desktop.single_instance import Instance

TICK_MS = 5


class Stopwatch:
    """Looks at the clock every 5 ms; the longest pause between two looks is how long the event loop was held up."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._last_s = time.monotonic()
        self._began_s = 0.0
        self._before_bytes = 0
        self._lines = 0
        self.gaps_s: list[float] = []
        app._log_book.added.connect(self._added)
        self._timer = QTimer(app, timerType=Qt.TimerType.PreciseTimer, interval=TICK_MS)
        self._timer.timeout.connect(self._tick)
        QTimer.singleShot(int((BEGINS_AFTER_S - 1) * 1000), app, self._begin)

    def _begin(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
        self._before_bytes = memory_bytes("VmRSS")
        self._last_s = time.monotonic()
        self._timer.start()

    def _tick(self) -> None:
        now_s = time.monotonic()
        self.gaps_s.append(now_s - self._last_s)
        self._last_s = now_s

    def _added(self, lines: list[str]) -> None:
        if not self._timer.isActive():
            return
        self._began_s = self._began_s or time.monotonic()
        self._lines += len(lines)
        if OVER in lines:
            over_s = time.monotonic() - self._began_s
            QTimer.singleShot(1000, self._app, lambda: self._tell(over_s))

    def _tell(self, over_s: float) -> None:
        told = {
            "state": type(self._app._controller.state).__name__,
            "lines": self._lines,
            "took_s": over_s,
            "longest_gap_s": max(self.gaps_s),
            "peak_bytes": memory_bytes("VmHWM") - self._before_bytes,
            "after_bytes": memory_bytes("VmRSS") - self._before_bytes,
        }
        print(json.dumps(told), flush=True)


def memory_bytes(name: str) -> int:
    """Return a figure of /proc/self/status."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) << 10
    raise AssertionError(name)


def main() -> int:
    """Be the app, start the model, and tell how it went."""
    application = QApplication(["vllm-tray"])
    application.setQuitOnLastWindowClosed(False)
    instance = Instance()
    assert instance.acquire()
    app = App(application, instance)
    application.aboutToQuit.connect(app.leave)
    if sys.argv[1] == "open":
        app._windows.show_log()
    app._wishes.start_wanted.emit()
    stopwatch = Stopwatch(app)
    code = application.exec()
    del stopwatch
    return code


if __name__ == "__main__":
    sys.exit(main())
