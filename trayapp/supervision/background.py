"""Blocking work off the main thread: a function runs in a pool, its result comes back as a call on the main thread."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal


class Background(QObject):
    """Runs functions in a thread pool. An exception of a function is raised again on the main thread."""

    _done = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(4)
        self._pool.setExpiryTimeout(5000)  # idle threads cost memory
        self._done.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Call work in a thread, and then with its result on this object's thread."""

        def task() -> None:
            try:
                result, error = work(), None
            except BaseException as caught:  # noqa: BLE001 - raised again where it is seen
                result, error = None, caught
            self._done.emit(then, result, error)

        self._pool.start(QRunnable.create(task))

    def wait(self, timeout_s: float) -> bool:
        """Wait until nothing runs; only for the last moments of the app."""
        return self._pool.waitForDone(int(timeout_s * 1000))

    @staticmethod
    def _deliver(then: Callable[[Any], None], result: object, error: BaseException | None) -> None:
        if error is not None:
            raise error
        then(result)
