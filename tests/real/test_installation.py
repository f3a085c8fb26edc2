"""vLLM comes from the real package index: killed in the middle, gone on with; what came whole does not come again."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trayapp.core.machine import VllmInstall
from trayapp.core.runtimes import CPU_VERSION, INCOMPLETE
from trayapp.probes.vllm_install import read_install

pytestmark = [pytest.mark.real, pytest.mark.long]

HALF = 0.5


def start(folder: Path, cache: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "trayapp", "runtime", "install", "cpu", "--folder", str(folder), "--json"]
    environment = {**os.environ, "UV_CACHE_DIR": str(cache)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def told(process: "subprocess.Popen[str]") -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    yield from map(json.loads, process.stdout)


def test_a_killed_installation_is_finished_by_the_next(tmp_path: Path) -> None:
    folder, cache = tmp_path / "environment", tmp_path / "uv-cache"
    first_bytes = 0
    with start(folder, cache) as process:
        for progress in told(process):
            first_bytes = max(first_bytes, progress["total_bytes"])
            if progress["step"] == "downloading" and progress["done_bytes"] > HALF * progress["total_bytes"] > 0:
                break
        process.kill()
    whole = len(list((cache / "archive-v0").iterdir()))
    assert first_bytes > 500_000_000
    assert whole > 100
    assert (folder / INCOMPLETE).exists()
    with start(folder, cache) as process:
        lines = list(told(process))
    assert lines[-1]["step"] == "done", lines[-1]
    assert max(line["total_bytes"] for line in lines) < first_bytes
    assert any(line["rate_bytes_s"] and line["left_s"] is not None for line in lines)
    assert list(cache.glob(".tmp*")) == []
    found = read_install(folder / "bin" / "vllm")
    assert isinstance(found, VllmInstall)
    assert (str(found.version), found.on_cpu) == (f"{CPU_VERSION}+cpu", True)
