"""The model runs here, in Ollama and elsewhere, behind the same icon: what a person sees and does, with the mouse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.core.rebuilt_logs import LOGS
from tests.desktop.person import Person
from tests.desktop.running import MODEL, App, pictures, start_app
from tests.desktop.session import Session, until
from tests.fakes.elsewhere import Elsewhere, Manner
from tests.fakes.fake_ollama import GIB, FakeOllama
from tests.fakes.nvml_library import FakeNvml, NvmlGpu
from tests.fakes.recording import write_recording
from tests.fakes.vllm_folder import FakeVllmFolder

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


def test_the_model_that_ollama_holds_on_the_gpu_is_named_and_unloaded_with_one_click_and_vllm_starts(
    session: Session,
    person: Person,
    ollama: FakeOllama,
    fake_nvml: FakeNvml,
    fake_vllm: Callable[..., FakeVllmFolder],
    free_port: int,
    tmp_path: Path,
) -> None:
    held_bytes = 10 * GIB  # of 12: what is left is too little
    fake_nvml.describe(NvmlGpu(free_bytes=NvmlGpu.free_bytes - held_bytes))
    ollama.unloaded = lambda: fake_nvml.describe(NvmlGpu())
    session.environment |= fake_nvml.environment
    running = start_app(session, person, fake_vllm("0.32.0", {"speed": 30}), port=free_port, model=str(MODEL))
    person.click_icon()
    told = person.notification("Ollama holds of-somebody-else:latest on the GPU")
    running.until_state("Failed")
    assert running.vllm.launches() == []
    assert list(told.buttons.values()) == ["Unload it and start", "Start anyway"]
    person.take_picture(pictures(tmp_path) / "ollama-holds-the-gpu.png")
    person.press_last_but_one_button()
    person.notification("is ready")
    running.until_state("Ready")
    assert ollama.loaded == {}
    assert "of-somebody-else:latest" in ollama.models, "only unloaded"
    assert len(running.vllm.alive()) > 0


def test_on_a_card_that_is_too_old_for_vllm_one_click_on_use_ollama_runs_the_model_there(
    session: Session,
    person: Person,
    ollama: FakeOllama,
    fake_nvml: FakeNvml,
    fake_vllm: Callable[..., FakeVllmFolder],
    free_port: int,
    tmp_path: Path,
) -> None:
    fake_nvml.describe(NvmlGpu(name="Tesla P40", total_bytes=24 * GIB, free_bytes=23 * GIB, capability=(6, 1)))
    session.environment |= fake_nvml.environment
    vllm = fake_vllm("0.32.0", {"speed": 30})
    running = start_app(session, person, vllm, port=free_port, ollama_model="qwen3:8b")
    person.click_icon()
    running.until_state("Failed")
    refused = until("the refusal", lambda: next((n for n in person.hear() if n.hints["urgency"] == 2), None))
    assert next(iter(refused.buttons.values())) == "Use Ollama"
    person.take_picture(pictures(tmp_path) / "use-ollama.png")
    person.press_first_button()
    person.notification("qwen3:8b is ready")
    running.until_state("Ready")
    assert running.status()["backend"] == "ollama"
    assert running.vllm.launches() == []


def test_a_start_that_ran_out_of_the_gpus_memory_is_led_to_ollama_with_one_click(
    session: Session,
    person: Person,
    ollama: FakeOllama,
    fake_nvml: FakeNvml,
    fake_vllm: Callable[..., FakeVllmFolder],
    free_port: int,
    tmp_path: Path,
) -> None:
    session.environment |= fake_nvml.environment
    ollama.loaded.clear()
    recording = write_recording(tmp_path / "no-room", LOGS["out of memory while loading"].text)
    vllm = fake_vllm("0.32.0", {"recording": recording, "ends_before_ready": True, "end_code": 1})
    running = start_app(session, person, vllm, port=free_port, ollama_model="qwen3:8b")
    person.click_icon()
    running.until_state("Failed")
    failed = until("the failure", lambda: next((n for n in person.hear() if n.hints["urgency"] == 2), None))
    assert list(failed.buttons.values()) == ["See who uses the GPU", "Use Ollama", "Show log"]
    person.take_picture(pictures(tmp_path) / "out-of-memory.png")
    person.press_last_but_one_button()
    person.notification("qwen3:8b is ready")
    running.until_state("Ready")
    assert running.status()["backend"] == "ollama"
    assert running.vllm.alive() == []
