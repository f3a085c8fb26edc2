"""The test of YaRN from the settings: asked for with the mouse, answered, and all put back as it was."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.person import Person
from tests.desktop.running import App, pictures, start_app
from tests.desktop.session import Session, until
from tests.desktop.widgets import Widgets
from tests.fakes.vllm_folder import FakeVllmFolder
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.probes.leftovers import find_leftovers

pytestmark = pytest.mark.desktop
YES = "Yes: it starts, with "


def test_yarn_is_tested_from_the_settings_and_what_ran_runs_again(
    running: Callable[..., App], person: Person, widgets: Widgets, tmp_path: Path
) -> None:
    app = running({"speed": 30}, {"speed": 30, "native_context": 2 * 40_960}, {"speed": 30})
    native = app.status()["max_model_len"]
    assert _test_yarn(person, widgets, 60, pictures(tmp_path) / "yarn.png") == 2 * native
    app.until_state("Ready")
    assert app.status()["max_model_len"] == native
    assert len(app.vllm.launches()) == 3
    assert "enable_yarn" not in app.settings_file.read_text(), "nothing is kept before Apply"


@pytest.mark.real
@pytest.mark.long
def test_yarn_is_tested_from_the_settings_on_the_real_vllm(
    session: Session, person: Person, widgets: Widgets, vllm_runtime: Path, free_port: int, tmp_path: Path
) -> None:
    """One start."""
    vllm = FakeVllmFolder(vllm_runtime)
    space = {"VLLM_CPU_KVCACHE_SPACE": "1"}
    app = start_app(session, person, vllm, port=free_port, model=SELFTEST_MODEL, environment=space)
    assert _test_yarn(person, widgets, 240, pictures(tmp_path) / "yarn.png") == 2 * 40_960
    assert app.state() == "Stopped"
    assert [each for each in find_leftovers() if each.mark.startswith(f"{app.process.pid}:")] == []


def _test_yarn(person: Person, widgets: Widgets, within_s: float, picture: Path) -> int:
    """Switch it on, choose twice the length, test it; return the measured length."""
    person.choose("Settings…")
    widgets.click("Context and memory", role="list item")
    widgets.click("Longer context (YaRN)", role="check box")
    until("twice the length", lambda: "81,920" in " ".join(each.label for each in widgets.shown()))
    widgets.click("Test YaRN")
    said = until("yes or no", lambda: widgets.text(YES) or widgets.text("No: "), within_s)
    person.take_picture(picture)
    assert said.startswith(YES), said
    return int("".join(filter(str.isdigit, said)))
