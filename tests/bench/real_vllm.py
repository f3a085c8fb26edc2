"""The real vLLM, started by the app and bare, taking turns; and how it is stopped. A turn takes some minutes."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from tests.bench.desk import APP, DeskFolder, Running
from tests.bench.figures import Figure
from tests.bench.processes import Ends, cpu_s
from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.probes.ports import find_free_port

PAIRS = 5
_MOST_RATIO = 1.05
_STOP_S = 1.0
_WITHIN_S = 300.0
_LOOK_EVERY_S = 0.02
CACHE_GIB = "1"


def measure(vllm: Path, pairs: int = PAIRS) -> list[Figure]:
    """Return the figures; vllm is the command. Each bare start has the flags and environment of the app's before it."""
    by_app_s: list[float] = []
    bare_s: list[float] = []
    stops_s: list[float] = []
    app_cpu_s: list[float] = []
    launches: list[int] = []
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        desk.session.environment |= {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
        settings: dict[str, Any] = {"environment": {"VLLM_CPU_KVCACHE_SPACE": CACHE_GIB}}
        port = find_free_port("127.0.0.1", 18_000)
        desk.write_settings(vllm_executable=str(vllm), port=port, **settings)
        with desk.running(*APP) as program:
            for number in range(pairs + 1):
                clicked_s, used_s = program.click(), cpu_s(program.pid)
                ready_after_s = program.wait_until_ready() - clicked_s
                used_s = cpu_s(program.pid) - used_s
                status = program.status()
                launches.append(status["launches"])
                server = psutil.Process(status["pid"])
                command, environment = server.cmdline(), server.environ()
                stops_s.append(_stop(program, server))
                if number == 0:  # it fills the caches of vLLM and of the disk: of the start, only the launches count
                    continue
                by_app_s.append(ready_after_s)
                app_cpu_s.append(used_s)
                environment.pop(MARK_VARIABLE, None)
                bare_s.append(_start_bare(command, environment, port, Path(folder) / f"bare-{number}.log"))
                print(f"pair {number}: click to ready {by_app_s[-1]:.1f} s, bare {bare_s[-1]:.1f} s", flush=True)
    ratio = median(ours / bare for ours, bare in zip(by_app_s, bare_s, strict=True))
    return [
        Figure(
            "click to ready ÷ bare vllm serve with the same flags",
            ratio,
            "",
            _MOST_RATIO,
            f"median of {pairs} pairs: {median(by_app_s):.1f} s, bare {median(bare_s):.1f} s",
        ),
        Figure("processor time of the app in a start", median(app_cpu_s), "s"),
        Figure("launches in the first start", launches[0], "", 1),
        Figure("launches in every later start", max(launches[1:]), "", 1),
        Figure("from the real vLLM's own end to nothing alive", max(stops_s), "s", _STOP_S, f"longest of {pairs + 1}"),
    ]


def _stop(program: Running, server: psutil.Process) -> float:
    processes = [server, *server.children(recursive=True)]
    ends = Ends([process.pid for process in processes], within_s=60)
    program.ask("stop", wait_s=60)
    stopped_s = time.monotonic()
    return max(stopped_s, ends.wait()) - ends.at_s[server.pid]


def _start_bare(command: list[str], environment: dict[str, str], port: int, log: Path) -> float:
    with log.open("wb") as file:
        began_s = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=file, start_new_session=True)
        try:
            while not _is_healthy(port):
                assert process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() - began_s < _WITHIN_S, log.read_text()[-2000:]
                time.sleep(_LOOK_EVERY_S)
            return time.monotonic() - began_s
        finally:
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs(family, 30)
        for left in alive:
            left.kill()
    process.wait()


def _is_healthy(port: int) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://127.0.0.1:{port}/health", timeout=2) as reply:
            return bool(reply.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def find_vllm_command(runtime: str) -> Path:
    """Return the vllm command of an environment: the one named, else the one that the real tests use."""
    folder = runtime or os.environ.get("VLLM_TRAY_TEST_RUNTIME", "")
    assert folder, "name the environment of the real vLLM: --runtime DIR"
    command = Path(folder) / "bin/vllm"
    assert command.exists(), f"there is no vLLM at {command}"
    return command
