"""A server elsewhere: OpenAI's interface with every vice, a certificate authority, and TLS in front of any server."""

import datetime as dt
import json
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.fakes.quiet_http import QuietHandler, QuietServer

MOST_SENT = 128 << 20


@dataclass
class Manner:
    """How it answers; changed while it runs."""

    key: str = ""
    models: Any = field(default_factory=lambda: [{"id": "big", "max_model_len": 32_768}, {"id": "small"}])
    version: str | None = "0.32.0"
    status: int = 200  # of /v1/models
    body: bytes | None = None  # instead of the list of models
    cut_short: bool = False  # the connection ends in the middle of the list
    endless: bool = False  # the list never ends
    sent_bytes: int = 0  # of an endless one
    redirect: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)  # path and Authorization


class Elsewhere:
    """One server on a free port of this computer; with a folder for certificates it speaks TLS."""

    def __init__(self, manner: Manner, authority: "Authority | None" = None, port: int = 0) -> None:
        self.manner = manner
        self._server = _Server(_Handler, port)
        self._server.manner = manner
        if authority is not None:
            self._server.socket = authority.context().wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.port
        self.url = f"http{'s' if authority else ''}://127.0.0.1:{self.port}"
        self._server.start()

    def close(self) -> None:
        self._server.close()


class _Server(QuietServer):
    manner: Manner


class _Handler(QuietHandler):
    server: _Server

    def do_GET(self) -> None:
        manner = self.server.manner
        manner.asked.append((self.path, self.headers.get("Authorization", "")))
        if manner.redirect and self.path != "/v1/elsewhere":
            self.send_response(307)
            self.send_header("Location", manner.redirect)
            self.end_headers()
        elif self.path == "/version":
            document = json.dumps({"version": manner.version}).encode()
            self._send(200 if manner.version else 404, document)
        elif manner.key and self.headers.get("Authorization") != f"Bearer {manner.key}":
            self._send(401, b'{"error":"Unauthorized"}')
        else:
            document = json.dumps({"object": "list", "data": manner.models}).encode()
            self._send(manner.status, document if manner.body is None else manner.body)

    def _send(self, status: int, body: bytes) -> None:
        if self.server.manner.endless:
            self._send_for_ever()
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.server.manner.cut_short and self.path != "/version":
            self.wfile.write(body[:10])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _send_for_ever(self) -> None:
        """Send what has no length; it ends after a while all the same, for the sake of a client that reads all."""
        self.send_response(200)
        self.end_headers()
        while self.server.manner.sent_bytes < MOST_SENT:
            self.wfile.write(bytes(1 << 20))
            self.server.manner.sent_bytes += 1 << 20


class Authority:
    """A certificate authority of a test, and a certificate for this computer that it signed."""

    def __init__(self, folder: Path) -> None:
        now = dt.datetime.now(dt.UTC)
        self.file = folder / "authority.pem"
        self._chain = folder / "server.pem"
        root_key, root_name = ec.generate_private_key(ec.SECP256R1()), _name("A test's authority")
        key = ec.generate_private_key(ec.SECP256R1())

        def builder(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
            return (
                x509.CertificateBuilder()
                .subject_name(subject)
                .issuer_name(root_name)
                .public_key(public)
                .serial_number(x509.random_serial_number())
                .not_valid_before(now - dt.timedelta(hours=1))
                .not_valid_after(now + dt.timedelta(days=1))
            )

        usage = x509.KeyUsage(
            digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        identifier = x509.SubjectKeyIdentifier.from_public_key(root_key.public_key())
        root = (
            builder(root_name, root_key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(identifier, critical=False)
            .sign(root_key, hashes.SHA256())
        )
        names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
        own = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
        certificate = (
            builder(_name("localhost"), key.public_key())
            .add_extension(names, critical=False)
            .add_extension(own, critical=False)
            .sign(root_key, hashes.SHA256())
        )
        pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        self.file.write_bytes(root.public_bytes(pem))
        secret = key.private_bytes(pem, private, serialization.NoEncryption())
        self._chain.write_bytes(secret + certificate.public_bytes(pem))

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._chain)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class TlsFront:
    """TLS in front of a server on this computer: bytes go through as they are."""

    def __init__(self, authority: Authority, behind: int) -> None:
        self._behind = behind
        self._context = authority.context()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                plain, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(plain,), daemon=True).start()

    def _serve(self, plain: socket.socket) -> None:
        with suppress(OSError), self._context.wrap_socket(plain, server_side=True) as client:
            server = socket.create_connection(("127.0.0.1", self._behind), 5)
            server.settimeout(None)
            with server:
                back = threading.Thread(target=_pass_on, args=(server, client), daemon=True)
                back.start()
                _pass_on(client, server)
                back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
