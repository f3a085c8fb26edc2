"""One app for a user: who is it, and what passes between it and the command line."""

import json
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from trayapp.commands.app_client import NotRunning, call
from trayapp.desktop.single_instance import LONGEST_LINE_BYTES, Instance, Request

HOLDER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from trayapp.desktop.single_instance import Instance
app = QCoreApplication([])
instance = Instance(Path(sys.argv[1]))
print(instance.acquire(), flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("i") / "vllm-tray"


@pytest.fixture
def instance(folder: Path, qapp: object) -> Iterator[Instance]:
    instance = Instance(folder)
    assert instance.acquire()
    yield instance
    instance.release()


def in_thread(work: Callable[[], Any]) -> "tuple[threading.Thread, list[Any]]":
    """Do what the command line does, while this thread's event loop runs."""
    result: list[Any] = []
    thread = threading.Thread(target=lambda: result.append(work()))
    thread.start()
    return thread, result


def answers(qtbot: QtBot, work: Callable[[], Any]) -> Any:
    thread, result = in_thread(work)
    qtbot.waitUntil(lambda: not thread.is_alive())
    return result[0]


def a_holder(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_second_is_told_that_there_is_a_first(instance: Instance, folder: Path) -> None:
    assert not Instance(folder).acquire()


def test_only_this_user_can_enter(instance: Instance, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "app").stat().st_mode) & 0o077 == 0


def test_a_folder_that_is_a_link_to_somewhere_is_refused(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    with pytest.raises(OSError, match="belong"):
        Instance(tmp_path / "link").acquire()


def test_after_the_first_has_gone_the_next_can_be_it(folder: Path, qapp: object) -> None:
    first, second = Instance(folder), Instance(folder)
    assert first.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_what_a_killed_app_left_is_taken_over(folder: Path, qapp: object) -> None:
    with a_holder(folder) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        holder.kill()
        holder.wait()
    assert (folder / "app").is_socket()
    successor = Instance(folder)
    assert successor.acquire()
    successor.release()


def test_of_many_starts_at_once_one_is_the_app(folder: Path) -> None:
    holders = [a_holder(folder) for _ in range(6)]
    said = [holder.stdout.readline() for holder in holders if holder.stdout is not None]
    for holder in holders:
        holder.communicate("")
    assert sorted(said) == ["False\n"] * 5 + ["True\n"]


def test_a_command_gets_its_answer(qtbot: QtBot, instance: Instance, folder: Path) -> None:
    instance.request.connect(lambda request: request.answer({"state": request.command, "n": request.arguments["n"]}))
    got = answers(qtbot, lambda: list(call({"command": "status", "n": 3}, 10, folder / "app")))
    assert got == [{"state": "status", "n": 3}]


def test_answers_stream_until_the_last_one(qtbot: QtBot, instance: Instance, folder: Path) -> None:
    def stream(request: Request) -> None:
        for number in range(1000):
            request.answer({"n": number}, last=False)
        request.answer({"n": "last"})
        request.answer({"n": "never sent"})

    instance.request.connect(stream)
    got = answers(qtbot, lambda: [a["n"] for a in call({"command": "logs"}, 10, folder / "app")])
    assert got == [*range(1000), "last"]


def test_a_request_hears_when_the_other_side_hangs_up(qtbot: QtBot, instance: Instance, folder: Path) -> None:
    requests: list[Request] = []
    gone: list[bool] = []

    def keep(request: Request) -> None:
        request.gone.connect(lambda: gone.append(request.is_open))
        request.answer({"n": 1}, last=False)
        requests.append(request)

    instance.request.connect(keep)

    def first_answer() -> Any:
        stream = call({"command": "logs"}, 10, folder / "app")
        answer = next(stream)
        stream.close()  # type: ignore[attr-defined]
        return answer

    assert answers(qtbot, first_answer) == {"n": 1}
    qtbot.waitUntil(lambda: gone == [False])
    requests[0].answer({"n": 2})  # nobody is there: nothing happens


@pytest.mark.parametrize(
    "line",
    [
        b"rubbish\n",
        b"[1]\n",
        b'{"command": 3}\n',
        b"\xff\xfe\n",
        b"[" * 60_000 + b"\n",
        b"x" * (LONGEST_LINE_BYTES + 9),
    ],
    ids=["no JSON", "no object", "no command", "no text", "deep", "long"],
)
def test_rubbish_gets_one_sentence(qtbot: QtBot, instance: Instance, folder: Path, line: bytes) -> None:
    def send() -> Any:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(str(folder / "app"))
            raw.sendall(line)
            return raw.makefile().readline()

    asked: list[Request] = []
    instance.request.connect(asked.append)
    assert json.loads(answers(qtbot, send))["answer"]["error"].endswith(".")
    assert asked == []


def test_a_line_that_comes_in_pieces_is_one_request(qtbot: QtBot, instance: Instance, folder: Path) -> None:
    instance.request.connect(lambda request: request.answer({"got": request.command}))

    def send() -> Any:
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(10)
            raw.connect(str(folder / "app"))
            for piece in (b'{"comm', b'and": "st', b'op"}\n{"command": "start"}\n'):
                raw.sendall(piece)
            return raw.makefile().readlines()

    got = answers(qtbot, send)
    assert [json.loads(line)["answer"] for line in got] == [{"got": "stop"}]


def test_no_app_is_no_traceback(folder: Path) -> None:
    with pytest.raises(NotRunning):
        call({"command": "status"}, 1, folder / "app")


def test_an_app_that_ends_before_its_answer_was_not_running(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "app"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        answers_there = call({"command": "status"}, 5, path)
        server.accept()[0].close()
        with pytest.raises(NotRunning):
            next(answers_there)


def test_an_app_that_does_not_answer_is_given_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("s") / "app"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(TimeoutError):
            list(call({"command": "status"}, 0.05, path))


def test_the_client_needs_no_qt() -> None:
    code = "import sys, trayapp.commands.app_client; sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
