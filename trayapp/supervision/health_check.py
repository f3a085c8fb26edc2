"""Whether the server answers: GET /health is 200 and /v1/models names our model. The log is never believed for that.

A port can be shared silently by two servers (vLLM 0.8 to 0.21), so that a 200 alone may come from a stranger. One that
serves the same model is told by who holds the port, which is not asked here.
"""

import json

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from trayapp.core.endpoint import reachable_host

STARTING_PAUSE_MS = 500
HINTED_PAUSE_MS = 50
_HINTED_TRIES = 100
READY_PAUSE_MS = 10_000
TIMEOUT_MS = 5_000
_LARGEST_ANSWER = 1 << 20


def read_models_answer(body: bytes, model_name: str) -> int | None:
    """Return the max_model_len in tokens that /v1/models gives for our model (0 when it gives none), or None.

    None means that this is not our server: no JSON, or another model's name.
    """
    try:
        models = json.loads(body)["data"]
        for model in models:
            if model["id"] == model_name:
                length = model.get("max_model_len")
                return length if isinstance(length, int) and length is not True and length > 0 else 0
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):  # a stranger answers what it likes
        return None
    return None


class HealthCheck(QObject):
    """Asks one server again and again.

    Signals: answered(max_model_len) once, and once more after a doubt(); from then on alive() or silent(reason) after
    each question.
    """

    answered = Signal(object)
    alive = Signal()
    silent = Signal(str)

    def __init__(
        self,
        host: str,
        port: int,
        model_name: str,
        api_key: str = "",
        parent: QObject | None = None,
        *,
        ready_pause_ms: int = READY_PAUSE_MS,
        timeout_ms: int = TIMEOUT_MS,
    ) -> None:
        super().__init__(parent)
        self._ready_pause_ms = ready_pause_ms
        self._timeout_ms = timeout_ms
        self._base = f"http://{reachable_host(host)}:{port}"
        self._model_name = model_name
        self._api_key = api_key
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.ask)
        self._reply: QNetworkReply | None = None
        self._ready = False
        self._hinted_tries = 0
        self._timer.start(STARTING_PAUSE_MS)

    def hint(self) -> None:
        """The log says that it answers now, or in a moment: ask at once, and more often for a while."""
        self._hinted_tries = _HINTED_TRIES
        self.ask()

    def ask(self) -> None:
        """Ask now instead of at the next turn; nothing happens while a question is under way."""
        if self._reply is None:
            self._timer.stop()
            self._send("/health", self._health_answered)

    def doubt(self) -> None:
        """What answered may not be our server: ask on as before the first answer."""
        self._ready = False
        self._timer.start(STARTING_PAUSE_MS)

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
        reply, self._reply = self._reply, None
        if reply is not None:
            reply.finished.disconnect()
            reply.abort()
            reply.deleteLater()

    def _send(self, path: str, slot: object) -> None:
        request = QNetworkRequest(QUrl(self._base + path))
        request.setTransferTimeout(self._timeout_ms)
        if self._api_key:
            request.setRawHeader(b"Authorization", b"Bearer " + self._api_key.encode())
        self._reply = self._network.get(request)
        self._reply.finished.connect(slot)

    def _take(self) -> tuple[int, bytes, str]:
        reply, self._reply = self._reply, None
        assert reply is not None  # noqa: S101 - only called by its own signal
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        body = bytes(reply.read(_LARGEST_ANSWER).data()) if reply.isOpen() else b""  # closed when its time was over
        reason = reply.errorString()
        reply.deleteLater()
        return int(status or 0), body, reason

    def _health_answered(self) -> None:
        status, _, reason = self._take()
        if status != 200:
            self._missed(reason)
        elif self._ready:
            self._timer.start(self._ready_pause_ms)
            self.alive.emit()
        else:
            self._send("/v1/models", self._models_answered)

    def _models_answered(self) -> None:
        status, body, reason = self._take()
        length = read_models_answer(body, self._model_name) if status == 200 else None
        if length is None:
            self._missed(reason)
            return
        self._ready = True
        self._timer.start(self._ready_pause_ms)
        self.answered.emit(length)

    def _missed(self, reason: str) -> None:
        if not self._ready and self._hinted_tries:
            self._hinted_tries -= 1
            self._timer.start(HINTED_PAUSE_MS)
        else:
            self._timer.start(self._ready_pause_ms if self._ready else STARTING_PAUSE_MS)
        if self._ready:
            self.silent.emit(reason)
