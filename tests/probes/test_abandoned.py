"""What a dead app left, and only that."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from trayapp.core.server_mark import MARK_VARIABLE, make_mark, read_mark
from trayapp.probes.leftovers import find_abandoned


@pytest.fixture
def marked() -> Iterator[list[subprocess.Popen[bytes]]]:
    made: list[subprocess.Popen[bytes]] = []
    yield made
    for process in made:
        process.kill()
        process.wait()


def sleeper(mark: str) -> subprocess.Popen[bytes]:
    program = "print('up', flush=True); import time; time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", program], env={**os.environ, MARK_VARIABLE: mark}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    return process


def test_servers_of_a_dead_app_are_abandoned_and_those_of_a_living_one_are_not(
    marked: list[subprocess.Popen[bytes]],
) -> None:
    me = psutil.Process()
    app = subprocess.Popen(["/bin/true"])
    started_s = psutil.Process(app.pid).create_time()
    app.wait()
    dead = make_mark(app.pid, started_s, "a")
    living = make_mark(me.pid, me.create_time(), "b")
    reused = make_mark(me.pid, me.create_time() - 1000, "c")
    marked += [sleeper(mark) for mark in (dead, living, reused, "not-one-of-ours")]
    found = {leftover.pid for leftover in find_abandoned()} & {process.pid for process in marked}
    assert found == {marked[0].pid, marked[2].pid}


@pytest.mark.parametrize("mark", ["", "a:b:c", "1:2", "1:2:3:4", "x"])
def test_what_is_no_mark_names_no_app(mark: str) -> None:
    assert read_mark(mark) is None
