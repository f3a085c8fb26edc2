"""The page where the model runs, with what stands behind it: servers are kept, checked and forgotten, models pulled."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from tests.fakes.elsewhere import Elsewhere, Manner
from tests.fakes.fake_ollama import FakeOllama
from trayapp.core.states import Stopped
from trayapp.jobs.job_process import JobProcess
from trayapp.presenters.behind import Behind
from trayapp.presenters.place import Place
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.supervision.background import Background
from trayapp.ui.backend_page import BackendPage

KEY = "key-of-the-remote-0123456789"
PATIENCE_MS = 20_000


class FakeSecrets(dict[str, str]):
    """A keyring in memory."""

    def read(self, name: str) -> str:
        return self.get(name, "")

    def keep(self, name: str, value: str) -> None:
        self[name] = value

    def forget(self, name: str) -> None:
        self.pop(name, None)


class Desk:
    """The page and its presenter."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self.folders = Folders(folder / "config", folder / "data", folder / "logs")
        self.secrets = FakeSecrets()
        self.used: list[dict[str, str]] = []
        self.changes: list[None] = []
        self.background = Background()
        command = (sys.executable, "-m", "trayapp")
        parts: Any = (SimpleNamespace(state=Stopped()), self.background, None, None, self.folders, None)
        own: Any = (
            lambda: command,
            self.secrets,
            self.used.append,
            None,
            None,
            None,
            lambda: self.changes.append(None),
            None,
        )
        self.page = BackendPage()
        Place(Behind(*parts, *own), self.page)
        self._qtbot = qtbot

    def choose(self, backend: str) -> None:
        self.part(QRadioButton, f"place_{backend}").click()

    def press(self, name: str) -> None:
        button = self.part(QPushButton, name)
        self._qtbot.waitUntil(button.isEnabled, timeout=PATIENCE_MS)
        button.click()

    def part(self, kind: type[Any], name: str) -> Any:
        found = self.page.findChild(kind, name)
        assert found is not None, name
        return found

    def wait_for(self, text: str) -> str:
        told = self.part(QLabel, "told")
        self._qtbot.waitUntil(lambda: text in told.text(), timeout=PATIENCE_MS)
        return str(told.text())

    def servers(self) -> list[str]:
        return [entry["name"] for entry in load_settings(self.folders.settings_file).settings.remote_servers]


@pytest.fixture
def desk(tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    desk = Desk(tmp_path, qtbot)
    server = desk.part(QComboBox, "server")
    qtbot.waitUntil(lambda: server.count() > 0, timeout=PATIENCE_MS)
    yield desk
    if isValid(desk.page):
        desk.page.deleteLater()
    desk.background.wait(10)


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere(Manner(key=KEY))
    yield server
    server.close()


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    fake = FakeOllama("qwen3:8b").start()
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{fake.port}")
    yield fake
    fake.close()


def test_a_server_is_checked_kept_used_and_forgotten(desk: Desk, elsewhere: Elsewhere, qtbot: QtBot) -> None:
    desk.choose("remote")
    desk.part(QLineEdit, "name").setText("house")
    desk.part(QLineEdit, "address").setText(elsewhere.url)
    desk.press("check")
    assert "does not accept the key" in desk.wait_for("✗ key")
    desk.part(QLineEdit, "key").setText(KEY)
    desk.press("check")
    assert KEY not in desk.wait_for("vLLM 0.32.0 · big · 32,768 tokens")
    desk.press("keep")
    qtbot.waitUntil(lambda: bool(desk.changes), timeout=PATIENCE_MS)
    assert desk.servers() == ["house"]
    assert desk.secrets == {"remote server house": KEY}
    assert KEY not in desk.folders.settings_file.read_text()
    qtbot.waitUntil(lambda: desk.part(QComboBox, "server").count() == 2, timeout=PATIENCE_MS)
    desk.choose("remote")
    desk.press("use")
    assert desk.used == [{"backend": "remote", "server": "house"}]
    desk.press("remove")
    qtbot.waitUntil(lambda: desk.servers() == [], timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not desk.secrets, timeout=PATIENCE_MS)


def test_what_cannot_be_kept_is_said(desk: Desk) -> None:
    desk.choose("remote")
    desk.part(QLineEdit, "name").setText("house")
    desk.part(QLineEdit, "address").setText("house:8000")
    desk.press("keep")
    desk.wait_for("is not of the form")
    assert desk.servers() == []


def test_models_of_ollama_are_listed_and_downloaded(desk: Desk, ollama: FakeOllama, qtbot: QtBot) -> None:
    desk.choose("ollama")
    model = desk.part(QComboBox, "ollama_model")
    qtbot.waitUntil(lambda: model.currentText() == "qwen3:8b", timeout=PATIENCE_MS)
    model.setEditText("new")
    desk.press("pull")
    desk.wait_for("new is there")
    assert "new:latest" in ollama.models
    qtbot.waitUntil(lambda: model.count() == 2, timeout=PATIENCE_MS)


def test_a_download_that_fails_says_why(desk: Desk, ollama: FakeOllama, qtbot: QtBot) -> None:
    ollama.pull_lines = [{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}]
    desk.choose("ollama")
    desk.part(QComboBox, "ollama_model").setEditText("nothing")
    desk.press("pull")
    desk.wait_for("file does not exist")
    pull = desk.part(QPushButton, "pull")
    qtbot.waitUntil(lambda: not pull.isHidden(), timeout=PATIENCE_MS)  # and can be tried again


def test_a_download_goes_on_when_the_window_is_closed(desk: Desk, ollama: FakeOllama, qtbot: QtBot) -> None:
    desk.choose("ollama")
    desk.part(QComboBox, "ollama_model").setEditText("new")
    desk.press("pull")
    desk.page.deleteLater()
    qtbot.waitUntil(lambda: "new:latest" in ollama.models, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not desk.background.findChildren(JobProcess), timeout=PATIENCE_MS)


def test_no_ollama_is_said(desk: Desk, free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", f"127.0.0.1:{free_port}")
    desk.choose("ollama")
    desk.wait_for("Ollama does not answer")


def test_a_server_that_a_command_adds_is_on_the_page_at_once(desk: Desk, qtbot: QtBot) -> None:
    servers = desk.part(QComboBox, "server")
    qtbot.waitUntil(lambda: servers.count() == 1, timeout=PATIENCE_MS)
    added = [{"name": "house", "url": "https://house.example"}]
    assert change_settings(desk.folders.settings_file, {"remote_servers": added}) is None
    qtbot.waitUntil(lambda: servers.count() == 2, timeout=PATIENCE_MS)
    assert servers.itemText(0) == "house"
