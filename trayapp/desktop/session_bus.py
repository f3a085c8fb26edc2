"""A connection to a message bus, mostly the session's, in Qt's event loop: it never waits, to connect or to send.

QtDBus cannot make the calls that notifications need (it has no way to send a uint32 from Python), so messages are made
and read by jeepney; only the socket is ours. Who is called and what it means is not known here.
"""

import socket
from itertools import count
from typing import TYPE_CHECKING, Any

from jeepney import HeaderFields, Message, MessageType, Parser, message_bus
from jeepney.auth import AuthenticationError, Authenticator
from jeepney.bus import get_bus
from PySide6.QtCore import QObject, QSocketNotifier, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

_READ_BYTES = 64 << 10
ANSWER_TIMEOUT_MS = 5000
"""A service that is started by its first call needs a second or two; one that hangs is given up after this."""


class SessionBus(QObject):
    """One connection; after `lost` it is dead and another object takes its place."""

    signalled = Signal(object)
    """A signal of a service, as a jeepney Message."""
    lost = Signal(str)
    """The connection is gone or was refused, with the reason for the log."""

    def __init__(
        self, parent: QObject | None = None, *, answer_timeout_ms: int = ANSWER_TIMEOUT_MS, which: str = "SESSION"
    ) -> None:
        """Raises OSError when there is no bus to connect to. which: SESSION or SYSTEM."""
        super().__init__(parent)
        self._answer_timeout_ms = answer_timeout_ms
        try:
            path = get_bus(which)
        except (KeyError, RuntimeError, ValueError, StopIteration) as error:
            raise OSError(f"no {which.lower()} bus") from error
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect(path)
        except OSError:
            self._socket.close()
            raise
        self._authenticator = Authenticator()
        self._parser = Parser()
        self._serials = count(1)
        self._unsent = bytearray()
        self._held_back = bytearray()  # messages of ours that must follow the authentication
        self._waiting: dict[int, tuple[Callable[[Message | None], None], QTimer]] = {}
        self._readable = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Read, self)
        self._readable.activated.connect(self._read)
        self._writable = QSocketNotifier(self._socket.fileno(), QSocketNotifier.Type.Write, self)
        self._writable.setEnabled(False)
        self._writable.activated.connect(self._write)
        self._is_open = True
        self._send_authentication()
        self.call(message_bus.Hello(), self._greeted)

    def call(self, message: Message, then: "Callable[[Message | None], None]") -> None:
        """Send a call; then gets the answer, None when there is none in time, nothing when the connection is lost."""
        if not self._is_open:
            return
        serial = next(self._serials)
        patience = QTimer(self)
        patience.setSingleShot(True)
        patience.timeout.connect(lambda: self._answer(serial, None))
        patience.start(self._answer_timeout_ms)
        self._waiting[serial] = (then, patience)
        self.send(message, serial)

    def send(self, message: Message, serial: int | None = None) -> None:
        """Send a message whose answer does not matter."""
        if not self._is_open:
            return
        data = message.serialise(serial=serial or next(self._serials))
        if self._authenticator.authenticated:
            self._unsent += data
            self._write()
        else:
            self._held_back += data

    def close(self, reason: str = "closed") -> None:
        """End the connection; answers that are still awaited do not come any more."""
        if not self._is_open:
            return
        self._is_open = False
        self._readable.setEnabled(False)
        self._writable.setEnabled(False)
        self._socket.close()
        for _then, patience in self._waiting.values():
            patience.stop()
        self._waiting.clear()
        self.lost.emit(reason)

    def _greeted(self, answer: Message | None) -> None:
        if answer is None:
            self.close("the session bus does not answer")

    def _send_authentication(self) -> None:
        self._unsent += self._authenticator.data_to_send() or b""
        self._write()

    def _write(self) -> None:
        if not self._is_open:
            return
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError as error:
            # Told later: whoever called us is not prepared to lose the connection within its own call.
            QTimer.singleShot(0, self, lambda reason=str(error): self.close(reason))
            return
        self._writable.setEnabled(bool(self._unsent))

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.close(str(error))
            return
        if not data:
            self.close("the session bus closed the connection")
        elif self._authenticator.authenticated:
            self._handle(data)
        else:
            self._authenticate(data)

    def _authenticate(self, data: bytes) -> None:
        try:
            self._authenticator.feed(data)
        except AuthenticationError as error:
            self.close(str(error))
            return
        if self._authenticator.authenticated:
            self._unsent += b"BEGIN\r\n" + self._held_back
            self._held_back.clear()
            self._write()
        else:
            self._send_authentication()

    def _handle(self, data: bytes) -> None:
        for message in self._parser.feed(data):
            kind = message.header.message_type
            if kind in {MessageType.method_return, MessageType.error}:
                self._answer(message.header.fields.get(HeaderFields.reply_serial, 0), message)
            elif kind is MessageType.signal:
                self.signalled.emit(message)

    def _answer(self, serial: int, message: Message | None) -> None:
        waiting = self._waiting.pop(serial, None)
        if waiting is not None:
            then, patience = waiting
            patience.deleteLater()
            then(message)


def field(message: Message, name: HeaderFields) -> Any:
    """Return a field of a message's header, or None."""
    return message.header.fields.get(name)
