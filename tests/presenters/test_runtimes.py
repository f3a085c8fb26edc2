"""The installations of vLLM in the app: listed, changed and installed by child processes, and shown on the page."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTreeWidget
from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from tests.fakes.vllm_folder import make_vllm_folder
from tests.presenters.stub_command import ROWS, SUITS, FakeController, FakeNotifier, StubCommand
from trayapp.core.events import RestartWanted
from trayapp.core.runtimes import COMPLETE, VERIFIED
from trayapp.core.states import Course, Ready
from trayapp.presenters.behind import Behind
from trayapp.presenters.installs import Installs
from trayapp.presenters.runtime_page import runtime_page
from trayapp.presenters.runtimes import Runtimes, runtimes_of
from trayapp.storage.folders import Folders, find_folders
from trayapp.storage.settings_file import load_settings
from trayapp.supervision.background import Background
from trayapp.ui.install_progress import CANCEL

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
PATIENCE_MS = 20_000


class Desk:
    """The page on top of a command that says what the test wants."""

    def __init__(
        self, folder: Path, qtbot: QtBot, folders: Folders | None = None, own_command: tuple[str, ...] = ()
    ) -> None:
        self._qtbot = qtbot
        self.command = StubCommand(folder)
        self.answer = self.command.answer
        self.controller, self.notifier = FakeController(), FakeNotifier()
        self.settings_changes = 0
        self.background, self.windows = Background(), QObject()
        command = own_command or self.command.own_command()
        self.install = Installs(lambda: command, self.notifier, self.windows)  # type: ignore[arg-type]
        folders = folders or Folders(folder / "config", folder / "data", folder / "logs")
        parts: Any = (self.controller, self.background, self.windows, None, folders, None)
        own: Any = (lambda: command, None, None, None, self.notifier, None, self.changed, self.install)
        self.behind = Behind(*parts, *own)
        self.page = runtime_page(self.behind)
        qtbot.addWidget(self.page)
        self.page.show()
        self.until(lambda: self.rows().topLevelItemCount() == 2)

    def changed(self) -> None:
        self.settings_changes += 1

    def rows(self) -> QTreeWidget:
        found = self.page.findChild(QTreeWidget, "runtimes")
        assert found is not None
        return found

    def mark(self, number: int) -> None:
        item = self.rows().topLevelItem(number)
        assert item is not None
        self.rows().setCurrentItem(item)

    def button(self, name: str) -> QPushButton:
        found = self.page.findChild(QPushButton, name)
        assert found is not None
        return found

    def press(self, name: str) -> None:
        self.until(self.button(name).isEnabled)
        self._qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def label(self, name: str) -> str:
        found = self.page.findChild(QLabel, name)
        assert found is not None
        return found.text()

    def until(self, what: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(what, timeout=PATIENCE_MS)

    def until_idle(self) -> None:
        self.until(lambda: not self.windows.findChild(Runtimes).findChildren(QObject))  # type: ignore[union-attr]


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path, qtbot)
    yield desk
    desk.install.end()
    desk.until_idle()
    desk.background.wait(5)


def test_the_page_says_what_is_here_and_what_suits_without_asking_anybody(desk: Desk) -> None:
    desk.until(lambda: "There is no GPU" in desk.label("recommended"))
    assert desk.label("offer").startswith("Nothing is looked for by itself")
    desk.until_idle()
    assert sorted(desk.command.asked()) == ["runtime check --offline --json", "runtime list --json"]


def test_they_are_one_for_the_app(desk: Desk) -> None:
    assert runtimes_of(desk.behind) is runtimes_of(desk.behind)


def test_what_is_new_is_asked_for_by_a_click_and_shown_with_its_size(desk: Desk) -> None:
    desk.press("look")
    desk.until(lambda: "0.6 GiB" in desk.label("offer"))
    assert "vLLM 0.32.0 stays in use until" in desk.label("offer")
    assert desk.button("install").text() == "&Install 0.33.0"


def test_where_nothing_is_new_that_is_said(desk: Desk) -> None:
    desk.answer("check", {"recommended": SUITS, "update": None})
    desk.press("look")
    desk.until(lambda: desk.label("offer") == "There is nothing newer for this computer.")
    assert not desk.button("install").isEnabled()


def test_an_index_that_does_not_answer_is_told(desk: Desk) -> None:
    desk.answer("check", {"recommended": SUITS, "problem": "PyPI does not answer."})
    desk.press("look")
    desk.until(lambda: desk.label("offer") == "PyPI does not answer.")


def test_another_one_is_used_and_the_rest_of_the_app_learns_it(desk: Desk) -> None:
    switched: list[bool] = []
    runtimes_of(desk.behind).switched.connect(lambda: switched.append(True))
    desk.answer("use old", {})
    desk.answer("list", {**ROWS[0], "previous": True}, {**ROWS[1], "chosen": True})
    desk.mark(1)
    desk.press("use")
    desk.until(lambda: not desk.button("use").isEnabled() and desk.button("back").isEnabled())
    assert desk.settings_changes == 1
    assert switched == [True]


def test_one_click_goes_back(desk: Desk) -> None:
    desk.answer("use --back", {})
    desk.press("back")
    desk.until(lambda: desk.settings_changes == 1)


def test_a_model_that_runs_goes_on_until_it_is_restarted(desk: Desk) -> None:
    desk.controller.state = Ready(1, a_plan(executable="/d/old/bin/vllm"), Course(), 4096, 123)
    desk.controller.state_changed.emit(None, None)
    assert "counts from its next start" in desk.label("changed")
    desk.mark(1)
    assert "The model runs on it" in desk.label("note")
    desk.press("restart_model")
    assert desk.controller.taken == [RestartWanted()]


def test_what_is_removed_says_what_it_freed(desk: Desk) -> None:
    desk.answer("remove old", {"freed_bytes": 2 << 30})
    desk.answer("list", {**ROWS[0], "chosen": True})
    desk.mark(1)
    desk.press("remove")
    desk.press("remove")
    desk.until(lambda: desk.rows().topLevelItemCount() == 1)
    assert "2.0 GiB are free again" in desk.label("changed")


def test_why_something_was_not_done_is_told(desk: Desk) -> None:
    desk.answer("remove old", {"step": "failed", "kind": "runtime_runs", "detail": "It runs as 42."}, code=1)
    desk.mark(1)
    desk.press("remove")
    desk.press("remove")
    desk.until(lambda: desk.label("changed") == "It runs as 42.")
    desk.answer("use --back", code=1)  # without a word
    desk.press("back")
    desk.until(lambda: desk.label("changed").startswith("It ended without an answer"))


def test_a_damaged_one_is_made_anew(desk: Desk) -> None:
    desk.answer("install --anew", {"step": "done", "detail": "/d/0.32/bin/vllm"})
    desk.install.start(anew=True)
    desk.until(lambda: not desk.install.is_running)
    assert "runtime install --anew --json" in desk.command.asked()


def test_an_update_is_installed_with_its_progress_and_taken_into_use(desk: Desk) -> None:
    desk.press("look")
    progress = {"step": "downloading", "done_bytes": 1 << 30, "total_bytes": 4 << 30, "detail": "torch"}
    desk.answer("install cpu --version 0.33.0", {"step": "preparing"}, progress, waits=True)
    desk.press("install")
    desk.until(lambda: desk.install.share == 0.25)
    assert "Downloading" in desk.label("told")
    assert not desk.button("use").isEnabled()
    desk.notifier.pressed.emit(CANCEL)
    desk.until(lambda: desk.label("told").startswith("Cancelled"))
    assert desk.settings_changes == 0
    desk.answer("install cpu --version 0.33.0", {"step": "done", "detail": "/d/0.33/bin/vllm"})
    desk.press("install")
    desk.until(lambda: desk.label("told") == "The new vLLM is installed, tried out and in use.")
    assert desk.settings_changes == 1
    assert desk.notifier.shown[-1][0] == "vLLM is set up"


@pytest.mark.parametrize("said", [[{"step": "failed", "kind": "disk", "detail": "The disk is full."}], []])
def test_an_installation_that_fails_leaves_the_old_one(desk: Desk, said: list[dict[str, Any]]) -> None:
    desk.press("look")
    desk.answer("install cpu --version 0.33.0", *said, code=1)
    desk.press("install")
    desk.until(lambda: desk.label("told").endswith("vLLM 0.32.0 stays in use."))
    assert desk.notifier.shown[-1][0] == "vLLM could not be set up"
    assert ("The disk is full." in desk.label("told")) == bool(said)


def test_on_the_page_the_real_commands_use_go_back_and_remove(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One way through all of it, as a person goes it: the commands, the settings and the folders are real."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folders = find_folders()
    for version in ("0.31.0", "0.32.0"):
        made = make_vllm_folder(folders.runtimes / f"vllm-{version}-cpu", f"{version}+cpu")
        (made.folder / COMPLETE).touch()
        (made.folder / VERIFIED).touch()
    desk = Desk(tmp_path, qtbot, folders, (sys.executable, "-m", "trayapp"))

    def state(number: int) -> str:
        item = desk.rows().topLevelItem(number)
        return f"{item.text(0)} {item.text(4)}".strip() if item is not None else ""

    assert [state(0), state(1)] == ["0.32.0 in use", "0.31.0"]
    desk.until(lambda: "This computer has" in desk.label("recommended"))
    desk.mark(1)
    desk.press("use")
    desk.until(lambda: [state(0), state(1)] == ["0.32.0 used before", "0.31.0 in use"])
    assert load_settings(folders.settings_file).settings.vllm_executable.endswith("vllm-0.31.0-cpu/bin/vllm")
    desk.press("back")
    desk.until(lambda: state(0) == "0.32.0 in use")
    desk.mark(1)
    desk.press("remove")
    desk.press("remove")
    desk.until(lambda: desk.rows().topLevelItemCount() == 1)
    assert not (folders.runtimes / "vllm-0.31.0-cpu").exists()
    assert "are free again" in desk.label("changed")
    desk.until_idle()
    desk.background.wait(5)
