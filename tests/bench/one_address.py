"""Through the app's own address against direct, taking turns, on the real vLLM: `python -m tests.bench.one_address DIR`

DIR is the environment of the real vLLM. Also the switch from a vLLM of ours to a server elsewhere, with fakes.
"""

import json
import subprocess
import sys
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.figures import Figure, render_table
from tests.real.bare_vllm import bare_vllm
from trayapp.backends import one_address
from trayapp.core.one_address import Lead
from trayapp.probes.ports import find_free_port

TURNS = 40
TOKENS = 64
KEY = "key-of-the-bench"


def measure(vllm: Path, turns: int = TURNS) -> list[Figure]:
    """Return the figures; vllm is the command."""
    port = find_free_port("127.0.0.1", 18_200)
    with TemporaryDirectory() as folder, bare_vllm(vllm, port, KEY, Path(folder) / "log"):
        child = subprocess.Popen(
            [sys.executable, "-I", one_address.__file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with child:
            assert child.stdin is not None
            assert child.stdout is not None
            lead = Lead("127.0.0.1", port, "", tls=False, ca_file="", key=KEY, model="far").as_json()
            child.stdin.write(json.dumps({"port": 0}).encode() + b"\n" + json.dumps(lead).encode() + b"\n")
            child.stdin.flush()
            own = json.loads(child.stdout.readline())["listening"]
            for each in (port, own):
                ask(each)
            direct, through = [], []
            for _ in range(turns):
                direct.append(ask(port))
                through.append(ask(own))
            child.stdin.close()
    added_ms = 1000 * median(ours[0] - theirs[0] for ours, theirs in zip(through, direct, strict=True))
    speed = median(ours[1] / theirs[1] for ours, theirs in zip(through, direct, strict=True))
    how = f"{turns} pairs of {TOKENS} tokens, {median(rate for _, rate in direct):.0f} tokens/s direct"
    return [
        Figure("time to the first token, added by the app's own address", added_ms, "ms", 3.0, how),
        Figure("loss of tokens per second through it", max(0.0, 1 - speed), "", 0.03, f"ratio {speed:.3f}"),
    ]


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
    print(render_table(measure(Path(sys.argv[1]) / "bin" / "vllm")))
