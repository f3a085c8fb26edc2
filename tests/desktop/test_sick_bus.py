"""Notifications while the session bus is missing, silent, hostile or dying: said once, and the app goes on."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney import HeaderFields, Message, MessageType, Parser, new_error, new_method_return
from jeepney.low_level import Endianness, Header
from PySide6.QtCore import QObject, QSocketNotifier, QTimer
from pytestqt.qtbot import QtBot

from trayapp.desktop.notifier_dbus import DBusNotifier

SOON_MS = 60


class SickBus(QObject):
    """Listens where a session bus would; answers as far as it is told."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.greets = True
        self.answers: dict[str, tuple[str, tuple[object, ...]]] = {}
        self.asked: list[Message] = []
        self.connections: list[socket.socket] = []
        self._readers: list[QSocketNotifier] = []
        self._parser = Parser()
        self._accepting = QSocketNotifier(self.listener.fileno(), QSocketNotifier.Type.Read, self)
        self._accepting.activated.connect(self._accept)

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        self.connections.append(connection)
        self._parser = Parser()
        reader = QSocketNotifier(connection.fileno(), QSocketNotifier.Type.Read, self)
        reader.activated.connect(lambda: self._read(connection, reader))
        self._readers.append(reader)

    def _read(self, connection: socket.socket, reader: QSocketNotifier) -> None:
        data = connection.recv(65536)
        if not data:
            reader.setEnabled(False)
        elif b"AUTH" in data:
            if self.greets:
                connection.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        else:
            for message in self._parser.feed(data.removeprefix(b"BEGIN\r\n")):
                self._answer(connection, message)

    def _answer(self, connection: socket.socket, message: Message) -> None:
        self.asked.append(message)
        member = message.header.fields[HeaderFields.member]
        if member == "Hello":
            connection.sendall(new_method_return(message, "s", (":1.1",)).serialise(1))
        elif member in self.answers:
            signature, body = self.answers[member]
            answer = new_error(message, signature) if not body else new_method_return(message, signature, body)
            connection.sendall(answer.serialise(2))

    def close(self) -> None:
        for reader in (*self._readers, self._accepting):
            reader.setEnabled(False)
        for connection in (*self.connections, self.listener):
            connection.close()


@pytest.fixture
def bus(qapp: QObject, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SickBus]:
    path = tmp_path_factory.mktemp("b") / "bus"
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={path}")
    bus = SickBus(path)
    yield bus
    bus.close()


@pytest.fixture
def notifier(qapp: QObject) -> DBusNotifier:
    return DBusNotifier("vLLM Tray", answer_timeout_ms=SOON_MS)


def members(bus: SickBus) -> list[str]:
    return [message.header.fields[HeaderFields.member] for message in bus.asked]


@pytest.mark.parametrize("address", [None, "", "tcp:host=localhost", "unix:path=/nowhere/bus", "rubbish"])
def test_no_bus_is_told_at_once(
    notifier: DBusNotifier, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    if address is None:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    else:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with qtbot.waitSignal(notifier.failed):
        notifier.show("title")


@pytest.mark.parametrize("greets", [False, True], ids=["does not even greet", "greets"])
def test_a_silent_bus_is_given_up_while_the_app_goes_on(
    notifier: DBusNotifier, bus: SickBus, qtbot: QtBot, greets: bool
) -> None:
    bus.greets = greets
    ticks: list[int] = []
    clock = QTimer(interval=5)
    clock.timeout.connect(lambda: ticks.append(1))
    clock.start()
    with qtbot.waitSignal(notifier.failed):
        notifier.show("title")
    clock.stop()
    assert len(ticks) > 3


def test_a_bus_that_refuses_us_is_told(notifier: DBusNotifier, bus: SickBus, qtbot: QtBot) -> None:
    bus.greets = False
    with qtbot.waitSignal(notifier.failed) as failed:
        notifier.show("title")
        qtbot.waitUntil(lambda: bool(bus.connections))
        bus.connections[0].sendall(b"REJECTED EXTERNAL\r\n")
    assert "REJECTED" in failed.args[0]


def test_a_bus_that_dies_is_told_and_the_next_showing_connects_anew(
    notifier: DBusNotifier, bus: SickBus, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(notifier.failed):
        notifier.show("one")
        qtbot.waitUntil(lambda: "GetCapabilities" in members(bus))
        bus.connections[0].shutdown(socket.SHUT_RDWR)
    bus.answers = {"GetCapabilities": ("as", (["actions"],)), "Notify": ("u", (7,))}
    bus.asked.clear()
    notifier.show("two")
    qtbot.waitUntil(lambda: "Notify" in members(bus))


def test_what_came_meanwhile_is_shown_once_and_the_newest_only(
    notifier: DBusNotifier, bus: SickBus, qtbot: QtBot
) -> None:
    bus.answers = {"GetCapabilities": ("as", ([],)), "Notify": ("u", (7,))}
    for number in range(20):
        notifier.show(f"{number}", buttons=(("a", "A"),))
    qtbot.waitUntil(lambda: "Notify" in members(bus))
    shown = [message.body for message in bus.asked if message.header.fields[HeaderFields.member] == "Notify"]
    assert [(body[3], body[5]) for body in shown] == [("19", [])]  # no buttons for a service without


def test_a_refused_notification_is_told(notifier: DBusNotifier, bus: SickBus, qtbot: QtBot) -> None:
    bus.answers = {"GetCapabilities": ("as", ([],)), "Notify": ("org.example.No", ())}
    with qtbot.waitSignal(notifier.failed) as failed:
        notifier.show("one")
    assert failed.args == ["org.example.No"]


def test_signals_about_other_apps_notifications_mean_nothing(
    notifier: DBusNotifier, bus: SickBus, qtbot: QtBot
) -> None:
    bus.answers = {"GetCapabilities": ("as", ([],)), "Notify": ("u", (7,))}
    pressed: list[str] = []
    notifier.pressed.connect(pressed.append)
    notifier.show("one")
    qtbot.waitUntil(lambda: "Notify" in members(bus))
    for number, key in ((3, "other"), (7, "ours")):
        bus.connections[0].sendall(_signal("ActionInvoked", "us", (number, key)))
    qtbot.waitUntil(lambda: bool(pressed))
    assert pressed == ["ours"]


def _signal(member: str, signature: str, body: tuple[object, ...]) -> bytes:
    fields = {
        HeaderFields.path: "/org/freedesktop/Notifications",
        HeaderFields.interface: "org.freedesktop.Notifications",
        HeaderFields.member: member,
        HeaderFields.signature: signature,
    }
    header = Header(Endianness.little, MessageType.signal, 0, 1, -1, 9, fields)
    return bytes(Message(header, body).serialise())
