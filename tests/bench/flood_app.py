"""The whole app with a stopwatch in its event loop, while a server floods it: flood_app.py closed|open|after.

The log window is closed, open, or closed after every window was open once. Run on a desktop by log_flood.py; prints
one JSON object.
"""

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from tests.bench.bench_app import OPENED_BY, go, open_and_close, run_app
from tests.bench.flood_writer import BEGINS_AFTER_S, OVER
from tests.bench.stopwatch import Stopwatch, memory_bytes
from trayapp.app import App


class Flood:
    """Starts the server, counts its lines, and tells how it went when it is over."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopwatch = Stopwatch(app)
        self._began_s = 0.0
        self._before_bytes = 0
        self._lines = 0
        app._log_book.added.connect(self._added)
        app._wishes.start_wanted.emit()
        QTimer.singleShot(int((BEGINS_AFTER_S - 1) * 1000), app, self._begin)

    def _begin(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here on
        self._before_bytes = memory_bytes("VmRSS")
        self._stopwatch.start()

    def _added(self, lines: list[str]) -> None:
        if not self._stopwatch.runs:
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
            "longest_gap_s": self._stopwatch.take_longest_s(),
            "peak_bytes": memory_bytes("VmHWM") - self._before_bytes,
            "after_bytes": memory_bytes("VmRSS") - self._before_bytes,
        }
        print(json.dumps(told), flush=True)


def begin(_application: QApplication, app: App) -> object:
    """Open what is to be open, and let the flood come."""
    if sys.argv[1] == "open":
        app._windows.show_log()
    kept: list[Flood] = []
    wishes = OPENED_BY if sys.argv[1] == "after" else ()
    steps = (wait_ms for wish in wishes for wait_ms in open_and_close(app, wish, str))
    go(steps, lambda: kept.append(Flood(app)))
    return kept


if __name__ == "__main__":
    sys.exit(run_app(begin))
