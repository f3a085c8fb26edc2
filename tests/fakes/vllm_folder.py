"""Makes a folder that looks like an environment with vLLM in it: bin/vllm (the fake) and the metadata of a version."""

import contextlib
import json
import os
import shlex
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FAKES = Path(__file__).resolve().parent


@dataclass(frozen=True)
class FakeVllmFolder:
    """A fake environment, how its vllm behaves, and what it was asked to do."""

    folder: Path

    @property
    def executable(self) -> str:
        return str(self.folder / "bin/vllm")

    def behave(self, *launches: dict[str, Any], **always: Any) -> None:
        """Say how each launch goes (see fake_vllm.Behaviour); the last one also holds for all that follow."""
        plan = [{**always, **launch} for launch in launches or ({},)]
        (self.folder / "plan.json").write_text(json.dumps(plan))

    def launches(self) -> list[dict[str, Any]]:
        """Return pid, arguments and environment of every launch so far."""
        path = self.folder / "launches.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def listens_at_s(self) -> float:
        """Return when the newest launch that came so far began to listen, on the clock of time.monotonic()."""
        return float((self.folder / "listening.txt").read_text().splitlines()[-1])

    def asked_at_s(self) -> list[float]:
        """Return when somebody asked /health so far, on the same clock."""
        path = self.folder / "questions.txt"
        return [float(line) for line in path.read_text().splitlines()] if path.exists() else []

    def processes(self) -> list[tuple[int, int]]:
        """Return (pid, start time) of every launch and of every worker so far, dead or alive."""
        path = self.folder / "processes.txt"
        if not path.exists():
            return []
        return [(int(pid), int(started)) for pid, started in map(str.split, path.read_text().splitlines())]

    def alive(self) -> list[int]:
        """Return the pids of those that live; a zombie is dead, nobody may collect it in a container."""
        return [pid for pid, started in self.processes() if is_alive(pid, started)]

    def end_all(self) -> None:
        """Kill whatever is left of it."""
        for pid in self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def make_vllm_folder(
    folder: Path, version: str = "0.32.0+cpu", *launches: dict[str, Any], **always: Any
) -> FakeVllmFolder:
    """Make the environment; the behaviour is as for FakeVllmFolder.behave."""
    command = folder / "bin/vllm"
    command.parent.mkdir(parents=True)
    # A shebang takes one argument and no blank, and is short; this form of it is what pip writes for long paths.
    script = f"""#!/bin/sh
'''exec' {shlex.quote(sys.executable)} -sSP "$0" "$@"
' '''
import sys
from pathlib import Path

sys.path.insert(0, {str(FAKES)!r})
from fake_vllm import main

main(Path({str(folder)!r}))
"""
    command.write_text(script)
    command.chmod(0o755)
    metadata = folder / f"lib/python3.{sys.version_info.minor}/site-packages/vllm-{version}.dist-info/METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text(f"Metadata-Version: 2.4\nName: vllm\nVersion: {version}\n")
    fake = FakeVllmFolder(folder)
    fake.behave(*launches, **{"version": version.partition("+")[0], **always})
    return fake


def is_alive(pid: int, started: int) -> bool:
    """Whether this very process runs (its start is in clock ticks, as in /proc); a zombie does not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return int(fields[19]) == started and fields[0] not in {"Z", "X"}
