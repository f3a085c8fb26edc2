"""Processes that die, hang, flee and will not start, at every level: worker, server, guard, app."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from functools import partial
from multiprocessing import shared_memory
from pathlib import Path

import psutil
import pytest

from tests.fakes.vllm_folder import FakeVllmFolder
from tests.faults.conftest import AppMaker, StoryMaker
from tests.faults.table import fault
from tests.running_app import RunningApp
from trayapp.core.diagnosis import Diagnosis
from trayapp.core.events import StartWanted, StopWanted
from trayapp.core.states import Failed, Ready, Starting, Stopped, Stopping, Waiting
from trayapp.supervision.server_process import GUARD

FAST_MS = 30_000
GONE_WITHIN_S = 20.0
WAIT = ("--wait", "60")
SHARED = Path("/dev/shm")  # noqa: S108 - what is made there is what this is about


def wait_until(holds: Callable[[], object], timeout_s: float = GONE_WITHIN_S) -> None:
    until = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def is_dead(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def guard_of(pid: int | None) -> psutil.Process:
    parent = psutil.Process(pid).parent()
    assert parent is not None
    return parent


@fault("the server is ended by signal {number} while it serves", "a crash; nothing of it stays; it is started again")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM], ids=lambda number: number.name)
def test_a_server_that_is_killed_while_serving(story: StoryMaker, number: signal.Signals) -> None:
    told, fake = story(workers=1, fleeing_workers=1, ignores_sigterm=False)
    ready = told.start(FAST_MS)
    assert ready.pid is not None
    first = fake.alive()
    os.kill(ready.pid, number)
    told.wait_for(Waiting, timeout_ms=FAST_MS)
    assert not set(first) & set(fake.alive())
    told.wait_for(Ready, timeout_ms=FAST_MS)
    assert len(fake.launches()) == 2


@fault("the server is killed while it loads", "the start has failed, with a diagnosis; it is not repeated")
def test_a_server_that_is_killed_while_loading(story: StoryMaker) -> None:
    told, fake = story(never_ready=True, workers=1, fleeing_workers=1)
    told.controller.take(StartWanted())
    told.wait_for(Starting, timeout_ms=FAST_MS)
    told._qtbot.waitUntil(lambda: len(fake.alive()) == 3, timeout=FAST_MS)
    os.kill(fake.launches()[0]["pid"], signal.SIGKILL)
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert (len(fake.launches()), fake.alive()) == (1, [])


@fault("the server ends by itself with exit code 0", "a crash: nobody asked for it")
def test_an_exit_with_code_0(story: StoryMaker) -> None:
    told, fake = story({"ends_after_s": 0.2}, {})
    told.start(FAST_MS)
    told.wait_for(Waiting, timeout_ms=FAST_MS)
    assert fake.alive() == []


@fault("the server is frozen (SIGSTOP) while it loads, and is stopped", "it is killed after a short patience")
def test_a_frozen_server_while_loading(story: StoryMaker) -> None:
    told, fake = story(never_ready=True)
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: bool(fake.alive()), timeout=FAST_MS)
    os.kill(fake.launches()[0]["pid"], signal.SIGSTOP)
    told.stop(FAST_MS)
    assert isinstance(told.state, Stopped)
    assert fake.alive() == []


@pytest.mark.long
@fault("the server is frozen (SIGSTOP) while it serves, and is stopped", "it is killed when its patience is over")
def test_a_frozen_server_while_serving(story: StoryMaker) -> None:
    told, fake = story(fleeing_workers=1)
    ready = told.start(FAST_MS)
    assert ready.pid is not None
    os.kill(ready.pid, signal.SIGSTOP)
    told.stop(60_000)
    assert fake.alive() == []


@fault("three workers in sessions of their own are deaf to SIGTERM", "a stop ends them")
def test_workers_that_flee(story: StoryMaker) -> None:
    told, fake = story(workers=2, fleeing_workers=3)
    told.start(FAST_MS)
    assert len(fake.alive()) == 6
    told.stop(FAST_MS)
    assert fake.alive() == []


@fault("the guard is killed while the model {moment}", "known as a crash; what it left is found by its mark and ended")
@pytest.mark.parametrize("moment", ["loads", "serves"])
def test_a_guard_that_is_killed(story: StoryMaker, moment: str) -> None:
    told, fake = story({"workers": 1, "fleeing_workers": 2, "never_ready": moment == "loads"})
    told.controller.take(StartWanted())
    if moment == "serves":
        told.wait_for(Ready, timeout_ms=FAST_MS)
    told._qtbot.waitUntil(lambda: len(fake.alive()) == 4, timeout=FAST_MS)
    guard_of(fake.launches()[0]["pid"]).kill()
    told.wait_for(Waiting, Failed, timeout_ms=FAST_MS) if moment == "serves" else told._qtbot.waitUntil(
        lambda: isinstance(told.state, Failed), timeout=FAST_MS
    )
    assert fake.alive() == []


@fault("the guard is killed while it ends the server", "Stopped comes all the same, and nothing is left")
def test_a_guard_that_is_killed_while_stopping(story: StoryMaker) -> None:
    told, fake = story(fleeing_workers=2, stop_takes_s=3)
    ready = told.start(FAST_MS)
    guard = guard_of(ready.pid)
    told.controller.take(StopWanted())
    assert isinstance(told.state, Stopping)
    guard.kill()
    told.wait_for(Stopped, timeout_ms=FAST_MS)
    assert fake.alive() == []


@fault(
    "the guard is frozen (SIGSTOP) while the model loads, and it is {ending}", "the guard is killed; nothing is left"
)
@pytest.mark.parametrize("ending", ["stopped", pytest.param("quit", marks=pytest.mark.long)])
def test_a_frozen_guard(story: StoryMaker, ending: str) -> None:
    told, fake = story(workers=1, fleeing_workers=2, never_ready=True)
    told.controller.take(StartWanted())
    told._qtbot.waitUntil(lambda: len(fake.alive()) == 4, timeout=FAST_MS)
    guard = guard_of(fake.launches()[0]["pid"])
    guard.suspend()
    try:
        if ending == "quit":
            told.controller.end_now()
        else:
            told.stop(FAST_MS)
        assert fake.alive() == []
        assert is_dead(guard.pid)
    finally:
        if not is_dead(guard.pid):
            guard.kill()


LAUNCHES_AND_DIES = """
    import os, subprocess, sys
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    command = ["sh", "-c", "echo launched > " + sys.argv[1] + "; sleep 60"]
    guard = [sys.executable, "-I", "-S", {guard!r}, str(os.getpid()), str(writer), "2", *command]
    print(subprocess.Popen(guard, pass_fds=[writer]).pid, flush=True)
    os.kill(os.getpid(), 9)
"""


@fault("the app dies before the guard's first line has run", "the guard notices, and launches nothing")
def test_an_app_that_dies_at_once(tmp_path: Path) -> None:
    program = textwrap.dedent(LAUNCHES_AND_DIES).format(guard=str(GUARD))
    for number in range(5):
        mark = tmp_path / str(number)
        app = subprocess.run([sys.executable, "-c", program, mark], stdout=subprocess.PIPE, check=False)
        guard = int(app.stdout)
        wait_until(partial(is_dead, guard))
        assert not mark.exists()


@fault("the program of vLLM is {wrong}", "the start has failed, and the reason is said")
@pytest.mark.parametrize("wrong", ["gone after the check", "no longer executable", "of a missing interpreter"])
def test_a_program_that_cannot_be_run(story: StoryMaker, wrong: str) -> None:
    told, fake = story()
    path = Path(fake.executable)
    if wrong == "of a missing interpreter":
        path.write_text("#!/nowhere/python\n")
    elif wrong == "no longer executable":
        path.chmod(0o600)
    else:
        told.controller.state_changed.connect(lambda *_: path.unlink(missing_ok=True))
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert failed.reason


@fault("the app gets {number}", "it ends the server first, and then itself")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda number: number.name)
def test_an_app_that_is_asked_to_end(app: AppMaker, number: signal.Signals) -> None:
    running = app(workers=1, fleeing_workers=1)
    assert running.run("start", *WAIT).returncode == 0
    assert running.process is not None
    running.process.send_signal(number)
    assert running.process.wait(30) == 0
    assert running.vllm.alive() == []


@fault("the app dies of {number} while it serves", "nothing of the server survives")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT], ids=lambda number: number.name)
def test_an_app_that_dies_while_serving(app: AppMaker, number: signal.Signals) -> None:
    running = app(workers=1, fleeing_workers=2)
    assert running.run("start", *WAIT).returncode == 0
    assert running.process is not None
    running.process.send_signal(number)
    running.process.wait()
    running.wait_until_nothing_lives()


@fault(
    "the guard is frozen (SIGSTOP), and the app is killed", "the kernel wakes the guard; nothing of the server survives"
)
def test_an_app_that_dies_while_its_guard_is_frozen(app: AppMaker) -> None:
    running = app(workers=1, fleeing_workers=2)
    assert running.run("start", *WAIT).returncode == 0
    guard = guard_of(running.vllm.launches()[0]["pid"])
    guard.suspend()
    wait_until(lambda: guard.status() == psutil.STATUS_STOPPED)
    running.end()
    running.wait_until_nothing_lives()
    wait_until(partial(is_dead, guard.pid))


@fault("app and guard are killed at the same moment, workers are deaf", "the next start of the app ends what is left")
def test_an_app_that_dies_with_its_guard(app: AppMaker) -> None:
    running = app(fleeing_workers=2, ignores_sigterm=True)
    assert running.run("start", *WAIT).returncode == 0
    assert running.process is not None
    guard = guard_of(running.vllm.launches()[0]["pid"])
    for process in (psutil.Process(running.process.pid), guard):
        process.suspend()
    guard.kill()
    running.end()
    assert len(running.vllm.alive()) == 3
    running.start()
    running.wait_until_nothing_lives()


@fault("the app is killed at {count} random moments of a start, workers flee", "0 survivors")
@pytest.mark.parametrize("count", [10, pytest.param(50, marks=pytest.mark.long)])
def test_an_app_that_is_killed_at_any_moment(app: AppMaker, count: int) -> None:
    moments = random.Random(count)
    running = app(workers=1, fleeing_workers=2, speed=60.0, start=False)
    for _ in range(count):
        kill_while_starting(running, moments.uniform(0.0, 1.0))


def kill_while_starting(running: RunningApp, pause_s: float) -> None:
    """Start the app and the model, kill the app that long after the start was asked for, and look what is left."""
    running.start()
    running.run("start")
    due = time.monotonic() + pause_s
    wait_until(lambda: time.monotonic() >= due)
    running.end()
    # A guard that was about to launch must not do so any more: nothing lives, and nothing comes.
    wait_until(lambda: not guards(running))
    running.wait_until_nothing_lives()


def guards(running: RunningApp) -> list[int]:
    """The guards that would launch this fake."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        words = process.info["cmdline"] or []
        if running.vllm.executable in words and process.info["status"] != psutil.STATUS_ZOMBIE:
            found.append(process.pid)
    return found


SHARES = """
    import mmap, os, signal, sys, time
    from multiprocessing import get_context, shared_memory
    block = shared_memory.SharedMemory(create=True, size=4096)
    other = mmap.mmap(os.open(sys.argv[1], os.O_RDWR), 4096)  # Python's own class would remove it at the end
    semaphore = get_context("spawn").Semaphore(1)
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(60)
    print(block.name, "sem." + semaphore._semlock.name.lstrip("/"), flush=True)
    time.sleep(60)
"""


@pytest.fixture
def foreign_memory() -> Iterator[shared_memory.SharedMemory]:
    """Shared memory of another program, which the server uses too."""
    block = shared_memory.SharedMemory(create=True, size=4096)
    yield block
    block.close()
    block.unlink()


@fault(
    "a server with shared memory is {how}",
    "its psm_ and sem.mp- files are removed, those of another program are not",
)
@pytest.mark.parametrize("how", ["killed", "stopped and has to be killed"])
def test_shared_memory(how: str, foreign_memory: shared_memory.SharedMemory) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    command = [sys.executable, "-c", textwrap.dedent(SHARES), str(SHARED / foreign_memory.name)]
    guard = [sys.executable, "-I", "-S", str(GUARD), str(os.getpid()), str(writer), "0.2", *command]
    with subprocess.Popen(guard, pass_fds=[writer], stdout=subprocess.PIPE, text=True) as process:
        os.close(writer)
        assert process.stdout is not None
        names = process.stdout.readline().split()
        with os.fdopen(reader) as reports:
            server = int(reports.readline().split()[1])
            assert all((SHARED / name).exists() for name in names)
            if how == "killed":
                os.kill(server, signal.SIGKILL)
            else:
                os.kill(server, signal.SIGSTOP)
                wait_until(lambda: psutil.Process(server).status() == psutil.STATUS_STOPPED)
                process.terminate()
            assert reports.read().split("\n")[:-1] == ["signalled 9"]
    assert not any((SHARED / name).exists() for name in names)
    assert (SHARED / foreign_memory.name).exists()


def test_the_fake_that_flees_would_survive_without_us(fake_vllm: Callable[..., FakeVllmFolder], free_port: int) -> None:
    """Why the zeros above mean something."""
    fake = fake_vllm("0.32.0", fleeing_workers=1)
    server = subprocess.Popen(
        [fake.executable, "serve", "x", "--host", "127.0.0.1", "--port", str(free_port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(fake.alive()) == 2)
    server.kill()
    server.wait()
    assert len(fake.alive()) == 1
