"""One app for a user: the first one listens on a socket, a later one and the command line talk to it.

A request is one line of JSON, {"command": "...", ...}; each answer is a line {"answer": {...}, "last": bool}.
What a command means is not known here: whoever is connected to `request` answers it.
"""

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from trayapp.desktop.socket_path import LOCK, SOCKET, find_socket_folder, make_private_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONGEST_LINE_BYTES = 64 << 10
_MOST_UNREAD_BYTES = 8 << 20
"""A reader that has stopped reading (a `logs -f` under Ctrl+Z) is let go before it fills our memory."""
_MOST_CONNECTIONS = 32


class Request(QObject):
    """One command from the command line or from a second start; answer it once or, for a stream, many times."""

    gone = Signal()
    """Nobody waits for answers any more: the last one was given, or the other side hung up."""

    asked = Signal(object)
    """The request itself, once its line is read."""

    def __init__(self, connection: QLocalSocket) -> None:
        super().__init__(connection)
        self.command = ""
        self.arguments: Mapping[str, Any] = {}
        self.is_open = True
        self._connection = connection
        self._was_read = False
        connection.readyRead.connect(self._read)
        connection.disconnected.connect(self._close)

    def answer(self, values: "Mapping[str, Any]", *, last: bool = True) -> None:
        """Send one answer; after the last one nothing more can be sent. Does nothing when the other side is gone."""
        if not self.is_open:
            return
        self._connection.write(json.dumps({"answer": dict(values), "last": last}).encode() + b"\n")
        self._connection.flush()  # the app may be about to end: what can go out goes out now
        if last:
            self._connection.disconnectFromServer()  # what is written goes out first
            self._close()
        elif self._connection.bytesToWrite() > _MOST_UNREAD_BYTES:
            self._connection.abort()

    def _read(self) -> None:
        if self._was_read:
            self._connection.readAll()  # one request a connection
            return
        if not self._connection.canReadLine():
            if self._connection.bytesAvailable() > LONGEST_LINE_BYTES:
                self._refuse(f"The request is longer than {LONGEST_LINE_BYTES} bytes.")
            return
        self._was_read = True
        line = bytes(self._connection.readLine(LONGEST_LINE_BYTES + 2).data())
        try:
            values = json.loads(line) if line.endswith(b"\n") else None
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict) or not isinstance(values.get("command"), str):
            self._refuse('A request is one line of JSON such as {"command": "status"}.')
            return
        self.command = values.pop("command")
        self.arguments = values
        self.asked.emit(self)

    def _refuse(self, sentence: str) -> None:
        self._was_read = True
        self.answer({"error": sentence})

    def _close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.gone.emit()


class Instance(QObject):
    """This app among those of the same user; keeps the lock and the socket for as long as it lives."""

    request = Signal(object)
    """A Request, to be answered now or later."""

    def __init__(self, folder: "Path | None" = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder or find_socket_folder()
        self._lock = QLockFile(str(self._folder / LOCK))
        self._lock.setStaleLockTime(0)  # an app may run for weeks; only one that is dead loses its lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.setMaxPendingConnections(_MOST_CONNECTIONS)
        self._server.newConnection.connect(self._accept)
        self._open = 0

    def acquire(self) -> bool:
        """Become the one app of this user; False when another one is. Raises OSError when nobody could be it.

        The lock decides, so that of two starts at the same moment exactly one gets True; its socket may be there a
        moment later. What a dead app left (lock and socket) is taken over.
        """
        make_private_folder(self._folder)
        if not self._lock.tryLock(0):
            if self._lock.error() is QLockFile.LockError.LockFailedError:
                return False
            raise OSError(f"{self._folder / LOCK} cannot be written")
        path = str(self._folder / SOCKET)
        QLocalServer.removeServer(path)
        if not self._server.listen(path):
            self._lock.unlock()
            raise OSError(self._server.errorString())
        return True

    def release(self) -> None:
        """Let another app take over: close the socket and give the lock back."""
        self._server.close()
        self._lock.unlock()

    def _accept(self) -> None:
        while connection := self._server.nextPendingConnection():
            if self._open >= _MOST_CONNECTIONS:
                connection.abort()
                connection.deleteLater()
                continue
            self._open += 1
            request = Request(connection)
            request.asked.connect(self.request)
            connection.disconnected.connect(self._hung_up)
            connection.disconnected.connect(connection.deleteLater)

    def _hung_up(self) -> None:
        self._open -= 1
