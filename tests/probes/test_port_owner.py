"""Whose program listens on a port: ours, a stranger's, or one that cannot be told. Real processes, real sockets."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.probes.port_owner import find_stranger

LISTEN = "import socket, sys, time\ns = socket.create_server(('127.0.0.1', {port}))\nprint(flush=True)\ntime.sleep(60)"
WAIT = "import time\nprint(flush=True)\ntime.sleep(60)"
Launch = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """launch(code, through="", **variables): a guard (a shell) with `vllm serve` below, which runs this Python code."""
    made: list[subprocess.Popen[str]] = []
    script = tmp_path / "vllm"

    def make(code: str, through: str = sys.executable, **variables: str) -> "subprocess.Popen[str]":
        script.write_text(code)
        shell = '"$@"; exit'  # not replaced by what it runs
        command = ["/bin/sh", "-c", shell, "sh", *filter(None, (through,)), str(script), "serve", "model"]
        environment = {**os.environ, **variables}
        made.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment))
        stdout = made[-1].stdout
        assert stdout is not None
        stdout.readline()
        return made[-1]

    yield make
    for each in made:
        for process in (*psutil.Process(each.pid).children(recursive=True), each):
            process.kill()
        each.communicate()


@pytest.fixture
def stranger(free_port: int) -> Iterator[int]:
    """The port, where this very process listens."""
    with socket.create_server(("127.0.0.1", free_port)):
        yield free_port


def test_a_program_that_listens_in_place_of_our_server_is_named(launch: Launch, stranger: int) -> None:
    found = find_stranger(stranger, "mark", launch(WAIT).pid)
    assert found is not None
    assert found.endswith(f"({os.getpid()})")
    assert "pytest" in found


def test_what_is_below_the_guard_is_no_stranger(launch: Launch, free_port: int) -> None:
    assert find_stranger(free_port, "mark", launch(LISTEN.format(port=free_port)).pid) is None


def test_what_carries_our_mark_is_no_stranger(launch: Launch, free_port: int) -> None:
    """As a server that a wrapper has run by a service of the system."""
    launch(LISTEN.format(port=free_port), **{MARK_VARIABLE: "mark"})
    guard = launch(WAIT)
    assert find_stranger(free_port, "mark", guard.pid) is None
    assert find_stranger(free_port, "another", guard.pid) is not None


def test_where_nobody_listens_is_no_stranger(launch: Launch, free_port: int) -> None:
    assert find_stranger(free_port, "mark", launch(WAIT).pid) is None


def test_a_script_that_has_a_container_listen_is_left_alone(launch: Launch, stranger: int) -> None:
    assert find_stranger(stranger, "mark", launch("echo; sleep 60", "/bin/sh").pid) is None


def test_a_server_that_has_ended_is_not_judged(launch: Launch, stranger: int) -> None:
    guard = launch("import os\nprint(flush=True)\nos.execvp('sleep', ['sleep', '60'])")
    assert find_stranger(stranger, "mark", guard.pid) is None
    assert find_stranger(stranger, "mark", 2**22 + 1) is None


def test_an_owner_that_is_hidden_is_no_stranger(launch: Launch, stranger: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As for another user's program: the kernel tells that somebody listens, and not who."""
    guard = launch(WAIT)
    real = psutil.net_connections

    def hidden(kind: str) -> list[object]:
        return [each._replace(pid=None) for each in real(kind)]

    monkeypatch.setattr(psutil, "net_connections", hidden)
    assert find_stranger(stranger, "mark", guard.pid) is None
