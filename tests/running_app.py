"""The whole app in a process of its own, without a screen, steered by its own command line; vLLM and GPUs are fakes."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.fakes.nvml_library import FakeNvml
from tests.fakes.vllm_folder import FakeVllmFolder

ROOT = Path(__file__).resolve().parent.parent
UP_WITHIN_S = 20
ENDS_WITHIN_S = 30


class RunningApp:
    """An app with folders of its own. start() launches it, run() is one command line."""

    def __init__(self, folder: Path, vllm: FakeVllmFolder, nvml: FakeNvml, **settings: Any) -> None:
        self.vllm = vllm
        self.settings_file = folder / "config/vllm-tray/settings.json"
        self.settings_file.parent.mkdir(parents=True)
        self.settings_file.write_text(json.dumps({"version": 1, "vllm_executable": vllm.executable, **settings}))
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "DBUS_SESSION_BUS_ADDRESS"},
            **nvml.environment,
            "QT_QPA_PLATFORM": "offscreen",
            "XDG_RUNTIME_DIR": str(runtime),
            **{f"XDG_{name.upper()}_HOME": str(folder / name) for name in ("config", "data", "state", "cache")},
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch the app and wait until it answers."""
        self.process = self.launch()
        until = time.monotonic() + UP_WITHIN_S
        while self.run("status").returncode != 0:
            assert self.process.poll() is None, "the app ended at once"
            assert time.monotonic() < until, "the app does not answer"

    def launch(self) -> subprocess.Popen[bytes]:
        """Launch one process of the app."""
        return subprocess.Popen([sys.executable, "-m", "trayapp"], env=self.environment, cwd=ROOT)

    def run(self, *arguments: str, within_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run one command and return its end and what it printed."""
        command = [sys.executable, "-m", "trayapp", *arguments]
        return subprocess.run(
            command, env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=within_s
        )

    def status(self) -> dict[str, Any]:
        """Return what `status --json` says."""
        answer = json.loads(self.run("status", "--json").stdout)
        assert isinstance(answer, dict)
        return answer

    def wait_for(self, *states: str) -> dict[str, Any]:
        """Ask until the model is in one of these states, and return that status."""
        until = time.monotonic() + ENDS_WITHIN_S
        while (status := self.status())["state"] not in states:
            assert time.monotonic() < until, status
        return status

    def lengths_asked(self) -> list[str]:
        """Return --max-model-len of every launch so far."""
        return [
            launch["arguments"][launch["arguments"].index("--max-model-len") + 1] for launch in self.vllm.launches()
        ]

    def wait_until_nothing_lives(self) -> None:
        """Wait until every process of every server is gone."""
        until = time.monotonic() + ENDS_WITHIN_S
        while alive := self.vllm.alive():
            assert time.monotonic() < until, alive

    def end(self) -> None:
        """End the app, whatever it does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
