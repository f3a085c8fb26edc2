"""A vLLM that nobody of ours started: it stands in for one on another computer."""

import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from tests.real.conftest import CACHE_GIB
from trayapp.probes.resources import resource

UP_WITHIN_S = 300


@contextmanager
def bare_vllm(vllm: Path, port: int, key: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve the self-test model under the name "far", with a key; ends with everything it started."""
    environment = {
        **os.environ,
        "VLLM_API_KEY": key,
        "VLLM_CPU_KVCACHE_SPACE": CACHE_GIB,
        "VLLM_NO_USAGE_STATS": "1",
        "HF_HUB_OFFLINE": "1",
    }
    model = str(resource("selftest-model"))
    arguments = ("serve", model, "--host", "127.0.0.1", "--port", str(port), "--served-model-name", "far")
    with log.open("wb") as out:
        server = subprocess.Popen(
            [vllm, *arguments, "--max-model-len", "2048", "--enforce-eager"],
            env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_until_up(server, port, log)
        yield server
    finally:
        server.terminate()
        try:
            server.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, 9)
            server.wait()


def _wait_until_up(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + UP_WITHIN_S
    while time.monotonic() < until:
        assert server.poll() is None, log.read_text(errors="replace")[-2000:]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(log.read_text(errors="replace")[-2000:])
