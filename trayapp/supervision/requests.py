"""A request to the model that is ready: with its key, to nobody else, trusting whom the person trusts."""

from PySide6.QtCore import QUrl
from PySide6.QtNetwork import QNetworkRequest

from trayapp.core.access import Access


def request_to(access: Access, url: str, timeout_ms: int) -> QNetworkRequest:
    """Return a request for this address of the server; a silence of so many ms ends it."""
    request = QNetworkRequest(QUrl(url))
    request.setTransferTimeout(timeout_ms)
    # A redirect is not followed: Qt would carry the key to another host.
    policy = QNetworkRequest.RedirectPolicy.ManualRedirectPolicy
    request.setAttribute(QNetworkRequest.Attribute.RedirectPolicyAttribute, policy)
    if access.key:
        request.setRawHeader(b"Authorization", b"Bearer " + access.key.encode())
    if access.ca_file:
        _trust(request, access.ca_file)
    return request


def _trust(request: QNetworkRequest, ca_file: str) -> None:
    """Let the request trust the certificate authority of the file, besides those that the system trusts."""
    from PySide6.QtNetwork import QSsl, QSslCertificate

    configuration = request.sslConfiguration()
    configuration.addCaCertificates(ca_file, QSsl.EncodingFormat.Pem, QSslCertificate.PatternSyntax.FixedString)
    request.setSslConfiguration(configuration)
