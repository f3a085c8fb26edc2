"""The model runs here, in Ollama and elsewhere, behind the same icon: what a person sees and does, with the mouse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, pictures
from tests.desktop.session import Session, until
from tests.fakes.elsewhere import Elsewhere, Manner
from tests.fakes.fake_ollama import FakeOllama

pytestmark = pytest.mark.desktop

PLACES = "Where it runs"
KEY = "key-of-the-house-0123456789"


@pytest.fixture
def ollama(session: Session) -> Iterator[FakeOllama]:
    """An Ollama with two models, one of which somebody else has loaded."""
    fake = FakeOllama("qwen3:8b", "of-somebody-else").start()
    fake.loaded["of-somebody-else:latest"] = 4096
    session.environment["OLLAMA_HOST"] = f"127.0.0.1:{fake.port}"
    yield fake
    fake.close()


@pytest.fixture
def house(session: Session) -> Iterator[Elsewhere]:
    """A server elsewhere, with a key."""
    server = Elsewhere(Manner(key=KEY))
    session.environment["VLLM_TRAY_REMOTE_KEY"] = KEY
    yield server
    server.close()


def test_ollama_is_chosen_in_the_menu_started_and_stopped_by_a_click_and_left_as_it_was_found(
    app: Callable[..., App], person: Person, ollama: FakeOllama, tmp_path: Path
) -> None:
    running = app({"speed": 30}, ollama_model="qwen3:8b", max_model_len=8192)
    before = {**ollama.models}, {**ollama.loaded}
    person.choose_with_mouse(PLACES, "Ollama")
    ready = person.notification("is ready")
    running.until_state("Ready")
    assert ready.title.startswith("qwen3:8b")
    assert f"{ollama.url}/v1" in ready.body
    assert "8,192 tokens" in ready.body
    assert len(ollama.loaded) == 2
    person.take_picture(pictures(tmp_path) / "ollama-ready.png")
    person.click_icon()
    running.until_state("Stopped")
    assert (ollama.models, ollama.loaded) == before

    person.choose_with_mouse("Start")
    running.until_state("Ready")
    person.choose_with_mouse(PLACES, "vLLM on this computer")
    person.notification("selftest-model is ready")
    running.until_state("Ready")
    assert (ollama.models, ollama.loaded) == before, "nothing of the first stays on the GPU"
    assert running.status()["backend"] == "vllm"
    assert running.vllm.alive()


def test_a_server_added_on_the_command_line_is_in_the_menu_at_once_is_lost_comes_back_and_is_left_alone(
    app: Callable[..., App], person: Person, house: Elsewhere, tmp_path: Path
) -> None:
    running = app({"speed": 30})
    person.click_icon()
    running.until_state("Ready")
    running.command("remote", "add", "house", house.url)
    until("the server in the menu", lambda: "house" in person.labels_below(PLACES))
    person.choose_with_mouse(PLACES, "house")
    ready = person.notification("big is ready")
    assert house.url in ready.body
    assert "32,768 tokens" in ready.body
    running.until_state("Ready")
    assert running.vllm.alive() == [], "nothing of the first stays on the GPU"
    person.take_picture(pictures(tmp_path) / "remote-ready.png")

    house.close()
    lost = person.notification("Lost: ")
    assert lost.hints["urgency"] == 2
    person.take_picture(pictures(tmp_path) / "remote-lost.png")
    back = Elsewhere(house.manner, port=house.port)
    try:
        person.notification("big is back")
        running.until_state("Ready")
        person.click_icon()
        running.until_state("Stopped")
        assert KEY not in (running.settings_file.read_text() + running.command("logs", "-n", "500"))
    finally:
        back.close()
    running.command("remote", "remove", "house")
    until("the server has gone from the menu", lambda: "house" not in person.labels_below(PLACES))
