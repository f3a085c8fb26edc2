"""Use Ollama, pressed after a failure: it starts where its model is chosen and there, and asks for one elsewhere."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.fakes.fake_ollama import FakeOllama
from trayapp.presenters import place, use_ollama
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings
from trayapp.supervision.background import Background

PATIENCE_MS = 20_000


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOllama]:
    fake = FakeOllama("qwen3:8b").start()
    monkeypatch.setenv("OLLAMA_HOST", fake.url)
    yield fake
    fake.close()


@pytest.mark.usefixtures("ollama")
@pytest.mark.parametrize(
    ("model", "told"), [("qwen3:8b", "started"), ("", "asked"), ("not-there", "asked")], ids=["there", "none", "gone"]
)
def test_it_starts_at_once_or_asks_for_a_model(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str, told: str
) -> None:
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    assert change_settings(folders.settings_file, {"ollama_model": model}) is None
    done: list[tuple[str, Any]] = []
    background, windows = Background(), QObject()
    monkeypatch.setattr(place, "show", lambda _behind, backend: done.append(("asked", backend)))
    behind: Any = SimpleNamespace(
        folders=folders,
        windows=windows,
        use=lambda choice: done.append(("started", choice["backend"])),
        ask=lambda _asker, work, then: background.run(work, then),
    )
    use_ollama.show(behind)
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)
    assert done == [(told, "ollama")]
    background.wait(5)
