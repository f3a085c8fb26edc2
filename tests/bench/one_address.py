"""Through the app's own address against direct, taking turns, on the real vLLM: `python -m tests.bench.one_address DIR`

DIR is the environment of the real vLLM. Without it only the processor time that a piece of a stream takes is measured:
that is what the model's own work loses, and it can be had on a busy computer, too.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure, render_table
from tests.bench.processes import cpu_s
from tests.real.bare_vllm import bare_vllm
from trayapp.backends import one_address
from trayapp.core.one_address import Lead
from trayapp.probes.ports import find_free_port

TURNS = 40
TOKENS = 64
KEY = "key-of-the-bench"
PIECES, PIECES_A_SECOND = 3_000, 600
ANSWER_WITHIN_S = 60
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
PIECE = b"d2\r\ndata: " + b"x" * 202 + b"\n\n\r\n"


def measure(vllm: Path, turns: int = TURNS) -> list[Figure]:
    """Return the figures; vllm is the command."""
    port = find_free_port("127.0.0.1", 18_200)
    with TemporaryDirectory() as folder, bare_vllm(vllm, port, KEY, Path(folder) / "log"), through(port) as (_, own):
        for each in (port, own):
            ask(each)
        direct, through_it = [], []
        for _ in range(turns):
            direct.append(ask(port))
            through_it.append(ask(own))
    added_ms = 1000 * median(ours[0] - theirs[0] for ours, theirs in zip(through_it, direct, strict=True))
    speed = median(ours[1] / theirs[1] for ours, theirs in zip(through_it, direct, strict=True))
    how = f"{turns} pairs of {TOKENS} tokens, {median(rate for _, rate in direct):.0f} tokens/s direct"
    return [
        Figure("time to the first token, added by the app's own address", added_ms, "ms", 3.0, how),
        Figure("loss of tokens per second through it", max(0.0, 1 - speed), "", 0.03, f"ratio {speed:.3f}"),
    ]


@contextmanager
def through(port: int) -> Iterator[tuple[int, int]]:
    """Run the program that leads to this port; its process and its own port."""
    child = subprocess.Popen(
        [sys.executable, "-I", one_address.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        lead = Lead("127.0.0.1", port, "", tls=False, ca_file="", key=KEY, model="far").as_json()
        child.stdin.write(json.dumps({"port": 0}).encode() + b"\n" + json.dumps(lead).encode() + b"\n")
        child.stdin.flush()
        yield child.pid, json.loads(child.stdout.readline())["listening"]
        child.stdin.close()


def measure_cost(pieces: int = PIECES) -> list[Figure]:
    """Return the processor time of a piece of a stream, as a model of 600 tokens/s sends them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_send_pieces, args=(listener, pieces), daemon=True).start()
        with through(listener.getsockname()[1]) as (pid, own), socket.create_connection(("127.0.0.1", own)) as program:
            program.sendall(b"GET /v1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            program.settimeout(ANSWER_WITHIN_S)
            reply, came = program.makefile("rb"), 0
            while reply.readline() != b"\r\n":
                pass
            before_s = cpu_s(pid)
            while came < pieces * len(PIECE):
                came += len(reply.read1(1 << 16))
            cost_us = 1e6 * (cpu_s(pid) - before_s) / pieces
    return [Figure("processor time of the app's own address for a piece", cost_us, "µs", how=f"{pieces} pieces")]


def _send_pieces(listener: socket.socket, pieces: int) -> None:
    server, _ = listener.accept()
    with server:
        server.recv(1 << 16)
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.sendall(HEAD)
        at_s = time.perf_counter()
        for _ in range(pieces):
            at_s += 1 / PIECES_A_SECOND
            time.sleep(max(0.0, at_s - time.perf_counter()))
            server.sendall(PIECE)
        server.recv(1)  # the figures are read while both connections stand


def ask(port: int) -> tuple[float, float]:
    """Return the seconds to the first token, and tokens a second over the whole answer.

    Not from the first token on: a server that is busy sends several at once, and the first may come with the last.
    """
    question = {
        "model": "far", "prompt": "hello", "max_tokens": TOKENS, "temperature": 0, "stream": True, "ignore_eos": True,
    }  # fmt: skip
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        began_s = time.perf_counter()
        connection.request("POST", "/v1/completions", json.dumps(question), headers)
        reply = connection.getresponse()
        assert reply.status == 200, reply.read()
        first_s = 0.0
        while line := reply.readline():
            if line.startswith(b"data: {"):
                first_s = first_s or time.perf_counter()
        ended_s = time.perf_counter()
    return first_s - began_s, TOKENS / (ended_s - began_s)


if __name__ == "__main__":
    print(render_table([*measure_cost(), *(measure(Path(sys.argv[1]) / "bin" / "vllm") if sys.argv[1:] else [])]))
