"""Blocking work off the main thread: a function runs in a thread, its result comes back as a call on the main thread.

Python's threads, not QRunnable.create(): Qt deletes the runnable, PySide 6.11 keeps a wrapper for its address, and the
next Qt object at that address arrives as a QRunnable (seen: a QNetworkReply, then a segmentation fault).
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot


class Background(QObject):
    """Runs functions in threads. An exception of a function is raised again on the main thread."""

    _done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: set[threading.Thread] = set()
        self._done.connect(self._deliver)  # emitted in another thread, and so delivered by this one's event loop

    def run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call work in a thread, and then with its result on this object's thread."""

        def task() -> None:
            try:
                result, error = work(), None
            except BaseException as caught:  # noqa: BLE001 - raised again where it is seen
                result, error = None, caught
            self._threads.discard(threading.current_thread())
            self._done.emit(then, result, error)

        # A daemon: a probe that hangs (a driver, a network folder) must not keep the app from ending.
        thread = threading.Thread(target=task, daemon=True)
        self._threads.add(thread)
        thread.start()

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing runs, and return whether that came in time; only for the last moments of the app."""
        until = time.monotonic() + timeout_s
        for thread in tuple(self._threads):
            thread.join(max(0.0, until - time.monotonic()))
        return not self._threads

    @Slot(object, object, object)
    def _deliver(self, then: Callable[[Any], None], result: object, error: BaseException | None) -> None:
        if error is not None:
            raise error
        then(result)
