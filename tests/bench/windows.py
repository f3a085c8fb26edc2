"""Every window is opened and closed, every page of the settings turned to: for how long is the event loop held up?"""

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.desk import DeskFolder
from tests.bench.figures import Figure
from tests.fakes.vllm_folder import make_vllm_folder
from trayapp.probes.ports import find_free_port

TURNS = 2
_MOST_STALL_MS = 50


def measure(turns: int = TURNS) -> list[Figure]:
    """Return the longest pause over all turns, and which window it was."""
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        vllm = make_vllm_folder(Path(folder) / "vllm", speed=30.0)
        desk.write_settings(vllm_executable=vllm.executable, port=find_free_port("127.0.0.1", 18_000))
        try:
            with desk.running(sys.executable, "-m", "tests.bench.windows_app", str(turns)) as program:
                longest_s: dict[str, float] = json.loads(program.read_line())
                program.ask("stop", wait_s=30)
        finally:
            vllm.end_all()
    idle_s = longest_s.pop("no window, 0")
    worst = sorted(longest_s, key=longest_s.__getitem__, reverse=True)
    told = ", ".join(f"{name}: {longest_s[name] * 1000:.0f}" for name in worst[:6])
    how = f"without a window {idle_s * 1000:.0f} ms; the longest: {told}"
    what = "longest stall of the event loop while windows are opened and closed"
    return [Figure(what, longest_s[worst[0]] * 1000, "ms", _MOST_STALL_MS, how)]
