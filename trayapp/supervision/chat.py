"""One question to the running model and its streamed answer, over HTTP; what the bytes mean is core/chat.py."""

import json
import time

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from trayapp.core.access import Access
from trayapp.core.chat import Answer, ChatFailure, EventAssembler, failure_of, read_error, read_piece
from trayapp.supervision.requests import request_to

SILENCE_MS = 120_000
"""A long prompt on a processor says nothing for a minute; longer is taken for the end."""
_LARGEST_ERROR = 1 << 16


class Chat(QObject):
    """One question. Signals: grew(Answer) for each part, ended(ChatFailure | None, the server's words) once, last."""

    grew = Signal(object)
    ended = Signal(object, str)

    def __init__(self, access: Access, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._events = EventAssembler()
        self._reply: QNetworkReply | None = None
        self._answer = Answer(0.0)
        self._error = ""
        self._whole = False
        self._stopped = False

    def ask(self, question: str) -> None:
        """Send the question; ended tells when there is no more to come."""
        request = request_to(self._access, f"{self._access.endpoint}/chat/completions", SILENCE_MS)
        request.setHeader(QNetworkRequest.KnownHeaders.ContentTypeHeader, "application/json")
        body = {
            "model": self._access.model_name,
            "messages": [{"role": "user", "content": question}],
            "stream": True,
            "stream_options": {"include_usage": True, "continuous_usage_stats": True},
        }
        self._answer = Answer(time.monotonic())
        self._reply = self._network.post(request, json.dumps(body).encode())
        self._reply.readyRead.connect(self._read)
        self._reply.finished.connect(self._finished)

    def stop(self) -> None:
        """Take no more of it: the server ends its work when the connection closes."""
        if self._reply is not None:
            self._stopped = True
            self._reply.abort()

    def _status(self) -> int:
        assert self._reply is not None  # noqa: S101 - only asked while there is one
        return int(self._reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute) or 0)

    def _read(self) -> None:
        if self._reply is None or self._status() != 200:
            return
        now_s, before = time.monotonic(), self._answer
        for data in self._events.feed(bytes(self._reply.readAll().data())):
            piece = read_piece(data)
            self._error = self._error or piece.error
            self._whole = self._whole or piece.is_last
            self._answer = self._answer.with_piece(piece, now_s)
        if self._answer != before:
            self.grew.emit(self._answer)

    def _finished(self) -> None:
        self._read()
        reply, status = self._reply, self._status()
        assert reply is not None  # noqa: S101 - its own signal
        said = reply.read(_LARGEST_ERROR).data() if status != 200 and reply.isOpen() else b""
        reason = reply.errorString()
        self._reply = None
        reply.deleteLater()
        message = self._error or read_error(bytes(said).decode(errors="replace"))
        if self._stopped or (status == 200 and self._whole and not self._error):
            self.ended.emit(None, "")
        elif status == 200:
            self.ended.emit(failure_of(400, message) if message else ChatFailure.BROKEN_OFF, message or reason)
        else:
            self.ended.emit(failure_of(status, message), message or reason)
