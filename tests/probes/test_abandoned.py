"""What a dead app left, and only that."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from trayapp.core.server_mark import MARK_VARIABLE, make_mark, read_mark
from trayapp.probes.leftovers import find_abandoned
from trayapp.supervision.sweep import mark_of_this_app


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
    me = read_mark(mark_of_this_app())
    assert me is not None
    app = subprocess.Popen(["/bin/true"])
    app.wait()
    dead = make_mark(replace(me, pid=app.pid), "a")
    living = make_mark(me, "b")
    reused = make_mark(replace(me, started_ticks=me.started_ticks - 100), "c")
    in_a_container = make_mark(replace(me, pid=app.pid, namespace="4026530000"), "d")
    marked += [sleeper(mark) for mark in (dead, living, reused, in_a_container, "not-one-of-ours")]
    found = {leftover.pid for leftover in find_abandoned()} & {process.pid for process in marked}
    assert found == {marked[0].pid, marked[2].pid}


@pytest.mark.parametrize("mark", ["", "a:b:c:d", "1:2:3", "1:2:3:4:5", "x", "99999999999:1:2:a", "1:2::a"])
def test_what_is_no_mark_names_no_app(mark: str) -> None:
    assert read_mark(mark) is None
