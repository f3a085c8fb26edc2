"""The app's own address follows the settings: its port, and the pages that may use it."""

from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
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
