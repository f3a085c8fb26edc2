"""Settings and learned limits: torn at every step, written by two at once, damaged, forbidden, from the future."""

import fcntl
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.builders import a_limit_key
from tests.faults.as_nobody import as_nobody
from tests.faults.conftest import StoryMaker
from tests.faults.table import fault
from tests.running_app import ROOT
from trayapp.core.events import StartWanted
from trayapp.core.learned_limits import LearnedStart
from trayapp.core.notices import notice_for
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.states import Ready, Starting, State
from trayapp.jobs.runtime_install import RuntimeWish, install_runtime
from trayapp.storage import atomic_file
from trayapp.storage.learned_file import keep_learned, load_learned
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.supervision.log_book import LogBook
from trayapp.wording.notices import notice_words

FAST_MS = 30_000
WRITE_SETTINGS = """
    from trayapp.storage.settings_file import change_settings
    write = lambda path: change_settings(path, {"port": 9001, "model": "/m" * 5000})
"""
WRITE_LIMITS = """
    from tests.builders import a_limit_key
    from trayapp.core.learned_limits import LearnedStart
    from trayapp.storage.learned_file import keep_learned
    write = lambda path: keep_learned(path, LearnedStart(a_limit_key(model="new"), 2000))
"""
# The call named in argv is the last thing the process does: it is killed before or after it, or in the midst of it.
KILLED_AT = """
    import os, pathlib, signal, sys
    path, name, when = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)
    def deadly(call):
        def dies(*given, **named):
            if when == "before":
                die()
            if name == "write":
                os.write(given[0].fileno(), given[1][: len(given[1]) // 2])
                die()
            call(*given, **named)
            die()
        return dies
    import tempfile
    if name == "write":
        opened = os.fdopen
        def fdopen(*given, **named):
            file = opened(*given, **named)
            class Torn:
                def __enter__(self): return self
                def __exit__(self, *_): file.close()
                def write(self, data): deadly(None)(file, data)
            return Torn()
        os.fdopen = fdopen
    elif name == "the folder's fsync":
        calls = []
        fsync = os.fsync
        os.fsync = lambda handle: calls.append(handle) or (deadly(fsync)(handle) if len(calls) == 2 else fsync(handle))
    elif name == "fsync":
        os.fsync = deadly(os.fsync)
    elif name == "rename":
        pathlib.Path.replace = deadly(pathlib.Path.replace)
    else:
        tempfile.mkstemp = deadly(tempfile.mkstemp)
    write(path)
"""
STEPS = [
    ("before", "mkstemp"),
    ("after", "mkstemp"),
    ("during", "write"),
    ("before", "fsync"),
    ("after", "fsync"),
    ("before", "rename"),
    ("after", "rename"),
    ("before", "the folder's fsync"),
    ("after", "the folder's fsync"),
]


def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT)


@fault("the app is killed {when} {step} of settings.json", "the old or the new settings, whole; the next change works")
@pytest.mark.parametrize(("when", "step"), STEPS)
def test_settings_torn(tmp_path: Path, when: str, step: str) -> None:
    path = tmp_path / "settings.json"
    change_settings(path, {"port": 9000})
    done = run(textwrap.dedent(WRITE_SETTINGS) + textwrap.dedent(KILLED_AT), path, step, when)
    assert done.returncode == -signal.SIGKILL, done.stderr
    loaded = load_settings(path)
    assert loaded.problems == ()
    is_new = (when, step) == ("after", "rename") or step == "the folder's fsync"
    assert loaded.settings.port == (9001 if is_new else 9000)
    assert change_settings(path, {"port": 9002}) is None
    assert load_settings(path).settings.port == 9002


@fault(
    "the app is killed {when} {step} of learned_limits.json", "what was known is known, whole; the next start learns"
)
@pytest.mark.parametrize(("when", "step"), STEPS)
def test_limits_torn(tmp_path: Path, when: str, step: str) -> None:
    path = tmp_path / "learned_limits.json"
    keep_learned(path, LearnedStart(a_limit_key(model="old"), 1000))
    done = run(textwrap.dedent(WRITE_LIMITS) + textwrap.dedent(KILLED_AT), path, step, when)
    assert done.returncode == -signal.SIGKILL, done.stderr
    limits, problem = load_learned(path)
    assert problem is None
    assert limits.find(a_limit_key(model="old")) is not None
    assert keep_learned(path, LearnedStart(a_limit_key(model="next"), 3000)) is None
    assert load_learned(path)[0].find(a_limit_key(model="next")) is not None


WRITER = """
    import sys
    from pathlib import Path
    from trayapp.storage.settings_file import change_settings
    from trayapp.storage.learned_file import keep_learned
    from tests.builders import a_limit_key
    from trayapp.core.learned_limits import LearnedStart
    folder, key, start = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    print("up", flush=True)
    sys.stdin.readline()
    for number in range(25):
        problem = change_settings(folder / "settings.json", {key: start + number})
        assert problem is None, problem
        problem = keep_learned(folder / "learned.json", LearnedStart(a_limit_key(model=f"{key}{number}"), 1000))
        assert problem is None, problem
"""


@fault("two programs write 25 settings and limits each at the same time", "none of the 100 is lost")
def test_two_writers(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), tmp_path, key, str(start)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for key, start in (("port", 9000), ("max_model_len", 1000))
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "up\n"
    assert [writer.communicate("\n") and writer.returncode for writer in writers] == [0, 0]
    settings = load_settings(tmp_path / "settings.json").settings
    assert (settings.port, settings.max_model_len) == (9024, 1024)
    models = {start.key.model for start in load_learned(tmp_path / "learned.json")[0].starts}
    assert models == {f"{key}{number}" for key in ("port", "max_model_len") for number in range(25)}


@pytest.fixture
def other_writer(tmp_path: Path) -> Iterator[int]:
    """Somebody who keeps the lock."""
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield handle
    os.close(handle)


@fault("another writer keeps the lock and hangs", "said within seconds; nothing is written; reading works meanwhile")
def test_a_lock_that_is_kept(tmp_path: Path, other_writer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic_file.locked.__wrapped__, "__defaults__", (0.1,))  # type: ignore[attr-defined]
    path = tmp_path / "settings.json"
    problem = change_settings(path, {"port": 9000})
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_NOT_WRITABLE
    assert load_settings(path).settings == Settings()


@fault("the writer that keeps the lock is killed", "the lock ends with it")
def test_a_lock_whose_holder_is_killed(tmp_path: Path) -> None:
    program = (
        "import fcntl, os, sys; fcntl.flock(os.open(sys.argv[1], 0), 2); print('up', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.kill()
    assert change_settings(tmp_path / "settings.json", {"port": 9000}) is None


@fault("settings.json is {what}", "set aside, kept, and said; the defaults hold; it can be changed again")
@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("empty", b""),
        ("half a file", b'{"port": 90'),
        ("zeros", bytes(4096)),
        ("a list", b"[1]"),
        ("binary", b"\xff\xfe"),
    ],
)
def test_damaged_settings(tmp_path: Path, what: str, data: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(data)
    loaded = load_settings(path)
    assert [problem.kind for problem in loaded.problems] == [ProblemKind.FILE_DAMAGED]
    assert Path(str(loaded.problems[0].values["set_aside"])).read_bytes() == data
    assert change_settings(path, {"port": 9000}) is None
    assert load_settings(path).settings == Settings(port=9000)


@fault("settings.json is of a newer app", "what is known is used, what is not stays in the file, and it is said")
def test_newer_settings(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"version": 9, "port": 9000, "invented_later": {"a": 1}, "dtype": "float2"}')
    loaded = load_settings(path)
    assert (loaded.settings.port, loaded.settings.dtype) == (9000, "auto")
    assert ProblemKind.FILE_NEWER in [problem.kind for problem in loaded.problems]
    change_settings(path, {"port": 9001})
    kept = json.loads(path.read_text())
    assert (kept["version"], kept["port"], kept["invented_later"], kept["dtype"]) == (9, 9001, {"a": 1}, "float2")


@fault("learned_limits.json is of a newer app", "it is left as it is; the start measures again")
def test_newer_limits(tmp_path: Path) -> None:
    path = tmp_path / "learned_limits.json"
    path.write_text('{"version": 9, "starts": {"another": "form"}}')
    before = path.read_bytes()
    limits, problem = load_learned(path)
    assert limits.starts == ()
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_NEWER
    keep_learned(path, LearnedStart(a_limit_key(), 1000))
    assert path.read_bytes() == before


@fault("learned_limits.json {what} while the model starts", "it serves; that is said once; the next start may learn")
@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        ("is damaged", ProblemKind.FILE_DAMAGED, "could not be read"),
        ("becomes a folder", ProblemKind.LIMIT_NOT_KEPT, "the next start measures again"),
    ],
)
def test_limits_that_go_bad_while_it_starts(
    story: StoryMaker, qtbot: QtBot, what: str, kind: ProblemKind, words: str
) -> None:
    told, _ = story()
    path = told.folders.learned_file
    path.parent.mkdir()
    told.controller.take(StartWanted())
    told.wait_for(Starting, timeout_ms=FAST_MS)
    path.write_text("{") if kind is ProblemKind.FILE_DAMAGED else path.mkdir()
    told.wait_for(Ready, timeout_ms=FAST_MS)
    qtbot.waitUntil(lambda: [note.kind for note in notes_of(told.state)] == [kind], timeout=FAST_MS)
    notice = notice_for(told.states[-2], told.state)
    assert notice is not None
    assert words in notice_words(notice)[1]
    assert str(path) in notice_words(notice)[1]
    told.stop(FAST_MS)
    if path.is_dir():
        path.rmdir()
    told.start(FAST_MS)
    assert notes_of(told.state) == ()
    assert load_learned(path)[1] is None
    told.stop(FAST_MS)


def notes_of(state: State) -> tuple[Problem, ...]:
    assert isinstance(state, Ready)
    return state.course.notes


@fault("settings.json is a link into a folder of dot-files", "it stays a link, and its target is written")
def test_a_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "vllm-tray.json"
    target.parent.mkdir()
    target.write_text('{"port": 9000}')
    path = tmp_path / "settings.json"
    path.symlink_to(target)
    assert change_settings(path, {"port": 9001}) is None
    assert path.is_symlink()
    assert json.loads(target.read_text())["port"] == 9001
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@fault("the home folder is read-only, for an ordinary user", "said, with the path; what can be read holds")
def test_a_read_only_home(open_folder: Path) -> None:
    path = open_folder / "settings.json"
    path.write_text('{"port": 9000}')
    path.chmod(0o644)
    open_folder.chmod(0o555)
    kinds = as_nobody(lambda: _kinds(path))
    assert kinds == (9000, "file_not_writable", "file_not_writable")
    assert [entry.name for entry in open_folder.iterdir()] == ["settings.json"]


def _kinds(path: Path) -> tuple[int, str, str]:
    written = change_settings(path, {"port": 9001})
    kept = keep_learned(path.with_name("learned.json"), LearnedStart(a_limit_key(), 1000))
    assert written is not None
    assert kept is not None
    return load_settings(path).settings.port, written.kind.value, kept.kind.value


@fault("settings.json belongs to root alone, and an ordinary user starts", "said; the file is not replaced by defaults")
def test_settings_of_somebody_else(open_folder: Path) -> None:
    path = open_folder / "settings.json"
    path.write_text('{"port": 9000}')
    path.chmod(0o600)
    open_folder.chmod(0o777)

    def look() -> tuple[list[str], str]:
        problem = change_settings(path, {"port": 9001})
        return [each.kind.value for each in load_settings(path).problems], problem.kind.value if problem else ""

    found, changed = as_nobody(look)
    assert found == ["file_not_readable"]
    assert changed in {"file_not_readable", "file_not_writable"}
    assert json.loads(path.read_text())["port"] == 9000


@fault("somebody with an open umask starts the app", "files are 0600, folders 0700")
def test_an_open_umask(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    no_index = {**os.environ, "UV_OFFLINE": "1", "UV_CACHE_DIR": str(tmp_path_factory.mktemp("uv"))}
    told: list[object] = []
    before = os.umask(0)
    try:
        change_settings(tmp_path / "config" / "settings.json", {"port": 1})
        keep_learned(tmp_path / "data" / "learned.json", LearnedStart(a_limit_key(), 1000))
        LogBook(tmp_path / "state" / "log", str).begin("a title")
        wish = RuntimeWish("0.0.1", tmp_path / "more" / "runtimes" / "it")
        assert isinstance(install_runtime(wish, told.append, no_index, told.append), Problem)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    folders = dict.fromkeys(("config", "data", "state", "log", "more", "runtimes"), 0o700)
    files = dict.fromkeys(("settings.json", "learned.json", "server.log", ".it.lock"), 0o600)
    assert modes == folders | files


@fault("the folder of the settings is removed between two changes", "it is made again")
def test_a_folder_that_goes(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.json"
    change_settings(path, {"port": 9000})
    path.unlink()
    path.parent.rmdir()
    assert change_settings(path, {"port": 9001}) is None
    assert load_settings(path).settings.port == 9001
