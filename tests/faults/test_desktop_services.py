"""Session bus, notifications, tray, runtime folder and autostart: missing, silent, hostile, restarted."""

import json
import os
import signal
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.desktop.test_sick_bus import SickBus
from tests.faults.as_nobody import as_nobody
from tests.faults.conftest import AppMaker
from tests.faults.table import fault
from tests.running_app import RunningApp
from trayapp.core.login_start import LoginStart
from trayapp.core.problems import ProblemKind
from trayapp.desktop.autostart_xdg import Autostart
from trayapp.desktop.notifier_dbus import DBusNotifier
from trayapp.desktop.single_instance import Instance

if TYPE_CHECKING:
    import subprocess

WAIT = ("--wait", "60")
COMMAND = ("/opt/vllm-tray/bin/vllm-tray",)


def serves_and_stops(running: RunningApp) -> None:
    done = running.run("start", *WAIT)
    assert done.returncode == 0, done.stderr
    assert running.run("stop", *WAIT).returncode == 0
    assert running.vllm.alive() == []


@fault("the session bus is {what}", "the app comes up, and starts and stops the model")
@pytest.mark.parametrize("what", ["missing", "at an address that leads nowhere", "an address that makes no sense"])
def test_no_session_bus(app: AppMaker, what: str) -> None:
    running = app(start=False)
    addresses = {"missing": "", "at an address that leads nowhere": "unix:path=/nowhere/bus"}
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = addresses.get(what, "rubbish;;=,")
    running.start()
    serves_and_stops(running)


@fault("the session bus accepts and never says a word", "the app comes up, and starts and stops the model")
def test_a_bus_that_says_nothing(app: AppMaker, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("b") / "bus"
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(path))
        bus.listen()
        running = app(start=False)
        running.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        running.start()
        assert "session bus does not answer" in running.run("logs").stdout
        serves_and_stops(running)


@fault("the session bus hangs up on everybody", "the app comes up, and starts and stops the model")
def test_a_bus_that_hangs_up(app: AppMaker, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("b") / "bus"
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(path))
        bus.listen()
        running = app(start=False)
        running.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        threading.Thread(target=_hang_up, args=(bus,), daemon=True).start()
        running.start()
        serves_and_stops(running)


def _hang_up(bus: socket.socket) -> None:
    while True:
        try:
            connection, _ = bus.accept()
        except OSError:
            return
        connection.recv(100)
        connection.close()


@fault("the session bus is killed while the model serves", "it serves on, can be stopped and started again")
def test_a_bus_that_dies(app: AppMaker, session_bus: "tuple[str, subprocess.Popen[str]]") -> None:
    running = app(start=False, workers=1)
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = session_bus[0]
    running.start()
    assert running.run("start", *WAIT).returncode == 0
    session_bus[1].send_signal(signal.SIGKILL)
    session_bus[1].wait()
    assert running.status()["state"] == "ready"
    assert running.run("restart", *WAIT).returncode == 0
    assert running.run("stop", *WAIT).returncode == 0
    assert running.vllm.alive() == []


@fault("no notification service is on the bus", "the model starts and stops; the reason stands in the log")
def test_no_notification_service(app: AppMaker, session_bus: "tuple[str, subprocess.Popen[str]]") -> None:
    running = app(start=False)
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = session_bus[0]
    running.start()
    serves_and_stops(running)


@pytest.fixture
def sick_bus(
    qapp: QObject, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SickBus]:
    path = tmp_path_factory.mktemp("b") / "bus"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
    bus = SickBus(path)
    yield bus
    bus.close()


@fault("the notification service {how}", "told, so that another way is taken; the event loop never waits")
@pytest.mark.parametrize("how", ["refuses every notification", "never answers", "hangs up in the midst"])
def test_a_sick_notification_service(sick_bus: SickBus, qtbot: QtBot, how: str) -> None:
    notifier = DBusNotifier("vLLM Tray", answer_timeout_ms=100)
    if how == "refuses every notification":
        sick_bus.answers = {"GetCapabilities": ("as", ([],)), "Notify": ("org.example.No", ())}
    with qtbot.waitSignal(notifier.failed, timeout=10_000):
        notifier.show("title", "body")
        if how == "hangs up in the midst":
            qtbot.waitUntil(lambda: bool(sick_bus.asked))
            sick_bus.connections[0].shutdown(socket.SHUT_RDWR)
    if notifier._bus is not None:
        notifier._bus.close()


@fault(
    "the runtime folder is {what}", "the app finds another place, for this user alone; the command line finds it, too"
)
@pytest.mark.parametrize("what", ["not set", "gone", "another user's", "too long for a socket"])
def test_no_runtime_folder(app: AppMaker, tmp_path: Path, what: str) -> None:
    running = app(start=False)
    if what == "not set":
        del running.environment["XDG_RUNTIME_DIR"]
    else:
        places = {"gone": "gone", "another user's": "theirs", "too long for a socket": "x" * 120}
        place = tmp_path / places[what]
        running.environment["XDG_RUNTIME_DIR"] = str(place)
        if what != "gone":
            place.mkdir(mode=0o700)
        if what == "another user's":
            os.chown(place, 12_345, 12_345) if os.getuid() == 0 else place.chmod(0)
    running.environment["XDG_CACHE_HOME"] = str(tmp_path / "c")
    running.start()
    assert running.run("status").returncode == 0


@fault("the runtime folder is emptied while the app runs", "the app goes on and can be ended by a signal")
def test_a_runtime_folder_that_is_emptied(app: AppMaker) -> None:
    running = app(workers=1)
    assert running.run("start", *WAIT).returncode == 0
    folder = Path(running.environment["XDG_RUNTIME_DIR"]) / "vllm-tray"
    for entry in folder.iterdir():
        entry.unlink()
    assert running.run("status").returncode == 3
    assert running.process is not None
    assert running.process.poll() is None
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert running.vllm.alive() == []


@fault("somebody put a link where our socket's folder should be", "refused: it may be anybody's")
def test_a_link_in_place_of_the_folder(tmp_path: Path, qapp: QObject) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "vllm-tray").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="belong"):
        Instance(tmp_path / "vllm-tray").acquire()


@fault("another user tries our socket", "refused by the system: folder 0700, socket for this user")
def test_another_user(app: AppMaker) -> None:
    running = app()
    folder = Path(running.environment["XDG_RUNTIME_DIR"]) / "vllm-tray"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def connect() -> str:
        with socket.socket(socket.AF_UNIX) as client:
            try:
                client.connect(str(folder / "app"))
            except PermissionError:
                return "refused"
        return "let in"

    if os.getuid() == 0:
        assert as_nobody(connect) == "refused"


@fault("the autostart folder may not be written, for an ordinary user", "said, with the path; nothing is raised")
def test_a_forbidden_autostart_folder(open_folder: Path) -> None:
    open_folder.chmod(0o555)
    autostart = Autostart(COMMAND, open_folder / "autostart")

    def switch() -> str:
        problem = autostart.set(True)
        return problem.kind.value if problem else ""

    assert as_nobody(switch) == ProblemKind.FILE_NOT_WRITABLE.value


@fault("the autostart entry is {what}", "read as what it is; no traceback; it can be renewed or is respected")
@pytest.mark.parametrize(
    ("what", "data", "state"),
    [
        ("binary rubbish", b"\xff\x00\xfe[Desktop", LoginStart.ON),
        ("empty", b"", LoginStart.OFF),
        ("switched off by the desktop", b"[Desktop Entry]\nHidden=true\n", LoginStart.SWITCHED_OFF_BY_DESKTOP),
    ],
)
def test_odd_autostart_entries(tmp_path: Path, what: str, data: bytes, state: LoginStart) -> None:
    autostart = Autostart(COMMAND, tmp_path)
    autostart.path.write_bytes(data)
    assert autostart.state() is state
    autostart.set(True)
    if state is LoginStart.SWITCHED_OFF_BY_DESKTOP:
        assert autostart.path.read_bytes() == data
    else:
        assert autostart.state() is LoginStart.ON


@fault("the socket is sent {what}", "refused in words or hung up; the next command is answered")
@pytest.mark.parametrize(
    ("what", "data"),
    [
        ("binary rubbish", b"\x00\xff\xfe\n" * 50),
        ("a line of a megabyte", b"x" * (1 << 20)),
        ("half a line, and nothing more", b'{"command": "sta'),
        ("commands that are no text", b'{"command": {"a": 1}}\n'),
        ("arguments of all the wrong kinds", json.dumps({"command": "logs", "count": "many"}).encode() + b"\n"),
        ("a command nobody knows", b'{"command": "explode"}\n'),
    ],
)
def test_rubbish_on_the_socket(app: AppMaker, what: str, data: bytes) -> None:
    running = app()
    path = Path(running.environment["XDG_RUNTIME_DIR"]) / "vllm-tray" / "app"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        try:
            client.sendall(data)
            if data.endswith(b"\n"):
                assert b"error" in client.recv(65_536)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert running.run("status").returncode == 0
