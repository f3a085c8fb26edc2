"""The page where a person says where the model runs: it shows what is kept, and tells wishes."""

from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QProgressBar, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from trayapp.core.backend import Backend
from trayapp.core.ollama import OllamaModel
from trayapp.core.remote_server import RemoteServer
from trayapp.core.settings import Settings
from trayapp.core.states import Stopped
from trayapp.ui.backend_page import BackendPage, PlacesView
from trayapp.ui.views import tray_view

LAB = RemoteServer("lab", "https://lab.example:8000", "", "big")


@pytest.fixture
def page(qtbot: QtBot) -> BackendPage:
    page = BackendPage()
    qtbot.addWidget(page)
    page.render_places(PlacesView(Backend.VLLM, (LAB,)))
    return page


def part(page: BackendPage, kind: type[Any], name: str) -> Any:
    found = page.findChild(kind, name)
    assert found is not None, name
    return found


def press(page: BackendPage, name: str) -> None:
    part(page, QPushButton, name).click()


def choose(page: BackendPage, backend: Backend) -> None:
    part(page, QRadioButton, f"place_{backend}").click()


def test_vllm_on_this_computer_needs_nothing_more(page: BackendPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.use_wanted) as wish:
        press(page, "use")
    assert wish.args == ["vllm", "", ""]


def test_ollama_needs_a_model(page: BackendPage, qtbot: QtBot) -> None:
    choose(page, Backend.OLLAMA)
    assert not part(page, QPushButton, "use").isEnabled()
    page.render_ollama([OllamaModel("qwen3:8b", 5 << 30, "8.2B", "Q4_K_M"), OllamaModel("tiny:latest")])
    with qtbot.waitSignal(page.use_wanted) as wish:
        press(page, "use")
    assert wish.args == ["ollama", "", "qwen3:8b"]
    part(page, QComboBox, "ollama_model").setEditText("new")
    page.render_ollama([OllamaModel("qwen3:8b")])
    with qtbot.waitSignal(page.pull_wanted) as pulled:
        press(page, "pull")
    assert pulled.args == ["new"], "what was typed stays"


def test_a_download_shows_how_far_it_is_and_can_be_ended(page: BackendPage, qtbot: QtBot) -> None:
    choose(page, Backend.OLLAMA)
    page.render_pull(0, 0, under_way=True)
    progress = part(page, QProgressBar, "progress")
    assert progress.maximum() == 0, "how much is not known yet"
    page.render_pull(8 << 30, 16 << 30, under_way=True)
    assert progress.value() == 500
    with qtbot.waitSignal(page.cancel_wanted):
        press(page, "cancel")
    page.render_pull(0, 0, under_way=False)
    assert progress.isHidden()


def test_a_server_that_is_kept_can_be_used_checked_and_removed(page: BackendPage, qtbot: QtBot) -> None:
    choose(page, Backend.REMOTE)
    assert part(page, QLineEdit, "address").text() == LAB.url
    with qtbot.waitSignal(page.use_wanted) as wish:
        press(page, "use")
    assert wish.args == ["remote", "lab", ""]
    part(page, QLineEdit, "key").setText("K")
    with qtbot.waitSignal(page.check_wanted) as asked:
        press(page, "check")
    assert asked.args == [LAB, "K"]
    with qtbot.waitSignal(page.remove_wanted) as removed:
        press(page, "remove")
    assert removed.args == ["lab"]
    page.tell("✓ name: 10.0.0.7")
    assert part(page, QLabel, "told").text() == "✓ name: 10.0.0.7"


def test_a_new_server_is_described_and_kept(page: BackendPage, qtbot: QtBot) -> None:
    choose(page, Backend.REMOTE)
    part(page, QComboBox, "server").setCurrentIndex(1)
    assert not part(page, QPushButton, "keep").isEnabled()
    assert not part(page, QPushButton, "use").isEnabled()
    part(page, QLineEdit, "name").setText(" house ")
    part(page, QLineEdit, "address").setText("http://10.0.0.7:8000")
    with qtbot.waitSignal(page.keep_wanted) as kept:
        press(page, "keep")
    assert kept.args == [RemoteServer("house", "http://10.0.0.7:8000"), ""]


def test_a_key_is_never_readable_on_the_screen(page: BackendPage) -> None:
    assert part(page, QLineEdit, "key").echoMode() is QLineEdit.EchoMode.Password


def test_everything_that_can_be_reached_has_a_name(page: BackendPage) -> None:
    kinds = (QPushButton, QLineEdit, QComboBox, QRadioButton, QProgressBar)
    nameless = [
        widget
        for widget in page.findChildren(QWidget)
        if isinstance(widget, kinds) and not widget.accessibleName() and not isinstance(widget.parent(), QComboBox)
    ]
    assert nameless == []


def test_the_menu_lists_the_places_and_marks_the_one_of_now() -> None:
    servers = ({"name": "lab", "url": "https://lab"}, {"name": "house", "url": "https://house"})
    settings = Settings(backend="remote", remote_servers=servers, remote_server="house")
    places = tray_view(Stopped(), settings).places
    assert [(place.text, place.checked) for place in places] == [
        ("vLLM on this computer", False),
        ("Ollama on this computer", False),
        ("lab", False),
        ("house", True),
    ]
    assert dict(places[-1].choice) == {"backend": "remote", "server": "house"}


HOUSE = RemoteServer("house", "https://house.example")


def test_servers_come_and_go_while_another_one_is_being_described(page: BackendPage) -> None:
    choose(page, Backend.REMOTE)
    servers, address = part(page, QComboBox, "server"), part(page, QLineEdit, "address")
    servers.setCurrentIndex(1)
    part(page, QLineEdit, "name").setText("new")
    address.setText("https://new.example")
    page.render_servers((LAB, HOUSE))
    assert [servers.itemText(index) for index in range(servers.count())][:2] == ["lab", "house"]
    assert (servers.currentIndex(), address.text()) == (2, "https://new.example"), "what was typed stays"
    assert not part(page, QPushButton, "use").isEnabled(), "it is not kept yet"
    page.render_servers((HOUSE,))
    assert address.text() == "https://new.example"


def test_a_server_that_was_changed_or_has_gone_elsewhere_is_shown_so(page: BackendPage) -> None:
    choose(page, Backend.REMOTE)
    address = part(page, QLineEdit, "address")
    page.render_servers((RemoteServer("lab", "https://moved.example"), HOUSE))
    assert address.text() == "https://moved.example"
    page.render_servers((HOUSE,))
    assert (part(page, QComboBox, "server").currentIndex(), address.text()) == (1, ""), "there is none of this name"


def test_the_page_can_be_opened_at_a_place(qtbot: QtBot) -> None:
    page = BackendPage()
    qtbot.addWidget(page)
    page.look_at(Backend.OLLAMA)
    page.render_places(PlacesView(Backend.VLLM))
    assert part(page, QRadioButton, "place_ollama").isChecked(), "what is looked at stays"
