"""A session bus that accepts and never answers is left out before Qt waits for it; any other is left alone."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney import message_bus

from tests.desktop.session import Session
from trayapp.desktop.bus_probe import _HELLO, ADDRESS, NOWHERE, leave_out_silent_bus

SOON_S = 0.3


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path_factory.mktemp("b") / "bus"
    monkeypatch.setenv(ADDRESS, f"unix:path={path},guid=0123")
    return path


@pytest.fixture
def listener(path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(str(path))
        bus.listen()
        yield bus


def test_the_first_call_is_as_jeepney_writes_it() -> None:
    assert message_bus.Hello().serialise(serial=1) == _HELLO


def test_a_bus_that_says_nothing_is_left_out(listener: socket.socket) -> None:
    assert listener.fileno() >= 0
    assert leave_out_silent_bus(SOON_S)
    assert os.environ[ADDRESS] == NOWHERE


def test_a_bus_that_falls_silent_after_the_greeting_is_left_out(listener: socket.socket) -> None:
    def greet() -> None:
        connection, _ = listener.accept()
        connection.recv(100)
        connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        connections.append(connection)

    connections: list[socket.socket] = []
    threading.Thread(target=greet, daemon=True).start()
    assert leave_out_silent_bus(SOON_S)
    for connection in connections:
        connection.close()


def test_a_bus_that_hangs_up_is_left_to_qt(listener: socket.socket) -> None:
    def hang_up() -> None:
        listener.accept()[0].close()

    threading.Thread(target=hang_up, daemon=True).start()
    assert not leave_out_silent_bus(SOON_S)


@pytest.mark.parametrize("address", ["", "unix:path=/nowhere/bus", "rubbish;;=,", "tcp:host=x", "unix:abstract=none"])
def test_what_is_no_bus_is_left_to_qt(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, address)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    assert not leave_out_silent_bus(SOON_S)
    assert os.environ[ADDRESS] == address


def test_a_real_bus_answers(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, session.environment[ADDRESS])
    assert not leave_out_silent_bus(SOON_S)
    monkeypatch.delenv(ADDRESS)
    monkeypatch.setenv("XDG_RUNTIME_DIR", session.environment["XDG_RUNTIME_DIR"])
    assert not leave_out_silent_bus(SOON_S)
