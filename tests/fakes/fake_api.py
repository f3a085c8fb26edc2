"""What the fake vLLM answers over HTTP: health, models, version, metrics and chat, whole or streamed."""

import json
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ANSWER = "Hello! I am only a fake."


class FakeServer(ThreadingHTTPServer):
    """Answers for one model; every request in a thread of its own that ends with the process."""

    daemon_threads = True
    questions: Path
    guard: Any = None

    def __init__(self, listener: socket.socket, model: str, max_model_len: int, behaviour: Any) -> None:
        super().__init__(listener.getsockname()[:2], Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.model = model
        self.max_model_len = max_model_len
        self.behaviour = behaviour
        self.api_key = os.environ.get("VLLM_API_KEY", "")

    def note_question(self) -> None:
        """Note when it was asked how it is, on the clock of time.monotonic()."""
        with self.questions.open("a") as file:
            file.write(f"{time.monotonic()}\n")


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    server: FakeServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self.allowed():
            return
        match self.path:
            case "/health":
                self.server.note_question()
                if self.server.behaviour.health == "hangs":
                    threading.Event().wait()
                self.answer(200 if self.server.behaviour.health == "ok" else 503, b"", "text/plain")
            case "/v1/models":
                model = {
                    "id": self.server.model,
                    "object": "model",
                    "owned_by": "vllm",
                    "max_model_len": self.server.max_model_len,
                }
                self.answer_json({"object": "list", "data": [model]})
            case "/version":
                self.answer_json({"version": self.server.behaviour.version})
            case "/metrics":
                self.answer(200, metrics(self.server.model).encode(), "text/plain; version=0.0.4")
            case _:
                self.answer_json({"detail": "Not Found"}, 404)

    def do_POST(self) -> None:
        if not self.allowed():
            return
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))) or b"{}")
        if self.path != "/v1/chat/completions":
            self.answer_json({"detail": "Not Found"}, 404)
        elif body.get("model", self.server.model) != self.server.model:
            self.answer_json({"error": {"message": f"The model `{body['model']}` does not exist."}}, 404)
        elif body.get("stream"):
            self.stream_chat()
        else:
            message = {"role": "assistant", "content": self.server.behaviour.answer or ANSWER}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            usage = {"prompt_tokens": 9, "completion_tokens": 6, "total_tokens": 15}
            head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": self.server.model}
            self.answer_json({**head, "choices": [choice], "usage": usage})

    def stream_chat(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
        deltas += [({"content": word + " "}, None) for word in (self.server.behaviour.answer or ANSWER).split()]
        deltas += [({}, "stop")]
        for delta, reason in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            event = {
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "model": self.server.model,
                "choices": [choice],
            }
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def allowed(self) -> bool:
        """As the real one: what was loaded into it comes first, and a key guards the paths below /v1 alone."""
        guard, host = self.server.guard, self.headers.get("Host", "")
        if guard is not None and not guard.is_own(host.lower(), guard.own_names()):
            self.answer_json({"error": "Forbidden"}, 403)
            return False
        if not self.server.api_key or not self.path.startswith("/v1"):
            return True
        if self.headers.get("Authorization") == f"Bearer {self.server.api_key}":
            return True
        self.answer_json({"error": "Unauthorized"}, 401)
        return False

    def answer_json(self, value: object, status: int = 200) -> None:
        self.answer(status, json.dumps(value).encode(), "application/json")

    def answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def start_api(
    listener: socket.socket, name: str, max_model_len: int, behaviour: Any, questions: Path, guard: Any = None
) -> None:
    """Listen on a bound socket and answer from now on.

    questions: where it is noted when somebody asked /health; guard: what the app has the real one load.
    """
    server = FakeServer(listener, behaviour.model_name or name, max_model_len, behaviour)
    server.questions = questions
    server.guard = guard
    server.server_activate()
    threading.Thread(target=server.serve_forever, daemon=True).start()


def metrics(model: str) -> str:
    """Return the few series of vLLM's /metrics that anybody here reads."""
    labels = f'{{engine="0",model_name="{model}"}}'
    values = {
        "vllm:num_requests_running": 0.0,
        "vllm:num_requests_waiting": 0.0,
        "vllm:kv_cache_usage_perc": 0.125,
        "vllm:prompt_tokens_total": 9.0,
        "vllm:generation_tokens_total": 6.0,
    }
    lines: list[str] = []
    for name, value in values.items():
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} A figure.", f"# TYPE {name} {kind}", f"{name}{labels} {value}"]
    return "\n".join(lines) + "\n"
