import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from trayapp.core.server_mark import MARK_VARIABLE, mark_environment
from trayapp.probes.leftovers import find_leftovers

WAITS = """
import sys
print("up", flush=True)
sys.stdin.read()
"""


@contextmanager
def running(environment: dict[str, str], code: str = WAITS) -> Iterator[int]:
    """A process that lives until the block ends."""
    with subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        yield child.pid
        child.kill()


def pids(mark: str | None = None) -> list[int]:
    return [leftover.pid for leftover in find_leftovers(mark)]


def test_a_process_with_a_mark_is_found_with_its_start_time() -> None:
    with running(mark_environment("mark-of-this-test")) as pid:
        (leftover,) = find_leftovers("mark-of-this-test")
        assert (leftover.pid, leftover.mark) == (pid, "mark-of-this-test")
        assert leftover.created_s == psutil.Process(pid).create_time()
        assert leftover.name


def test_a_process_of_another_run_is_found_only_when_every_mark_is_asked_for() -> None:
    with running(mark_environment("mark-of-another-run")) as pid:
        assert pid not in pids("mark-of-this-test")
        assert pid in pids()


def test_a_process_without_a_mark_is_never_found_whatever_its_name() -> None:
    with running({"NOTE": f"{MARK_VARIABLE}=no mark, only looks like one"}, f"# vllm serve\n{WAITS}") as pid:
        assert pid not in pids()


def test_what_has_ended_is_not_found() -> None:
    with running(mark_environment("mark-of-this-test")):
        pass
    assert pids("mark-of-this-test") == []


def test_a_zombie_is_not_found() -> None:
    with subprocess.Popen([sys.executable, "-c", ""], env={**os.environ, **mark_environment("zombie")}) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has collected it
        assert pids("zombie") == []


def test_the_app_itself_is_not_its_own_leftover(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK_VARIABLE, "inherited")
    assert os.getpid() not in pids()
