"""The app's own share of the way from a click to a ready model, and of a stop; vLLM is a fake whose timing is known."""

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.bench.desk import APP, DeskFolder, Running
from tests.bench.figures import Figure
from tests.bench.processes import Ends, started_at_s
from tests.fakes.vllm_folder import FakeVllmFolder, make_vllm_folder
from trayapp.probes.ports import find_free_port

TURNS = 5
STUBBORN = 4
_SHARE_S = 0.7
_STOP_S = 1.0


def measure(turns: int = TURNS) -> list[Figure]:
    """Return the figures of starts (the first one of the app apart: it loads what only a start needs) and of stops."""
    starts: list[tuple[float, float]] = []
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        vllm = make_vllm_folder(Path(folder) / "vllm", speed=30.0, workers=2, fleeing_workers=STUBBORN)
        desk.write_settings(vllm_executable=vllm.executable, port=find_free_port("127.0.0.1", 18_000))
        stops_s = []
        try:
            with desk.running(*APP) as program:
                for _ in range(turns + 1):
                    starts.append(_start(program, vllm))
                    stops_s.append(_stop(program, vllm))
        finally:
            vllm.end_all()
    (first_before_s, first_after_s), *later = starts
    before_s, after_s = (median(times_s) for times_s in zip(*later, strict=True))
    stop_s = median(stops_s)
    parts = "from the click to the launch {:.2f} s, from listening to ready {:.2f} s"
    return [
        Figure(
            "the app's share of the first click to ready",
            first_before_s + first_after_s,
            "s",
            _SHARE_S,
            parts.format(first_before_s, first_after_s),
        ),
        Figure(
            "the app's share of a later click to ready",
            before_s + after_s,
            "s",
            _SHARE_S,
            f"median of {turns}: {parts.format(before_s, after_s)}",
        ),
        Figure(
            "from vLLM's own end to nothing alive",
            stop_s,
            "s",
            _STOP_S,
            f"median of {turns + 1}; {STUBBORN} workers are deaf to SIGTERM and no children of the server",
        ),
    ]


def _start(program: Running, vllm: FakeVllmFolder) -> tuple[float, float]:
    clicked_s = program.click()
    ready_s = program.wait_until_ready()
    launched_s = started_at_s(vllm.launches()[-1]["pid"])
    listens_s = vllm.listens_at_s()
    return launched_s - clicked_s, ready_s - listens_s


def _stop(program: Running, vllm: FakeVllmFolder) -> float:
    leader = vllm.launches()[-1]["pid"]
    time.sleep(0.5)
    ends = Ends(vllm.alive(), within_s=30)
    program.ask("stop", wait_s=30)
    stopped_s = time.monotonic()
    return max(stopped_s, ends.wait()) - ends.at_s[leader]
