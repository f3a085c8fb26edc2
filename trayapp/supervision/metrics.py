"""Asks a running vLLM for its figures (GET /metrics), for as long as a window shows them and no longer."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkProxy, QNetworkReply, QNetworkRequest

from trayapp.core.access import Access
from trayapp.core.live_figures import read_metrics
from trayapp.supervision.requests import request_to

_TIMEOUT_MS = 5_000
_LARGEST_ANSWER = 4 << 20


class Metrics(QObject):
    """One server. Signal: answered(ServerFigures | None) once for each question that was sent."""

    answered = Signal(object)

    def __init__(self, access: Access, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._access = access
        self._url = access.endpoint.removesuffix("/v1") + "/metrics"
        self._network = QNetworkAccessManager(self)
        self._network.setProxy(QNetworkProxy(QNetworkProxy.ProxyType.NoProxy))
        self._reply: QNetworkReply | None = None

    def ask(self) -> None:
        """Ask now; nothing happens while a question is under way."""
        if self._reply is not None:
            return
        self._reply = self._network.get(request_to(self._access, self._url, _TIMEOUT_MS))
        self._reply.finished.connect(self._answered)

    def _answered(self) -> None:
        reply, self._reply = self._reply, None
        assert reply is not None  # noqa: S101 - its own signal
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        body = reply.read(_LARGEST_ANSWER).data() if reply.isOpen() else b""
        reply.deleteLater()
        self.answered.emit(read_metrics(bytes(body).decode(errors="replace")) if status == 200 else None)
