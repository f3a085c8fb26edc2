"""What the windows show of a GPU while it changes: the bar of a running model, and the page of the settings."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import MODEL, App, pictures, start_app
from tests.desktop.session import Session, until
from tests.desktop.widgets import Widgets
from tests.fakes.nvml_library import FakeNvml, NvmlGpu
from tests.fakes.vllm_folder import FakeVllmFolder

pytestmark = pytest.mark.desktop
MIB = 1 << 20


@pytest.fixture
def app(
    session: Session, person: Person, fake_nvml: FakeNvml, fake_vllm: Callable[..., FakeVllmFolder], free_port: int
) -> App:
    """The app with a model that runs on a GPU."""
    session.environment |= fake_nvml.environment
    app = start_app(session, person, fake_vllm("0.32.0", {"speed": 30}), port=free_port, model=str(MODEL))
    person.click_icon()
    app.until_state("Ready")
    return app


def held_by(server: int, other_bytes: int) -> NvmlGpu:
    """A GPU of which the server holds 8,000 MiB, and some other program this."""
    free_bytes = NvmlGpu.total_bytes - NvmlGpu.reserved_bytes - 8_000 * MIB - other_bytes
    return NvmlGpu(free_bytes=free_bytes, processes=((server, "compute", 8_000 * MIB), (1, "graphics", other_bytes)))


def test_the_bar_and_the_page_of_the_gpu_follow_it(
    app: App, person: Person, widgets: Widgets, fake_nvml: FakeNvml, tmp_path: Path
) -> None:
    server = app.vllm.alive()[0]
    fake_nvml.describe(held_by(server, 500 * MIB))
    person.choose("Progress and memory…")
    widgets.until_text("GPU memory in use: 8.3 GiB of 11.7 GiB")
    bar = until("the bar", lambda: widgets.description("GPU memory, 11.7 GiB in all"))
    assert "other programs: 0.5 GiB (measured)" in bar
    fake_nvml.describe(held_by(server, 2_048 * MIB))
    widgets.until_text("GPU memory in use: 9.8 GiB of 11.7 GiB")
    bar = widgets.description("GPU memory, 11.7 GiB in all")
    assert "other programs: 2.0 GiB (measured)" in bar
    assert "free: " in bar
    person.take_picture(pictures(tmp_path) / "memory-live.png")
    person.press("Escape")
    until("the window to be gone", lambda: person.window("Progress and memory · vLLM Tray") is None)

    fake_nvml.describe(held_by(server, 500 * MIB))
    person.choose("Settings…")
    widgets.click("GPU", role="list item")
    widgets.until_text("3.4 GiB of 11.7 GiB free")
    bar = until("the plan", lambda: widgets.description("GPU memory, 11.7 GiB in all"))
    fake_nvml.describe(held_by(server, 2_048 * MIB))
    told = widgets.until_text("1.9 GiB of 11.7 GiB free")
    person.take_picture(pictures(tmp_path) / "gpu-live.png")
    assert f"({server}): 7.8 GiB" in told
    assert "other programs: 0.5 GiB" in bar, "the model that runs makes room for the next"
    assert widgets.text("It fits")


def test_the_settings_follow_what_is_saved_elsewhere_while_they_are_open(
    app: App, person: Person, widgets: Widgets
) -> None:
    person.choose("Settings…")
    widgets.click("Server", role="list item")
    until("the port", lambda: widgets.content("Port"))
    saved = json.loads(app.settings_file.read_text())
    app.settings_file.write_text(json.dumps({**saved, "port": 8_123}))
    until("the new port", lambda: widgets.content("Port") == "8123")
