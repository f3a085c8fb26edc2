"""The guard against real children: what it reports, and that nothing outlives it."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from trayapp.supervision.server_process import GUARD

PATIENCE_S = 2.0


class Guarded:
    """A guard around a Python program, with the other end of its report."""

    def __init__(self, command: list[str], *, stdout: int = subprocess.PIPE) -> None:
        reader, writer = os.pipe()
        os.set_inheritable(writer, True)
        arguments = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(writer), str(PATIENCE_S), *command]
        self.process = subprocess.Popen(arguments, pass_fds=[writer], stdout=stdout, stderr=subprocess.PIPE)
        os.close(writer)
        self.reports = os.fdopen(reader)

    def first_report(self) -> str:
        return self.reports.readline().strip()

    def rest(self) -> list[str]:
        return self.reports.read().split("\n")[:-1]

    def read_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def close(self) -> None:
        self.process.kill() if self.process.poll() is None else None
        self.process.wait()
        for stream in (self.reports, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def guarded() -> Iterator[Callable[..., Guarded]]:
    made: list[Guarded] = []

    def start(program: str, *arguments: str) -> Guarded:
        made.append(Guarded([sys.executable, "-u", "-c", textwrap.dedent(program), *arguments]))
        return made[-1]

    yield start
    for each in made:
        each.close()


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until(holds: Callable[[], bool], timeout_s: float = 5.0) -> None:
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        os.sched_yield()


# A server whose workers flee: one in its own session, one forked twice, both deaf to SIGTERM.
FLEEING = """
    import os, signal, subprocess, sys, time
    deaf = "import signal, time, os; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    deaf += "print(os.getpid(), flush=True); time.sleep(60)"
    subprocess.Popen([sys.executable, "-c", deaf], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        subprocess.Popen([sys.executable, "-c", deaf])
        os._exit(0)
    os.wait()
    time.sleep(60)
"""


def test_it_reports_the_pid_and_the_exit_code(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("import os; print(os.getpid()); os._exit(3)")
    assert guard.first_report() == f"started {guard.read_line()}"
    assert guard.rest() == ["exited 3"]


def test_it_reports_the_signal_that_ended_the_program(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("import os; os.kill(os.getpid(), 9)")
    guard.first_report()
    assert guard.rest() == ["signalled 9"]


def test_a_program_that_is_missing_is_not_a_crash() -> None:
    guard = Guarded(["/nowhere/vllm", "serve"])
    assert guard.first_report() == "failed 2 No such file or directory"
    assert guard.rest() == []
    guard.close()


def test_a_program_that_may_not_be_run_says_why(tmp_path: Path) -> None:
    program = tmp_path / "vllm"
    program.write_text("no program")
    guard = Guarded([str(program)])
    assert guard.first_report() == "failed 13 Permission denied"
    guard.close()


def test_both_channels_pass_through_untouched(guarded: Callable[..., Guarded]) -> None:
    guard = guarded(r"import os; os.write(1, b'\x00\xff\r\n'); os.write(2, b'half')")
    out, err = guard.process.communicate(timeout=10)
    assert (out, err) == (b"\x00\xff\r\n", b"half")


def test_the_program_is_asked_first_and_may_end_by_itself(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("""
        import signal, sys, time
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print("up", flush=True)
        time.sleep(60)
    """)
    assert guard.read_line() == "up"
    guard.first_report()
    guard.process.terminate()
    assert guard.rest() == ["exited 0"]


def test_a_program_that_ignores_sigterm_is_killed_when_patience_ends(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("up", flush=True)
        time.sleep(60)
    """)
    assert guard.read_line() == "up"
    guard.first_report()
    asked_s = time.monotonic()
    guard.process.terminate()
    assert guard.rest() == ["signalled 9"]
    assert PATIENCE_S <= time.monotonic() - asked_s < PATIENCE_S + 3


def test_a_second_signal_ends_the_patience(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("""
        import signal, time
        signal.signal(signal.SIGTERM, lambda *_: print("asked", flush=True))
        print("up", flush=True)
        while True:
            time.sleep(60)
    """)
    assert guard.read_line() == "up"
    guard.first_report()
    asked_s = time.monotonic()
    guard.process.terminate()
    assert guard.read_line() == "asked"
    guard.process.terminate()
    assert guard.rest() == ["signalled 9"]
    assert time.monotonic() - asked_s < PATIENCE_S


@pytest.mark.parametrize("ending", ["stop", "server killed", "app killed"])
def test_workers_that_flee_do_not_outlive_it(guarded: Callable[..., Guarded], ending: str) -> None:
    if ending == "app killed":
        # The app is a process of its own here, so that it can be killed without killing the test.
        program = f"""
            import os, subprocess, sys, time
            reader, writer = os.pipe()
            os.set_inheritable(writer, True)
            subprocess.Popen([sys.executable, "-I", "-S", {str(GUARD)!r}, str(os.getpid()), str(writer), "2",
                              sys.executable, "-c", {textwrap.dedent(FLEEING)!r}], pass_fds=[writer])
            time.sleep(60)
        """
        app = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
        assert app.stdout is not None
        workers = [int(app.stdout.readline()) for _ in range(2)]
        everybody = [child.pid for child in psutil.Process(app.pid).children(recursive=True)]
        app.kill()
        app.wait()
        app.stdout.close()
    else:
        guard = guarded(FLEEING)
        server = int(guard.first_report().split()[1])
        workers = [int(guard.read_line()) for _ in range(2)]
        everybody = [child.pid for child in psutil.Process(guard.process.pid).children(recursive=True)]
        if ending == "stop":
            guard.process.terminate()
        else:
            os.kill(server, signal.SIGKILL)
        assert all(not report.startswith("survivors") for report in guard.rest())
    assert set(workers) <= set(everybody)
    wait_until(lambda: not any(map(is_alive, everybody)), PATIENCE_S + 8)


def test_the_server_is_asked_to_end_when_the_guard_itself_is_killed(guarded: Callable[..., Guarded]) -> None:
    guard = guarded("import time; print('up', flush=True); time.sleep(60)")
    server = int(guard.first_report().split()[1])
    assert guard.read_line() == "up"
    guard.process.kill()
    wait_until(lambda: not is_alive(server))


def test_it_launches_nothing_for_an_app_that_is_not_its_parent(tmp_path: Path) -> None:
    """An app that died before the guard's first line: whoever adopted the guard is not the app."""
    touched = tmp_path / "touched"
    reader, writer = os.pipe()
    command = [sys.executable, "-I", "-S", str(GUARD), "1", str(writer), "1", "/usr/bin/touch", str(touched)]
    done = subprocess.run(command, pass_fds=[writer], check=False, timeout=20)
    os.close(writer)
    with os.fdopen(reader) as reports:
        assert reports.read() == ""
    assert done.returncode == 1
    assert not touched.exists()
