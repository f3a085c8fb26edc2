"""The wall clock is set while the app starts, serves, crashes and stops."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.desktop.session import until
from tests.fakes.set_clock import DAY_S, HOUR_S, SetClock
from tests.faults.conftest import AppMaker
from tests.faults.table import fault
from tests.running_app import ROOT, RunningApp

WAIT = ("--wait", "60")


@fault(
    "the clock jumps: forward all through a start, a day back and forth while it serves and after a crash, back all"
    " through a stop",
    "nothing notices; what is measured is right",
)
def test_a_clock_that_is_set(app: AppMaker, tmp_path: Path) -> None:
    clock = SetClock(tmp_path)
    running = app(start=False, speed=40.0, fleeing_workers=1)
    running.environment |= clock.environment
    running.start()
    assert running.process is not None
    assert str(clock.library) in Path(f"/proc/{running.process.pid}/maps").read_text()

    with command_of(running, "start") as start:
        assert clock.jump_until_ended(start, HOUR_S, 40) == 0
    times = running.settings_file.parents[2] / "data/vllm-tray/start_times.json"
    until("the times of the start", times.exists)
    (seconds,) = [each["seconds"] for each in json.loads(times.read_text())["starts"]]
    assert all(0 <= each < 60 for each in seconds.values())

    clock.jump(-DAY_S)
    asked = len(running.vllm.asked_at_s())
    until("the next look", lambda: len(running.vllm.asked_at_s()) > asked)
    assert running.status()["state"] == "ready"
    assert len(running.vllm.launches()) == 1

    os.kill(running.vllm.launches()[0]["pid"], signal.SIGKILL)
    running.wait_for("waiting")
    clock.jump(DAY_S)
    running.wait_for("ready")
    assert len(running.vllm.launches()) == 2

    with command_of(running, "stop") as stop:
        assert clock.jump_until_ended(stop, -HOUR_S, 20) == 0
    assert running.vllm.alive() == []


def command_of(running: RunningApp, command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "trayapp", command, *WAIT], env=running.environment, cwd=ROOT)
