"""A server that prints 200,000 lines as fast as it can: does the event loop stall, and does memory grow?"""

import json
import shlex
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.desk import DeskFolder
from tests.bench.figures import Figure
from tests.bench.flood_writer import LINE_BYTES
from tests.fakes.vllm_folder import make_vllm_folder
from trayapp.probes.ports import find_free_port

LINES = 200_000
_MOST_STALL_MS = 50
_MOST_GROWTH_MB = 20


def measure(lines: int = LINES) -> list[Figure]:
    """Return the figures with the log window closed, open, and closed after every window was open once."""
    return [figure for window in ("closed", "open", "after") for figure in _flood(lines, window)]


def _flood(lines: int, window: str) -> list[Figure]:
    writer = Path(__file__).with_name("flood_writer.py")
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        vllm = make_vllm_folder(Path(folder) / "vllm")
        script = f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -IS {shlex.quote(str(writer))} {lines}\n"
        Path(vllm.executable).write_text(script)
        desk.write_settings(vllm_executable=vllm.executable, port=find_free_port("127.0.0.1", 18_000))
        with desk.running(sys.executable, "-m", "tests.bench.flood_app", window) as program:
            told = json.loads(program.read_line())
    assert told["lines"] > lines, told
    assert told["state"] == "Starting", told
    where = "closed after every window was open once" if window == "after" else window
    how = f"log window {where}: {lines:,} lines of {LINE_BYTES} bytes in {told['took_s']:.1f} s"
    return [
        Figure("longest stall of the event loop", told["longest_gap_s"] * 1000, "ms", _MOST_STALL_MS, how),
        Figure(
            "more memory at the peak",
            told["peak_bytes"] / 1e6,
            "MB",
            _MOST_GROWTH_MB,
            f"{told['after_bytes'] / 1e6:.1f} MB afterwards",
        ),
    ]
