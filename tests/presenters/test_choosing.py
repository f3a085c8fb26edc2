"""Use Ollama, and Choose a model: what is started or opened depends on the place, and on what is there."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.fakes.fake_ollama import FakeOllama
from trayapp.presenters import choose_model, models, place, use_ollama
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


class Desk:
    """What a presenter is handed, and what it opened or started."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[tuple[str, Any]] = []
        self.background = Background()
        folders = Folders(folder / "config", folder / "data", folder / "logs")
        self.settings_file = folders.settings_file
        monkeypatch.setattr(place, "show", lambda _behind, backend: self.done.append(("place", backend)))
        monkeypatch.setattr(models, "show", lambda _behind: self.done.append(("models", None)))
        self.behind: Any = SimpleNamespace(
            folders=folders,
            windows=QObject(),
            use=lambda choice: self.done.append(("started", choice["backend"])),
            ask=lambda _asker, work, then: self.background.run(work, then),
        )


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    desk = Desk(tmp_path, monkeypatch)
    yield desk
    desk.background.wait(5)


@pytest.mark.usefixtures("ollama")
@pytest.mark.parametrize(
    ("model", "told"), [("qwen3:8b", "started"), ("", "place"), ("not-there", "place")], ids=["there", "none", "gone"]
)
def test_it_starts_at_once_or_asks_for_a_model(qtbot: QtBot, desk: Desk, model: str, told: str) -> None:
    assert change_settings(desk.settings_file, {"ollama_model": model}) is None
    use_ollama.show(desk.behind)
    qtbot.waitUntil(lambda: bool(desk.done), timeout=PATIENCE_MS)
    assert desk.done == [(told, "ollama")]


@pytest.mark.parametrize(
    ("backend", "opened"),
    [("vllm", ("models", None)), ("ollama", ("place", "ollama")), ("remote", ("place", "remote"))],
)
def test_a_model_is_chosen_where_the_models_of_the_place_are(
    qtbot: QtBot, desk: Desk, backend: str, opened: tuple[str, str | None]
) -> None:
    assert change_settings(desk.settings_file, {"backend": backend}) is None
    choose_model.show(desk.behind)
    qtbot.waitUntil(lambda: bool(desk.done), timeout=PATIENCE_MS)
    assert desk.done == [opened]
