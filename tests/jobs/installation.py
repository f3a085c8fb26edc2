"""An installation of a made-up vLLM by the real uv from an index on this computer, and what it said."""

import os
import subprocess
import sys
from pathlib import Path

from tests.fakes.package_index import VERSION, FakePackageIndex
from trayapp.core.problems import Problem
from trayapp.core.runtime_choice import Build
from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.jobs.runtime_install import RuntimeWish, install_runtime

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import signal
import sys
from pathlib import Path
from trayapp.core.problems import Problem
from trayapp.jobs.runtime_install import RuntimeWish, install_runtime
# Both are ignored by whatever was started in the background, and what a program ignores its children ignore, too.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
try:
    found = install_runtime(
        RuntimeWish("0.32.0", Path(sys.argv[1])), lambda progress: print(progress.step, progress.detail, flush=True)
    )
    print(f"{found.kind} {found.values}" if isinstance(found, Problem) else "made", flush=True)
except KeyboardInterrupt:
    print("cancelled", flush=True)
"""


class Installation:
    """One folder, a cache of its own, and the index; pauses are noted and not slept."""

    def __init__(self, tmp_path: Path, index: FakePackageIndex) -> None:
        self.folder = tmp_path / "runtimes" / "vllm-0.32.0-cpu"
        self.cache = tmp_path / "uv-cache"
        self.home = tmp_path
        self.index = index
        self.told: list[InstallProgress] = []
        self.pauses_s: list[float] = []

    def environment(self, **more: str) -> dict[str, str]:
        own = {"UV_DEFAULT_INDEX": self.index.index_url, "UV_CACHE_DIR": str(self.cache), "HOME": str(self.home)}
        # Its own tries with pauses of seconds would make the tests slow; the ones that count are ours.
        return {"PATH": os.environ["PATH"], **own, "UV_HTTP_RETRIES": "0", **more}

    def run(self, version: str = VERSION, build: Build = Build.CPU, **more: str) -> Problem | Path:
        wish = RuntimeWish(version, self.folder, build)
        return install_runtime(wish, self.told.append, self.environment(**more), self.pauses_s.append)

    def start(self) -> "subprocess.Popen[str]":
        """Start it in a process of its own, which prints its steps and its end."""
        command = [sys.executable, "-c", PROGRAM, str(self.folder)]
        environment = self.environment(PYTHONPATH=str(ROOT))
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    @property
    def steps(self) -> list[InstallStep]:
        """The steps that were told, each once, in their order."""
        return list(dict.fromkeys(progress.step for progress in self.told))
