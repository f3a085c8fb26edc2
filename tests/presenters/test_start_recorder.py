"""Starts are timed, kept, and expected the next time."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.builders import a_plan
from trayapp.core.log_events import Phase
from trayapp.core.states import Checking, Course, Ready, Starting, Stopped
from trayapp.presenters.start_recorder import StartRecorder
from trayapp.storage.start_times_file import load_start_times
from trayapp.supervision.background import Background


def start(recorder: StartRecorder) -> None:
    recorder.state_changed(Checking(1, Course()))
    for phase in (Phase.LAUNCHING, Phase.COMPILING):
        recorder.state_changed(Starting(1, a_plan(), Course(), phase))


def test_a_start_that_became_ready_is_expected_the_next_time(qtbot: QtBot, tmp_path: Path) -> None:
    path, background = tmp_path / "start_times.json", Background()
    recorder = StartRecorder(path, background)
    assert recorder.progress() is None
    start(recorder)
    progress = recorder.progress()
    assert progress is not None
    assert progress.is_first
    recorder.state_changed(Ready(1, a_plan(), Course(), 100, 1))
    qtbot.waitUntil(lambda: len(load_start_times(path)) == 1)
    assert set(load_start_times(path)[0].seconds) == {"launching", "compiling"}
    recorder.state_changed(Stopped())
    assert recorder.progress() is None
    with qtbot.waitSignals([recorder.changed] * 4):
        start(recorder)
    qtbot.waitUntil(lambda: recorder.progress() is not None and not recorder.progress().is_first)


def test_a_start_that_failed_is_not_kept(qtbot: QtBot, tmp_path: Path) -> None:
    background = Background()
    recorder = StartRecorder(tmp_path / "start_times.json", background)
    start(recorder)
    recorder.state_changed(Stopped())
    assert background.wait(5)
    assert not (tmp_path / "start_times.json").exists()
