"""A Hugging Face Hub on this computer: models as dictionaries of files, and how often each was asked for."""

import hashlib
import json
import re
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class FakeHub:
    """Serves the API of the Hub as far as reading a model's config and headers needs it."""

    def __init__(
        self, models: dict[str, dict[str, bytes]], *, gated: tuple[str, ...] = (), broken: bool = False
    ) -> None:
        self.models = models
        self.gated = gated
        self.broken = broken
        self.sent_bytes: Counter[str] = Counter()
        hub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                hub.answer(self, with_body=True)

            def do_HEAD(self) -> None:
                hub.answer(self, with_body=False)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the standard library
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, handler: BaseHTTPRequestHandler, *, with_body: bool) -> None:
        path = handler.path.partition("?")[0]
        info = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/\w+)?", path)
        file = re.fullmatch(r"/([^/]+/[^/]+)/resolve/\w+/(.+)", path)
        name = (info or file or [None, ""])[1]
        if self.broken:
            self._send(handler, 500, b"{}", {}, with_body)
        elif name in self.gated and file:
            self._send(handler, 403, b"{}", {"X-Error-Code": "GatedRepo"}, with_body)
        elif name not in self.models:
            self._send(handler, 404, b"{}", {"X-Error-Code": "RepoNotFound"}, with_body)
        elif info:
            files = [{"rfilename": item, "size": len(content)} for item, content in self.models[name].items()]
            self._send(handler, 200, json.dumps({"id": name, "sha": COMMIT, "siblings": files}).encode(), {}, with_body)
        else:
            assert file is not None
            content = self.models[name][file[2]]
            headers = {"X-Repo-Commit": COMMIT, "ETag": hashlib.sha256(content).hexdigest()}
            part = re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers.get("Range", ""))
            if part:
                content = content[int(part[1]) : int(part[2]) + 1]
            self.sent_bytes[file[2]] += len(content) if with_body else 0
            self._send(handler, 206 if part else 200, content, headers, with_body)

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str], with_body: bool
    ) -> None:
        handler.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        if with_body:
            handler.wfile.write(body)
