"""The whole app with a stopwatch in its event loop, while every window is opened and closed: windows_app.py TURNS.

Run on a desktop by windows.py; prints one JSON object: the longest pause in seconds by what was done.
"""

import json
import sys
from collections.abc import Iterator
from functools import partial

from PySide6.QtWidgets import QApplication

from tests.bench.bench_app import NOT_YET_MS, OF_A_MODEL, OPENED_BY, go, open_and_close, run_app
from tests.bench.stopwatch import Stopwatch
from trayapp.app import App
from trayapp.core.states import Ready

SETTLED_MS = 3_000


class Tour:
    """Goes through the windows while a model is ready."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stopwatch = Stopwatch(app)
        self._longest_s: dict[str, float] = {}
        go(self._steps(), lambda: print(json.dumps(self._longest_s), flush=True))

    def _steps(self) -> Iterator[int]:
        self._app._wishes.start_wanted.emit()
        while not isinstance(self._app._controller.state, Ready):
            yield NOT_YET_MS
        yield SETTLED_MS
        self._stopwatch.start()
        yield SETTLED_MS
        self._told(0, "no window")
        for turn in range(1, int(sys.argv[1]) + 1):
            for wish in (*OPENED_BY, *OF_A_MODEL):
                yield from open_and_close(self._app, wish, partial(self._told, turn))

    def _told(self, turn: int, done: str) -> None:
        self._longest_s[f"{done}, {turn}"] = self._stopwatch.take_longest_s()


def begin(_application: QApplication, app: App) -> object:
    """Start the tour."""
    return Tour(app)


if __name__ == "__main__":
    sys.exit(run_app(begin))
