"""The set-up window in the app: what an installation brings is said before, its progress shown, a download chosen."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from tests.presenters.stub_command import NEWER, SUITS, FakeController, FakeNotifier, StubCommand
from trayapp.core.launch_plan import Report
from trayapp.core.model_rows import ModelRow, Place
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.model_shelf import survey
from trayapp.presenters.behind import Behind
from trayapp.presenters.downloads import downloads_of
from trayapp.presenters.installs import Installs
from trayapp.presenters.runtimes import Runtimes
from trayapp.presenters.set_up import plan_for, show
from trayapp.probes.model_files import find_model
from trayapp.storage.folders import Folders
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.supervision.background import Background
from trayapp.ui.first_run import MODEL, START, FirstRunWindow
from trayapp.ui.icons import Icons
from trayapp.ui.windows import Windows
from trayapp.ui.wishes import Wishes

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
PATIENCE_MS = 20_000


class FakeStarts(QObject):
    """No start is under way."""

    changed = Signal()

    def progress(self) -> None:
        return None


class Desk:
    """The window with what stands behind it, on a computer without vLLM."""

    def __init__(self, folder: Path, qtbot: QtBot) -> None:
        self._qtbot = qtbot
        self.command, self.notifier = StubCommand(folder), FakeNotifier()
        self.command.answer("list")
        self.folders = Folders(folder / "config", folder / "data", folder / "logs")
        self.background, wishes = Background(), Wishes()
        self.windows = Windows(ICONS, wishes, list)
        self.install = Installs(self.command.own_command, self.notifier, self.windows)  # type: ignore[arg-type]
        secrets = SimpleNamespace(read=lambda _name: "")
        parts: Any = (FakeController(), self.background, self.windows, wishes, self.folders, FakeStarts())
        own: Any = (self.command.own_command, secrets, None, None, self.notifier, None, list, self.install)
        self.behind = Behind(*parts, *own)
        self.window: FirstRunWindow = show(self.behind)
        qtbot.addWidget(self.window)

    def label(self, name: str) -> str:
        found = self.window.findChild(QLabel, name)
        assert found is not None
        return found.text()

    def button(self, name: str) -> QPushButton:
        found = self.window.findChild(QPushButton, name)
        assert found is not None
        return found

    def until(self, what: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(what, timeout=PATIENCE_MS)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "cache"))
    desk = Desk(tmp_path, qtbot)
    yield desk
    desk.install.end()
    runtimes = desk.windows.findChild(Runtimes)
    desk.until(lambda: not runtimes.findChildren(QObject))  # type: ignore[union-attr]
    desk.background.wait(20)


def test_size_and_place_are_said_before_and_the_progress_after_the_click(desk: Desk) -> None:
    desk.until(lambda: "It downloads 0.6 GiB" in desk.label("offer"))
    assert "There is no GPU" in desk.label("offer")
    assert str(desk.folders.runtimes) in desk.label("offer")
    progress = {"step": "downloading", "done_bytes": 1 << 30, "total_bytes": 4 << 30, "detail": "torch"}
    desk.command.answer(f"install cpu --version {NEWER['version']}", progress, waits=True)
    desk.until(desk.button("install").isEnabled)
    desk.button("install").click()
    desk.until(lambda: desk.label("told").startswith("Downloading"))
    assert not desk.button("install").isEnabled()
    desk.button("cancel").click()
    desk.until(lambda: desk.label("told").startswith("Cancelled"))
    assert desk.button("install").isEnabled()


def test_where_the_index_does_not_answer_what_suits_can_be_installed_all_the_same(desk: Desk) -> None:
    desk.command.answer("check", {"recommended": SUITS, "problem": "PyPI does not answer."})
    desk.until(lambda: bool(desk.label("offer")) and desk.button("again").isEnabled())
    desk.button("again").click()
    desk.until(lambda: "It needs about 3.7 GiB" in desk.label("offer"))
    desk.command.answer(f"install cpu --version {SUITS['version']}", {"step": "done"})
    desk.until(desk.button("install").isEnabled)
    desk.button("install").click()
    desk.until(lambda: desk.label("told").startswith("The new vLLM is installed"))


def test_why_the_check_failed_is_said_and_not_what_came_after(desk: Desk) -> None:
    wrong = {"step": "question", "text": 'wrong answer: "Blah."', "failed": True}
    stopped = {"step": "stop", "text": "stopped, nothing is left", "failed": False}
    desk.command.answer("", wrong, stopped, code=1)  # selftest has no second word
    desk.until(desk.button("again").isEnabled)
    desk.window.computer.render_findings((), has_vllm=True, can_check=True)
    desk.button("check").click()
    desk.until(lambda: desk.label("told") == 'The check failed: wrong answer: "Blah."')


def test_a_model_can_be_chosen_meanwhile_and_started_once_vllm_is_there(desk: Desk) -> None:
    install = f"install cpu --version {NEWER['version']}"
    desk.command.answer(install, {"step": "downloading", "done_bytes": 1, "total_bytes": 4}, waits=True)
    desk.until(lambda: "It downloads" in desk.label("offer"))
    desk.button("install").click()
    desk.window.render_model("tiny")
    desk.window.go_to(START)
    desk.until(lambda: "Downloading" in desk.label("state"))
    assert not desk.button("next").isEnabled()
    desk.install.cancel()
    desk.until(desk.button("next").isEnabled)
    assert desk.label("state") == ""


def test_that_vllm_is_missing_is_said_before_the_plan(desk: Desk) -> None:
    desk.window.models.selftest_wanted.emit()
    desk.until(lambda: "It fits" in desk.label("plan"))
    first, plan = desk.label("plan").splitlines()
    assert first == "vLLM is not installed. The step “This computer” sets it up. The plan once it is there:"
    assert plan.startswith("built-in test model: It fits")


def test_what_comes_after_the_start_is_said_until_it_begins(desk: Desk) -> None:
    after = desk.window.findChild(QLabel, "after")
    assert after is not None
    desk.window.models.selftest_wanted.emit()
    desk.until(lambda: "programs reach it at http://127.0.0.1:8000/v1." in after.text())
    assert not after.isHidden()
    desk.window.start.render_state("Starting", is_ready=False, has_failed=False)
    assert after.isHidden()
    assert change_settings(desk.folders.settings_file, {"max_model_len": 10_000_000}) is None
    desk.window.go_to(START)
    desk.until(lambda: "10,000,000" in desk.label("plan"))
    assert after.text() == ""  # it cannot be started


def test_what_was_downloaded_in_the_window_is_chosen(desk: Desk) -> None:
    desk.window.go_to(MODEL)
    assert not desk.button("next").isEnabled()
    downloads_of(desk.behind).done.emit("org/Tiny-1B")
    desk.until(lambda: desk.label("chosen") == "Chosen: Tiny-1B")
    assert desk.window.step == MODEL
    assert desk.button("next").isEnabled()
    assert load_settings(desk.folders.settings_file).settings.model == "org/Tiny-1B"


def test_the_model_chosen_before_stays_among_the_last_ones(desk: Desk) -> None:
    file = desk.folders.settings_file
    assert change_settings(file, {"model": "a/before", "backend": "ollama"}) is None
    desk.windows.model_chosen.emit("b/now")
    desk.until(lambda: load_settings(file).settings.model == "b/now")
    settings = load_settings(file).settings
    assert (settings.recent_models, settings.backend) == (("b/now", "a/before"), "vllm")


def test_the_plan_of_a_model_and_its_place_in_the_list_are_those_of_its_own_settings(tmp_path: Path) -> None:
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    row = ModelRow(SELFTEST_MODEL, "", Place.FOLDER)

    def lengths() -> tuple[int, int]:
        report, _no_vllm = plan_for(folders, SELFTEST_MODEL)
        assert isinstance(report, Report)
        assert report.memory is not None
        return report.memory.wanted_context, survey(folders).verdict(row, find_model(SELFTEST_MODEL)).context

    planned, listed = lengths()
    own = {"enable_yarn": True, "yarn_factor": 2.0}
    assert change_settings(folders.settings_file, {"models": {SELFTEST_MODEL: own}}) is None
    assert lengths() == (2 * planned, 2 * listed)
