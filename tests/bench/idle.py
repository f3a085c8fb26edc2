"""What the app costs while it has nothing to do: memory beside the smallest tray program, and processor time."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.desk import APP, LEAN, Desk, DeskFolder, Running
from tests.bench.figures import Figure
from tests.bench.processes import cpu_s, pss_bytes, wake_ups
from tests.desktop.person import Window
from tests.desktop.session import until
from tests.fakes.vllm_folder import make_vllm_folder
from trayapp.probes.ports import find_free_port

SETTLED_AFTER_S = 10.0
WATCHED_FOR_S = 60.0
_MB = 1e6
_MOST_PERCENT = 0.1


def measure_memory(settled_after_s: float = SETTLED_AFTER_S) -> list[Figure]:
    """Return the figures of memory; only one of the programs runs at a time, since they would share pages."""
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        vllm = make_vllm_folder(Path(folder) / "vllm")
        desk.write_settings(vllm_executable=vllm.executable, port=find_free_port("127.0.0.1", 18_000))
        with desk.running(*LEAN) as program:
            time.sleep(settled_after_s)
            lean = pss_bytes(program.pid)
        with desk.running(*APP) as program:
            time.sleep(settled_after_s)
            app = pss_bytes(program.pid)
            try:
                _open_and_close_windows(desk, program)
            finally:
                vllm.end_all()
            time.sleep(settled_after_s)
            afterwards = pss_bytes(program.pid)
    return [
        Figure(
            "memory of the idle app ÷ smallest tray program",
            app / lean,
            "",
            1.5,
            f"PSS: {app / _MB:.1f} MB, smallest tray program {lean / _MB:.1f} MB",
        ),
        Figure(
            "the same after every window was open, and a model had run",
            afterwards / lean,
            "",
            1.5,
            f"PSS: {afterwards / _MB:.1f} MB",
        ),
    ]


def measure_processor(watched_for_s: float = WATCHED_FOR_S) -> list[Figure]:
    """Return the figures of processor time, stopped and while a model is ready (a fake vLLM)."""
    figures = []
    with TemporaryDirectory() as folder, DeskFolder() as desk:
        vllm = make_vllm_folder(Path(folder) / "vllm")
        desk.write_settings(vllm_executable=vllm.executable, port=find_free_port("127.0.0.1", 18_000))
        try:
            with desk.running(*APP) as program:
                time.sleep(5)
                figures.append(_watch(program, "stopped", watched_for_s))
                program.click()
                program.wait_until_ready()
                time.sleep(5)
                figures.append(_watch(program, "ready", watched_for_s))
                program.ask("stop", wait_s=30)
        finally:
            vllm.end_all()
    return figures


def _watch(program: Running, state: str, watched_for_s: float) -> Figure:
    used_s, woken, began_s = cpu_s(program.pid), wake_ups(program.pid), time.monotonic()
    time.sleep(watched_for_s)
    took_s = time.monotonic() - began_s
    percent = (cpu_s(program.pid) - used_s) / took_s * 100
    woken_a_minute = (wake_ups(program.pid) - woken) / took_s * 60
    how = f"{took_s:.0f} s, woken {woken_a_minute:.0f} times a minute"
    return Figure(f"processor time while {state}", percent, "% of a core", _MOST_PERCENT, how)


def _open_and_close_windows(desk: Desk, program: Running) -> None:
    """Open every window once and close it, as a person does."""
    program.ask("show")
    _close(desk)
    for label in ("Progress and memory…", "Show log", "Settings…", "Set up again…", "About and check-up…"):
        _open_and_close(desk, label)
    program.click()
    program.wait_until_ready()
    for label in ("Try it…", "Connect a program…"):
        _open_and_close(desk, label)
    program.ask("stop", wait_s=30)


def _open_and_close(desk: Desk, label: str) -> None:
    desk.person.choose(label)
    _close(desk)


def _close(desk: Desk) -> None:
    until("a window", lambda: _windows(desk))
    time.sleep(2)  # what it shows is looked for in threads
    until("the windows to be gone", lambda: _are_closed(desk))


def _are_closed(desk: Desk) -> bool:
    """Close what is open, once more if a window manager at work has missed it, and return whether all are gone."""
    for window in _windows(desk):
        desk.person.close(window)
    time.sleep(0.5)
    return not _windows(desk)


def _windows(desk: Desk) -> list[Window]:
    return [window for window in desk.person.windows() if "vLLM Tray" in window.title]
