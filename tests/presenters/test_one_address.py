"""The app's own address follows the settings: its port, and the pages that may use it."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.states import Course, Ready
from trayapp.presenters.one_address import OneAddressKeeper

MINE = "https://chat.example"


@pytest.fixture
def keeper() -> Iterator[OneAddressKeeper]:
    parent = QObject()
    keeper = OneAddressKeeper(str, str, parent)
    yield keeper
    keeper.end()


def pid_of(keeper: OneAddressKeeper) -> int:
    return keeper._process.pid if keeper._process is not None else 0


def status_for_page(port: int) -> int:
    try:
        with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/v1/models", headers={"Origin": MINE})
            return connection.getresponse().status
    except ConnectionError:
        return 0


def test_a_page_is_let_in_while_the_settings_allow_it(
    keeper: OneAddressKeeper, port_numbers: Iterator[int], qtbot: QtBot
) -> None:
    port, nobody = next(port_numbers), next(port_numbers)
    ready = Ready(1, a_plan(port=nobody), Course(), 1, None)
    for pages, status in (((), 403), ((MINE,), 502), ((), 403)):
        keeper.follow(Settings(one_address_port=port, allowed_origins=pages), ready)
        assert keeper.port == port
        qtbot.waitUntil(lambda status=status: status_for_page(port) == status)  # type: ignore[misc]


def test_an_address_whose_process_is_killed_comes_back_and_one_that_does_not_stay_is_told(
    keeper: OneAddressKeeper, port_numbers: Iterator[int], qtbot: QtBot
) -> None:
    port, nobody = next(port_numbers), next(port_numbers)
    told: list[Problem] = []
    keeper.failed.connect(told.append)
    ready = Ready(1, a_plan(port=nobody), Course(), 1, None)
    keeper.follow(Settings(one_address_port=port, allowed_origins=(MINE,)), ready)
    killed = {0}
    for _ in range(4):
        qtbot.waitUntil(lambda: pid_of(keeper) not in killed and status_for_page(port) == 502)
        assert (keeper.port, told) == (port, [])
        killed.add(pid_of(keeper))
        os.kill(pid_of(keeper), signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].kind is ProblemKind.ADDRESS_NOT_USABLE
    assert keeper.port == 0
