"""No telemetry: every address that the app, its server and their children connect to."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.nvml_library import FakeNvml
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.running_app import ROOT, RunningApp
from trayapp.core.settings import SELFTEST_MODEL

STORY = """\
import subprocess, sys, time
app = [sys.executable, "-m", "trayapp"]
up = subprocess.Popen(app)
while subprocess.run([*app, "status"], capture_output=True).returncode:
    time.sleep(0.2)
for words in (["start", "--wait", "60"], ["restart", "--wait", "60"], ["stop", "--wait", "30"], ["quit"]):
    subprocess.run([*app, *words], check=True)
sys.exit(up.wait(30))
"""
_ADDRESS = re.compile(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"')


def addresses_in(trace: str) -> set[str]:
    """Return every internet address in an strace of connections."""
    return {address for line in trace.splitlines() if "sa_family=AF_INET" in line for address in _ADDRESS.findall(line)}


def test_an_address_is_read_from_a_trace() -> None:
    trace = '12 connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}, 16) = 0\n'
    trace += '12 connect(3, {sa_family=AF_UNIX, sun_path="/run/x"}, 9) = 0\n'
    trace += '13 connect(4, {sa_family=AF_INET6, inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}, 28) = 0\n'
    assert addresses_in(trace) == {"192.0.2.7", "2001:db8::1"}


def traced(command: list[str], trace: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    strace = shutil.which("strace")
    assert strace is not None, "strace is missing: installer/test.sh installs it"
    whole = [strace, "--follow-forks", "--quiet=all", "--trace=connect,sendto", "--output", str(trace), *command]
    return subprocess.run(whole, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=400)


def test_a_whole_story_speaks_to_this_computer_only(
    tmp_path: Path, fake_vllm: Callable[..., FakeVllmFolder], fake_nvml: FakeNvml, free_port: int
) -> None:
    running = RunningApp(tmp_path, fake_vllm(), fake_nvml, model=SELFTEST_MODEL, port=free_port)
    done = traced([sys.executable, "-c", STORY], tmp_path / "trace", running.environment)
    assert done.returncode == 0, done.stderr
    assert len(running.vllm.launches()) == 2
    assert addresses_in((tmp_path / "trace").read_text()) == {"127.0.0.1"}


@pytest.mark.real
@pytest.mark.long
def test_so_does_the_real_vllm(tmp_path: Path, vllm_runtime: Path) -> None:
    """One start. Docker's and the resolver's addresses would show, too: a name that is looked up is a connection."""
    environment = {**os.environ, **{f"XDG_{name}_HOME": str(tmp_path / name) for name in ("CONFIG", "DATA", "STATE")}}
    trace = tmp_path / "trace"
    vllm = str(vllm_runtime / "bin" / "vllm")
    done = traced([sys.executable, "-m", "trayapp", "selftest", "--vllm", vllm, "--json"], trace, environment)
    assert done.returncode == 0, done.stderr
    found = addresses_in(trace.read_text())
    print(json.dumps(sorted(found)))
    own = {address for address in found if address.startswith("127.") or address == "::1"}
    assert own
    assert found - own == set()
