"""No room on the disk, in memory, among descriptors and processes; folders that vanish."""

import contextlib
import errno
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import a_limit_key
from tests.fakes.hub import FakeHub
from tests.faults.as_nobody import as_nobody
from tests.faults.conftest import AppMaker, StoryMaker
from tests.faults.table import fault
from tests.running_app import ROOT
from trayapp.core.diagnosis import Cause, Circumstances, Clues, diagnose
from trayapp.core.events import StartWanted
from trayapp.core.exits import Exit
from trayapp.core.learned_limits import LearnedStart
from trayapp.core.problems import ProblemKind
from trayapp.core.states import Failed, Ready, Stopped
from trayapp.storage.learned_file import keep_learned, load_learned
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.supervision.log_book import FILE_BYTES, FILES, HEAD_LINES, TAIL_LINES, LogBook

FAST_MS = 30_000


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 100 bytes, as on a disk that is full in the midst of it.

    Not a fixture: pytest's own report may go to a file, and it is written before fixtures end.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


@fault("the disk fills up while settings.json is written", "said; the old file is whole; nothing half is left")
def test_settings_on_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    change_settings(path, {"port": 9000})
    before = path.read_bytes()
    with full_disk():
        problem = change_settings(path, {"port": 9001})
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_NOT_WRITABLE
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
    assert load_settings(path).settings.port == 9000


@fault("the disk fills up while learned_limits.json is written", "said; what was known is known")
def test_limits_on_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "learned.json"
    keep_learned(path, LearnedStart(a_limit_key(model="old"), 1000))
    with full_disk():
        problem = keep_learned(path, LearnedStart(a_limit_key(model="new"), 2000))
    assert problem is not None
    assert [start.key.model for start in load_learned(path)[0].starts] == ["old"]
    assert list(tmp_path.iterdir()) == [path]


TINY_DISK = """
    import subprocess, sys
    from pathlib import Path
    from trayapp.storage.settings_file import change_settings, load_settings
    folder = Path(sys.argv[1])
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,nr_inodes=" + sys.argv[2], "tmpfs", folder], check=True)
    assert change_settings(folder / "settings.json", {"port": 9000}) is None
    if sys.argv[2] == "0":
        try:
            (folder / "other").write_bytes(bytes(1 << 20))
        except OSError:
            pass
    else:
        (folder / "other").touch()
    problem = change_settings(folder / "settings.json", {"port": 9001})
    print(problem.kind.value, problem.values["reason"], load_settings(folder / "settings.json").settings.port, sep="|")
    subprocess.run(["umount", folder], check=True)
"""


def on_a_disk_of_its_own(program: str, *arguments: object) -> str:
    """Run a program that may mount; return what it prints."""
    # Root needs no user namespace, and in a changed root could not have one, nor change how mounts spread there.
    as_root = ["unshare", "--mount", "--propagation", "unchanged"]
    own_mounts = as_root if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    command = [*own_mounts, sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


@fault("the file system has no {what} left", "said with the system's word for it; the old settings hold")
@pytest.mark.parametrize(("what", "inodes"), [("blocks", 0), ("inodes", 3)])
def test_a_really_full_file_system(tmp_path: Path, what: str, inodes: int) -> None:
    said = on_a_disk_of_its_own(TINY_DISK, tmp_path, inodes)
    assert said == f"file_not_writable|{os.strerror(errno.ENOSPC)}|9000\n"


DISK_THAT_FILLS_UP = """
    import subprocess, sys
    from pathlib import Path
    from trayapp.core.download import DownloadStep
    from trayapp.jobs import model_download
    from trayapp.jobs.model_download import DownloadWish, download_model
    model_download.ROOM_BYTES = 0  # a disk of a size that a test can fill
    folder, hub = Path(sys.argv[1]), sys.argv[2]
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=9m", "tmpfs", folder], check=True)
    cache, other, wish = folder / "cache", folder / "other", DownloadWish("org/tiny")
    cache.mkdir()
    def fill(progress):
        if progress.step is DownloadStep.DOWNLOADING and not other.exists():
            try:
                other.write_bytes(bytes(9 << 20))
            except OSError:
                pass
    problem = download_model(wish, fill, endpoint=hub, cache=cache)
    print(problem.kind.value, problem.values.get("reason", ""), len(list(cache.glob("*/snapshots/*/model*"))), sep="|")
    other.unlink()
    print(download_model(wish, lambda _: None, endpoint=hub, cache=cache).joinpath("model.safetensors").stat().st_size)
    subprocess.run(["umount", folder], check=True)
"""


@fault("the disk fills up in the middle of a download", "said; the model is not called whole; with room it goes on")
def test_a_download_on_a_disk_that_fills_up(tmp_path: Path) -> None:
    weights = os.urandom(6 << 20)
    with FakeHub({"org/tiny": {"config.json": b'{"model_type": "llama"}', "model.safetensors": weights}}) as hub:
        hub.bytes_a_second = 4 << 20
        refused, size = on_a_disk_of_its_own(DISK_THAT_FILLS_UP, tmp_path, hub.address).splitlines()
        sent = hub.sent_bytes["model.safetensors"]
    assert refused == f"file_not_writable|{os.strerror(errno.ENOSPC)}|0"
    assert int(size) == len(weights)
    assert sent < 1.5 * len(weights), "what was there was not fetched again"


@fault("the disk with the log is full", "the model starts and serves; the newest lines are in memory")
def test_a_log_on_a_full_disk(story: StoryMaker) -> None:
    told, _ = story()
    told.folders.logs.mkdir()
    told.log_book.file.symlink_to("/dev/full")
    told.start(FAST_MS)
    assert told.log_book.file_problem == os.strerror(errno.ENOSPC)
    assert len(told.log_book.lines()) > 10
    told.stop(FAST_MS)


@fault("the folder of the log is {how} while the model serves", "it serves on; the log is written again when it can be")
@pytest.mark.parametrize("how", ["removed", "a file now"])
def test_a_log_folder_that_goes(story: StoryMaker, how: str) -> None:
    told, _ = story()
    told.start(FAST_MS)
    shutil.rmtree(told.folders.logs)
    if how == "a file now":
        told.folders.logs.write_text("")
        told.log_book.add(["while it is a file"])
        assert told.log_book.file_problem
        told.folders.logs.unlink()
    told.log_book.add(["lost, perhaps"])
    told.log_book.add(["again"])
    assert told.log_book.file_problem == ""
    assert "again" in told.log_book.file.read_text()
    assert isinstance(told.state, Ready)
    told.stop(FAST_MS)


@fault("the folder of the log may not be written, for an ordinary user", "the log stays in memory; said, not raised")
def test_a_log_folder_that_is_forbidden(open_folder: Path) -> None:
    open_folder.chmod(0o555)

    def write() -> tuple[list[str], str]:
        book = LogBook(open_folder / "logs", str)
        book.add(["one"])
        return book.lines(), book.file_problem

    assert as_nobody(write) == (["one"], os.strerror(errno.EACCES))


@fault("the server prints 300,000 lines as fast as it can", "memory and files stay within their bounds; it serves on")
def test_a_flood(story: StoryMaker) -> None:
    told, _ = story(flood_lines=300_000)
    told.start(FAST_MS)
    last = "line 299999"
    told._qtbot.waitUntil(lambda: any(last in line for line in told.log_book.last(5)), timeout=60_000)
    assert len(told.log_book.lines()) <= HEAD_LINES + TAIL_LINES + 1
    files = list(told.folders.logs.iterdir())
    assert len(files) <= FILES
    assert sum(file.stat().st_size for file in files) <= FILES * FILE_BYTES
    told.stop(FAST_MS)


@fault("the kernel ends the server for want of memory while it loads", "the reason is said: the computer's memory")
def test_ended_for_memory() -> None:
    killed = Circumstances(
        exit=Exit(None, signal.SIGKILL), clues=Clues(killed_for_memory=True, killed_process="python")
    )
    diagnosis = diagnose(["INFO 11-20 11:11:07 [x.py:1] Loading weights"], killed)
    assert diagnosis.cause is Cause.HOST_RAM_OOM_KILLED


@fault(
    "the app has no file descriptor left when the model is started",
    "the start has failed and is said; the next one works",
)
def test_no_descriptor_left(story: StoryMaker) -> None:
    told, fake = story()
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, before[1]))
    held = []
    try:
        while True:
            held.append(os.dup(0))
    except OSError:
        pass
    try:
        told.controller.take(StartWanted())
        told._qtbot.waitUntil(lambda: isinstance(told.state, Failed), timeout=FAST_MS)
    finally:
        for handle in held:
            os.close(handle)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert fake.launches() == []
    told.start(FAST_MS)
    told.stop(FAST_MS)


@fault("no further process can be made when the guard launches", "the start has failed, with the system's word for it")
def test_no_process_left() -> None:
    guard = """
        import os, resource, sys
        from trayapp.supervision import guard
        reader, writer = os.pipe()
        os.fork = lambda: (_ for _ in ()).throw(BlockingIOError(11, os.strerror(11)))
        sys.argv = ["guard", str(os.getppid()), str(writer), "1", "true"]
        if (child := __import__("ctypes").CDLL(None).fork()) == 0:
            sys.argv[1] = str(os.getppid())
            guard.main()
        os.close(writer)
        print(os.read(reader, 100).decode())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(guard)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=20,
    )
    assert done.stdout.startswith(f"failed {errno.EAGAIN} {os.strerror(errno.EAGAIN)}"), done.stderr


@fault("a data folder that cannot be made", "the model starts all the same; only nothing is learned")
def test_no_data_folder(story: StoryMaker) -> None:
    told, _ = story(fits_tokens=9216)
    told.folders.data.write_text("in the way")
    assert told.start(FAST_MS).max_model_len == 9216
    told.stop(FAST_MS)
    assert told.start(FAST_MS).max_model_len == 9216
    told.stop(FAST_MS)
    assert told.state == Stopped(told.state.serial)  # type: ignore[union-attr]


@fault("the app starts while its disk is full", "it comes up, answers, and serves the model")
def test_the_app_on_a_full_disk(app: AppMaker) -> None:
    running = app(start=False)
    logs = Path(running.environment["XDG_STATE_HOME"]) / "vllm-tray" / "log"
    logs.mkdir(parents=True)
    (logs / "server.log").symlink_to("/dev/full")
    running.start()
    done = running.run("start", "--wait", "60")
    assert done.returncode == 0, done.stderr
    assert running.run("stop", "--wait", "60").returncode == 0
    assert running.vllm.alive() == []
