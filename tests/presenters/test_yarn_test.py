"""The test of YaRN, with a vLLM that only looks like one: it starts stretched, and puts back what ran before."""

from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from tests.fakes.vllm_folder import FakeVllmFolder
from tests.supervision.story import Story
from trayapp.core.settings import SELFTEST_MODEL, Settings
from trayapp.core.states import Ready, Stopped
from trayapp.desktop.secrets import Secrets
from trayapp.presenters.behind import Behind
from trayapp.presenters.installs import Installs
from trayapp.presenters.settings import show
from trayapp.presenters.yarn_test import YarnTest
from trayapp.storage.settings_file import change_settings
from trayapp.supervision.background import Background
from trayapp.ui.icons import Icons
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
PATIENCE_MS = 20_000


@pytest.fixture
def vllm(fake_vllm: Callable[..., FakeVllmFolder]) -> FakeVllmFolder:
    return fake_vllm()


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path, vllm: FakeVllmFolder, free_port: int) -> Iterator[Story]:
    file = tmp_path / "config" / "settings.json"
    changes = {"model": SELFTEST_MODEL, "vllm_executable": vllm.executable, "port": free_port}
    assert change_settings(file, changes) is None
    told = Story(qtbot, tmp_path, {})
    yield told
    told.end()


def stretched(vllm: FakeVllmFolder) -> Settings:
    return Settings(model=SELFTEST_MODEL, vllm_executable=vllm.executable, enable_yarn=True, yarn_factor=2.0)


def lengths(vllm: FakeVllmFolder) -> list[bool]:
    return ["--hf-overrides" in launch["arguments"] for launch in vllm.launches()]


def test_what_ran_is_stopped_and_brought_back(story: Story, vllm: FakeVllmFolder, qtbot: QtBot) -> None:
    story.start(PATIENCE_MS)
    test = YarnTest(stretched(vllm), story.folders, story.controller, Secrets(), story.controller)
    with qtbot.waitSignal(test.over, timeout=PATIENCE_MS) as over:
        test.start()
    assert over.args is not None
    assert over.args[0].startswith("Yes: it starts, with "), over.args
    story.wait_for(Ready, timeout_ms=PATIENCE_MS)
    # A port that another program takes in the same moment costs an attempt more.
    assert [stretches for stretches, _attempts in groupby(lengths(vllm))] == [False, True, False]
    story.stop()


def test_a_model_that_is_started_meanwhile_comes_first(story: Story, vllm: FakeVllmFolder, qtbot: QtBot) -> None:
    vllm.behave({"never_ready": True}, {})
    test = YarnTest(stretched(vllm), story.folders, story.controller, Secrets(), story.controller)
    test.start()
    qtbot.waitUntil(lambda: len(vllm.launches()) == 1, timeout=PATIENCE_MS)
    with qtbot.waitSignal(test.over, timeout=PATIENCE_MS) as over:
        story.start(PATIENCE_MS)
    assert over.args == ["Called off: the model was started meanwhile."]
    assert lengths(vllm) == [True, False]
    assert vllm.launches()[0]["pid"] not in vllm.alive()
    story.stop()


def test_a_start_that_fails_says_no_and_leaves_a_stopped_model_stopped(
    story: Story, vllm: FakeVllmFolder, qtbot: QtBot
) -> None:
    impossible = stretched(vllm).with_changes({"model": "/no/such/model"})
    test = YarnTest(impossible, story.folders, story.controller, Secrets(), story.controller)
    with qtbot.waitSignal(test.over, timeout=PATIENCE_MS) as over:
        test.start()
    assert over.args is not None
    assert over.args[0].startswith("No: "), over.args
    assert isinstance(story.state, Stopped)
    assert not vllm.launches()


def test_apply_and_restart_gives_the_new_length_to_the_server(story: Story, vllm: FakeVllmFolder, qtbot: QtBot) -> None:
    story.start(PATIENCE_MS)
    background, wishes = Background(), Wishes()
    windows = Windows(ICONS, wishes, list)
    parts: Any = (story.controller, background, windows, wishes, story.folders, None)
    own: Any = (tuple, Secrets(), None, None, None, None, list)
    dialog = show(Behind(*parts, *own, Installs(tuple, None, windows)))  # type: ignore[arg-type]
    dialog.show_page("context")
    line, restart = dialog.findChild(QLineEdit, "max_model_len"), dialog.findChild(QPushButton, "restart")
    assert line is not None
    assert restart is not None
    qtbot.keyClicks(line, "2048")
    restart.click()
    qtbot.waitUntil(lambda: _holds(len(vllm.launches()) == 2), timeout=PATIENCE_MS)
    story.wait_for(Ready, timeout_ms=PATIENCE_MS)
    arguments = vllm.launches()[-1]["arguments"]
    assert arguments[arguments.index("--max-model-len") + 1] == "2048"
    with qtbot.waitSignal(windows.all_closed):
        dialog.close()
    story.stop()
    background.wait(10)


def _holds(it_is_so: bool) -> None:
    assert it_is_so
