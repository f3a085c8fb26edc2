"""Stands in for Ollama: its documented interface, with the vices of an older or slow one.

In a test it is an object; run as a program (`fake_ollama.py serve`) it listens where OLLAMA_HOST says, with the models
that FAKE_OLLAMA_MODELS names. Standard library only.
"""

import json
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from tests.fakes.quiet_http import QuietHandler, QuietServer

if TYPE_CHECKING:
    from collections.abc import Callable

GIB = 1 << 30
PART = "sha256:" + "a" * 64
OTHER_PART = "sha256:" + "b" * 64
PULL: list[dict[str, Any]] = [
    {"status": "pulling manifest"},
    {"status": "pulling aaaa", "digest": PART, "total": 1000},  # completed is missing at first
    {"status": "pulling aaaa", "digest": PART, "total": 1000, "completed": 400},
    {"status": "pulling bbbb", "digest": OTHER_PART, "total": 200, "completed": 200},
    {"status": "pulling aaaa", "digest": PART, "total": 1000, "completed": 1000},
    {"status": "verifying sha256 digest"},
    {"status": "writing manifest"},
    {"status": "success"},
]


class FakeOllama:
    """One Ollama on a port of this computer; how it behaves is changed while it runs."""

    def __init__(self, *models: str, port: int = 0, default_context: int = 4096) -> None:
        self.models = {name if ":" in name else f"{name}:latest": default_context for name in models}
        self.loaded: dict[str, int] = {}  # name: context length
        self.asked: list[tuple[str, Any]] = []
        self.version = "0.13.0"
        self.tells_context = True  # /api/ps, newer versions
        self.can_create = True  # /api/create with "from", newer versions
        self.load_takes_s = 0.0
        self.load_error = ""
        self.gpu_share = 0.75
        self.unloaded: Callable[[], None] = lambda: None  # called when a model has gone from the memory
        self.pull_lines = PULL
        self.pull_breaks_off = False
        self._server = _Server(_Handler, port)
        self._server.fake = self
        self.port, self.url = self._server.port, self._server.url

    def start(self) -> "FakeOllama":
        self._server.start()
        return self

    def serve(self) -> None:
        self._server.serve_forever(0.02)

    def close(self) -> None:
        self._server.close()


class _Server(QuietServer):
    fake: FakeOllama


class _Handler(QuietHandler):
    server: _Server

    def do_GET(self) -> None:
        fake = self.server.fake
        fake.asked.append((self.path, None))
        match self.path:
            case "/api/version":
                self._send({"version": fake.version})
            case "/api/tags":
                details = {"family": "qwen3", "parameter_size": "8.2B", "quantization_level": "Q4_K_M"}
                models = [{"name": name, "model": name, "size": 5 * GIB, "details": details} for name in fake.models]
                self._send({"models": models})
            case "/api/ps":
                self._send({"models": [self._in_memory(name) for name in fake.loaded]})
            case "/v1/models":
                self._send({"object": "list", "data": [{"id": name, "object": "model"} for name in fake.models]})
            case _:
                self._send({"error": "not found"}, 404)

    def _in_memory(self, name: str) -> dict[str, Any]:
        fake = self.server.fake
        entry = {"name": name, "model": name, "size": 6 * GIB, "size_vram": int(6 * GIB * fake.gpu_share)}
        return {**entry, "context_length": fake.loaded[name]} if fake.tells_context else entry

    def do_DELETE(self) -> None:
        name = self._body()["model"]
        self._send({}, 200 if self.server.fake.models.pop(name, None) else 404)

    def do_POST(self) -> None:
        fake, body = self.server.fake, self._body()
        name = body.get("model", "")
        name = name if ":" in name else f"{name}:latest"
        match self.path:
            case "/api/pull":
                self._pull()
            case _ if name not in fake.models and self.path != "/api/create":
                self._send({"error": f"model '{body.get('model')}' not found"}, 404)
            case "/api/show":
                self._send({"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960}})
            case "/api/create":
                if fake.can_create:
                    fake.models[name] = body["parameters"]["num_ctx"]
                    self._send({"status": "success"})
                else:
                    self._send({"error": "neither 'from' or 'files' was specified"}, 400)
            case "/api/generate":
                self._generate(name, body)
            case "/v1/chat/completions":
                fake.loaded.setdefault(name, fake.models[name])
                fake.loaded[name] = fake.models[name]  # with its own length, whatever was loaded before
                self._send({"choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello."}}]})
            case _:
                self._send({"error": "not found"}, 404)

    def _generate(self, name: str, body: dict[str, Any]) -> None:
        fake = self.server.fake
        if body.get("keep_alive") == 0:
            fake.loaded.pop(name, None)
            fake.unloaded()
            self._send({"model": name, "done": True, "done_reason": "unload"})
            return
        until = time.monotonic() + fake.load_takes_s
        while time.monotonic() < until:
            threading.Event().wait(0.02)
        if fake.load_error:
            self._send({"error": fake.load_error}, 500)
        else:
            fake.loaded[name] = body.get("options", {}).get("num_ctx") or fake.models[name]
            self._send({"model": name, "done": True, "done_reason": "load"})

    def _pull(self) -> None:
        fake = self.server.fake
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        if fake.pull_breaks_off:
            self.send_header("Content-Length", "1000000")
        self.end_headers()
        for line in fake.pull_lines:
            self.wfile.write(json.dumps(line).encode() + b"\n")
            self.wfile.flush()
        if not fake.pull_breaks_off and fake.pull_lines[-1].get("status") == "success":
            fake.models["new:latest"] = 4096

    def _body(self) -> dict[str, Any]:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        self.server.fake.asked.append((self.path, body))
        assert isinstance(body, dict)
        return body

    def _send(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    assert sys.argv[1:] == ["serve"]
    print("Listening on", os.environ["OLLAMA_HOST"], flush=True)
    length = int(os.environ.get("OLLAMA_CONTEXT_LENGTH", "4096"))
    where = int(os.environ["OLLAMA_HOST"].rpartition(":")[2])
    FakeOllama(*os.environ["FAKE_OLLAMA_MODELS"].split(), port=where, default_context=length).serve()
