"""Runs inside vLLM, which loads it by --middleware: only who asks for this computer by one of its names is answered.

A web page whose name is led to 127.0.0.1 (DNS rebinding) counts for the browser as the server's own page, so that the
allowed origins do not keep it out; but the browser says that name as the Host. Standard library only, of any Python
that vLLM runs on, and nothing of ours: the folder of this file is all that vLLM's Python gets to see.
"""

import os
import re
import socket
from typing import Any

ALLOWED_HOSTS = "TRAY_ALLOWED_HOSTS"
_LOCAL_ENDINGS = ("", ".local", ".lan", ".home.arpa", ".internal")  # none of them can be had in the public DNS
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::\d+)?")
_ADDRESS = re.compile(r"\[.*\]|\d{1,3}(\.\d{1,3}){3}")
_WORDS = b'{"error": {"message": "This server answers to the names of its computer only.", "code": 403}}'


class OwnNames:
    """Wraps the server's own application."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.names = own_names()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it (the protocol is ASGI's)."""
        if scope["type"] not in {"http", "websocket"} or is_own(host_of(scope), self.names):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(_WORDS)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": headers})
            await send({"type": "http.response.body", "body": _WORDS})


def own_names() -> "set[str]":
    """Return the names of this computer and those that the settings allow; "*" among them allows all."""
    allowed = os.environ.get(ALLOWED_HOSTS, "").lower().split(",")
    own = socket.gethostname().lower()
    return {"localhost", *(own + ending for ending in _LOCAL_ENDINGS), *filter(None, allowed)}


def host_of(scope: Any) -> str:
    """Return the Host that the request names, "" for none: HTTP/1.0, and so no browser."""
    return ",".join(value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host")


def is_own(host: str, names: "set[str]") -> bool:
    """Whether a Host is one of these names or a bare address: no page on the web is called by one that leads here."""
    found = _HOST.fullmatch(host)
    if found is None:
        return not host
    name = found[1].rstrip(".")
    return "*" in names or name in names or name.endswith(".localhost") or _ADDRESS.fullmatch(name) is not None
