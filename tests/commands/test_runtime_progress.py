"""`vllm-tray runtime install` on a terminal, in a pipe and for a program: how far it is, by the real uv."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.faults_on_demand import Fault
from tests.fakes.package_index import LARGE, FakePackageIndex, vllm_wheels
from tests.jobs.installation import ROOT, Installation
from trayapp.jobs.uv_run import drawn

SLOW = 700_000  # bytes a second: a second and a half for the large package


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    with FakePackageIndex(vllm_wheels(), bytes_a_second=SLOW) as index:
        yield Installation(tmp_path, index)


def command(installation: Installation, *more: str) -> list[str]:
    own = [sys.executable, "-m", "trayapp", "runtime", "install", "cpu"]
    return [*own, "--folder", str(installation.folder), *more]


def environment(installation: Installation, **more: str) -> dict[str, str]:
    return installation.environment(PYTHONPATH=str(ROOT), LANG="C.UTF-8", PYTHONUTF8="1", **more)


def on_a_terminal(installation: Installation) -> str:
    """Return what it writes there."""
    terminal, far_end = os.openpty()
    with subprocess.Popen(
        command(installation), env=environment(installation), stdin=far_end, stdout=far_end, stderr=far_end
    ) as process:
        os.close(far_end)
        written = "".join(drawn(terminal))
        os.close(terminal)
        assert process.wait() == 0, written
    return written


def test_on_a_terminal_the_download_is_one_line_that_changes(installation: Installation) -> None:
    written = on_a_terminal(installation)
    assert "Downloading: " in written
    assert "MiB/s · " in written
    assert "s left" in written
    lines = [line.rpartition("\x1b[K")[2] for line in written.split("\r\n")]
    assert lines[-1] == ""  # the prompt of the shell comes on a line of its own
    assert lines[-2] == f"Ready: {installation.folder}/bin/vllm"
    assert len(lines) < 12


def test_in_a_pipe_it_is_some_lines(installation: Installation) -> None:
    done = subprocess.run(
        command(installation), env=environment(installation), capture_output=True, text=True, check=True
    )
    lines = done.stdout.splitlines()
    assert 5 < len(lines) < 25
    assert lines[-1] == f"Ready: {installation.folder}/bin/vllm"
    assert "\x1b" not in done.stdout


def test_a_program_is_told_the_rate_and_the_time_left_and_the_pauses(installation: Installation) -> None:
    installation.index.faults = [Fault(f"/files/{LARGE}$", status=503)]
    done = subprocess.run(
        command(installation, "--json"), env=environment(installation), capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["wait_s"] for line in lines if line["step"] == "waiting"] == [2.0]
    rates = [(line["rate_bytes_s"], line["left_s"]) for line in lines if line["step"] == "downloading"]
    assert (None, None) in rates  # before anything has come
    assert any(rate and left is not None for rate, left in rates)
    assert lines[-1]["step"] == "done"
