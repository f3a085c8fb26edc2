"""From nothing to an answer, with the mouse alone: vLLM is installed by the app, a model downloaded, started, asked."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import pictures
from tests.desktop.session import Session, until
from tests.desktop.widgets import Widgets
from tests.fakes.hub import FakeHub
from trayapp.probes.leftovers import find_leftovers

pytestmark = [pytest.mark.desktop, pytest.mark.real, pytest.mark.long]
MODEL = Path(__file__).parents[2] / "resources" / "selftest-model"
NAME = "home/Tiny-That-Works"
INSTALL_S, START_S = 900, 300
OF_THE_NETWORK = ("UV_", "PIP_", "SSL_", "HTTP", "http", "NO_PROXY", "no_proxy", "REQUESTS_")


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    files = {path.name: path for path in MODEL.iterdir() if path.is_file()}
    with FakeHub({NAME: files}) as fake:
        yield fake


@pytest.fixture
def session(tmp_path_factory: pytest.TempPathFactory, hub: FakeHub) -> Iterator[Session]:
    """A desktop of somebody who has nothing yet; only what was downloaded for other environments is used again."""
    session = Session(tmp_path_factory.mktemp("d"))
    session.make_readable()
    home = session.folder / "home"
    home.mkdir()
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
    network = {name: value for name, value in os.environ.items() if name.startswith(OF_THE_NETWORK)}
    session.environment |= {**network, "HOME": str(home), "HF_ENDPOINT": hub.address, "UV_CACHE_DIR": cache}
    session.environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    session.environment["PATH"] = os.pathsep.join(
        folder for folder in session.environment["PATH"].split(os.pathsep) if not (Path(folder) / "vllm").exists()
    )
    try:
        session.start()
        session.start_tray()
        session.start_notifications()
        yield session
    finally:
        session.end()


def test_from_an_empty_home_to_an_answer_with_the_mouse_alone(session: Session, person: Person, tmp_path: Path) -> None:
    until("a panel", lambda: person.is_on_bus("org.kde.StatusNotifierWatcher"))
    until("notifications", lambda: person.is_on_bus("org.freedesktop.Notifications"))
    app = session.run(sys.executable, "-m", "trayapp")
    until("the window that opens by itself", lambda: person.window("Set up · vLLM Tray"))
    with Widgets(session, person) as widgets:
        look = _Camera(person, pictures(tmp_path))
        _install(widgets, look)
        _download(widgets, look, person)
        _start(widgets, look)
        _ask(widgets, look)
    person.click_icon()
    until("Stopped", lambda: person.menu()[0].label == "Stopped", 60)
    assert [each for each in find_leftovers() if each.mark.startswith(f"{app.pid}:")] == []


class _Camera:
    """Takes a picture at each step, in their order."""

    def __init__(self, person: Person, folder: Path) -> None:
        self._person = person
        self._folder = folder
        self._taken = 0

    def take(self, name: str) -> None:
        self._taken += 1
        self._person.take_picture(self._folder / f"{self._taken:02}-{name}.png")


def _install(widgets: Widgets, look: _Camera) -> None:
    widgets.until_text("One thing is missing: vLLM")
    offer = widgets.until_text("on the disk, in ")
    assert "for the processor" in offer
    look.take("offer")
    widgets.click("Set up vLLM")
    seen: dict[str, None] = {}
    words = ("Making an", "Choosing", "Getting", "Downloading", "Unpacking", "Checking", "Trying", "The new vLLM is")

    def done() -> bool:
        for text in filter(None, (widgets.text(each) for each in words)):
            if text not in seen:
                look.take("installing")
            seen[text] = None
        failed = widgets.text("It was not installed")
        assert not failed, failed
        return bool(widgets.text("The new vLLM is installed"))

    until("an installed vLLM", done, INSTALL_S)
    assert len(seen) > 2, seen
    widgets.until_text("This computer can run a model")
    look.take("installed")


def _download(widgets: Widgets, look: _Camera, person: Person) -> None:
    widgets.click("Next")
    widgets.click("Search the Hugging Face Hub, for example: qwen3 awq")
    person.type("tiny-that")
    widgets.click("Search")
    widgets.click(NAME, role="tree item")
    look.take("found")
    widgets.click("Download")
    widgets.until_text("Chosen: Tiny-That-Works", 120)
    look.take("downloaded")
    widgets.click("Next")


def _start(widgets: Widgets, look: _Camera) -> None:
    widgets.until_text("It fits")
    look.take("plan")
    widgets.click("Start")
    widgets.until_text("Reading the model", START_S)
    look.take("starting")


def _ask(widgets: Widgets, look: _Camera) -> None:
    widgets.click("Try it…", within_s=START_S)
    look.take("ready")
    widgets.click("Ask")
    until("the answer", lambda: "It works" in widgets.content("Answer"), 60)
    look.take("answer")
