"""Blocking work off the main thread: a function runs in a thread, its result comes back as a call on the main thread.

Python's threads, not QRunnable.create(): Qt deletes the runnable, PySide 6.11 keeps a wrapper for its address, and the
next Qt object at that address arrives as a QRunnable (seen: a QNetworkReply, then a segmentation fault).
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot


class Background(QObject):
    """Runs functions in threads. An exception of a function is raised again on the main thread."""

    _done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._threads: set[threading.Thread] = set()
        self._done.connect(self._deliver)  # emitted in another thread, and so delivered by this one's event loop

    def run(
        self,
        work: Callable[[], Any],
        then: Callable[[Any], None],
        instead: Callable[[Exception], Any] | None = None,
    ) -> None:
        """Call work in a thread, and then with its result on this object's thread.

        When work raises, instead gives the result to go on with, so that nobody waits for it for ever. The error is
        raised all the same, after that, unless it is an OSError: no descriptor or memory left is no bug of ours.
        """

        def task() -> None:
            results: tuple[Any, ...] = ()
            error: BaseException | None = None
            try:
                results = (work(),)
            except BaseException as caught:  # noqa: BLE001 - raised again where it is seen
                error = caught
                if instead is not None and isinstance(caught, Exception):
                    results = (instead(caught),)
                    error = None if isinstance(caught, OSError) else caught
            self._threads.discard(threading.current_thread())
            with suppress(RuntimeError):  # the app ended meanwhile: nobody waits any more
                self._done.emit(then, results, error)

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
    def _deliver(self, then: Callable[[Any], None], results: tuple[Any, ...], error: BaseException | None) -> None:
        if results:
            then(*results)
        if error is not None:
            raise error
