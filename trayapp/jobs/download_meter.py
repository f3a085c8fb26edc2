"""Counts the bytes of a download, file by file and in all, and tells how far it is some times a second."""

import threading
import time
from typing import TYPE_CHECKING

from trayapp.core.download import DownloadProgress, DownloadStep, FileProgress
from trayapp.jobs.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TELL_EVERY_S = 0.25


class _File:
    def __init__(self, total_bytes: int, done_bytes: int) -> None:
        self.total_bytes = total_bytes
        self.done_bytes = done_bytes
        self.rate = Rate()


class Meter:
    """Takes what the threads report; tell is called by one of them at a time."""

    def __init__(self, model: str, tell: "Callable[[DownloadProgress], None]") -> None:
        self._model = model
        self._tell = tell
        self._lock = threading.Lock()
        self._revision = ""
        self._files: dict[str, _File] = {}
        self._rate = Rate()
        self._told = 0.0
        self._fetched_bytes = 0

    def looking(self) -> None:
        """Tell that the Hub is asked what there is."""
        self._tell(DownloadProgress(DownloadStep.LOOKING, self._model))

    def begin(self, revision: str, files: "Mapping[str, tuple[int, int]]") -> None:
        """Take every file with its size and what is there of it."""
        with self._lock:
            self._revision = revision
            self._files = {name: _File(*sizes) for name, sizes in files.items()}
            self._rate = Rate()
            self._say(DownloadStep.DOWNLOADING)

    def file_at(self, name: str, done_bytes: int) -> None:
        """Set how much of a file is there: it goes on, or begins anew."""
        with self._lock:
            if name in self._files:
                self._files[name].done_bytes = done_bytes

    def bytes_of(self, name: str) -> int:
        """Return how much of a file is there."""
        with self._lock:
            return self._files[name].done_bytes

    def fetched(self, name: str, count: int) -> None:
        """Count bytes that have arrived."""
        with self._lock:
            self._fetched_bytes += count
            self._rate.add(count)
            file = self._files.get(name)
            if file is not None:
                file.done_bytes += count
                file.rate.add(count)
                if time.monotonic() - self._told >= _TELL_EVERY_S:
                    self._say(DownloadStep.DOWNLOADING)

    def file_done(self, name: str, size_bytes: int) -> None:
        """Take note of a whole file."""
        self.file_at(name, size_bytes)

    def done(self, folder: str) -> None:
        """Tell the end."""
        with self._lock:
            self._say(DownloadStep.DONE, folder)

    def _say(self, step: DownloadStep, detail: str = "") -> None:
        self._told = time.monotonic()
        at_work = tuple(
            FileProgress(name, file.done_bytes, file.total_bytes, file.rate.bytes_a_second)
            for name, file in self._files.items()
            if 0 < file.done_bytes < file.total_bytes
        )
        self._tell(
            DownloadProgress(
                step,
                self._model,
                self._revision,
                sum(file.done_bytes for file in self._files.values()),
                sum(file.total_bytes for file in self._files.values()),
                self._fetched_bytes,
                self._rate.bytes_a_second,
                detail=detail,
                files=at_work,
            )
        )
