"""Tells when the settings file has changed, whoever wrote it: the app, a command, a person with an editor."""

from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

if TYPE_CHECKING:
    from pathlib import Path

SETTLED_MS = 50
"""A file that is written anew is several events: made, renamed, and so on."""


class SettingsWatch(QObject):
    """Lives as long as its parent; changed comes once for each time that the file was written."""

    changed = Signal()

    def __init__(self, path: "Path", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._watcher = QFileSystemWatcher(self)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self._tell)
        for news in (self._watcher.directoryChanged, self._watcher.fileChanged):
            news.connect(lambda _: self._settled.start())
        self._watch()

    def _watch(self) -> None:
        """The folder tells of a file that takes the other's place, the file of one that is written to as it stands."""
        with suppress(OSError):  # without a folder the first file in it would not be seen
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        wanted = {str(path) for path in (self._path.parent, self._path) if path.exists()}
        missing = wanted - {*self._watcher.directories(), *self._watcher.files()}
        if missing:  # what does not let itself be watched is read at the next start, as before
            self._watcher.addPaths(sorted(missing))

    def _tell(self) -> None:
        self._watch()  # a file that was replaced is no longer watched
        self.changed.emit()
