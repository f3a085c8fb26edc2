"""The settings window in the app: what is typed is kept, a running model starts again, YaRN is tried out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.presenters.settings_desk import PATIENCE_MS, Desk, holds
from trayapp.core.events import RestartWanted
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.presenters.settings import YARN_TEST, show
from trayapp.presenters.settings_watch import SettingsWatch
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.ui.icons import Icons
from trayapp.ui.settings_dialog import SettingsDialog
from trayapp.wording.settings import applied_words
from trayapp.wording.translation import use_language

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")


def test_apply_and_restart_keeps_what_was_typed_and_starts_again(
    desk: Desk, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.show_page("context")
    line = dialog.findChild(QLineEdit, "max_model_len")
    assert line is not None
    qtbot.keyClicks(line, "2048")
    desk.button(dialog, "restart").click()
    qtbot.waitUntil(lambda: holds(desk.controller.taken == [RestartWanted()]), timeout=PATIENCE_MS)
    assert load_settings(desk.folders.settings_file).settings.max_model_len == 2048
    assert desk.read_again == 1
    assert not desk.button(dialog, "apply").isEnabled()


@pytest.fixture
def german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


def test_a_german_types_a_comma_and_the_file_has_a_point(
    german: None, desk: Desk, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.show_page("context")
    share, reserve = (dialog.findChild(QLineEdit, name) for name in ("gpu_memory_utilization", "memory_reserve_bytes"))
    assert share is not None
    assert reserve is not None
    assert reserve.text() == "0,6"
    qtbot.keyClicks(share, "0,9")
    reserve.selectAll()
    qtbot.keyClicks(reserve, "1,5")
    desk.button(dialog, "apply").click()
    qtbot.waitUntil(lambda: holds(desk.read_again == 1), timeout=PATIENCE_MS)
    text = desk.folders.settings_file.read_text(encoding="utf-8")
    assert '"gpu_memory_utilization": 0.9' in text
    assert '"memory_reserve_bytes": 1610612736' in text
    assert (share.text(), reserve.text()) == ("0,9", "1,5")


def test_the_model_that_another_takes_the_place_of_stays_among_the_last_ones(
    desk: Desk, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    line = dialog.findChild(QLineEdit, "model")
    assert line is not None
    line.clear()
    qtbot.keyClicks(line, "/no/such/model")
    desk.button(dialog, "apply").click()
    file = desk.folders.settings_file
    last = ("/no/such/model", SELFTEST_MODEL)
    qtbot.waitUntil(lambda: holds(load_settings(file).settings.recent_models == last), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: holds(not desk.button(dialog, "apply").isEnabled()), timeout=PATIENCE_MS)


def test_variables_that_are_typed_are_kept_with_apply(desk: Desk, dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.show_page("advanced")
    field = dialog.findChild(QPlainTextEdit, "environment")
    assert field is not None
    field.setPlainText("HF_HOME=/models\nLD_PRELOAD=/x.so")
    desk.button(dialog, "apply").click()
    qtbot.waitUntil(lambda: holds(desk.read_again == 1), timeout=PATIENCE_MS)
    kept = load_settings(desk.folders.settings_file).settings.environment
    assert kept == {"HF_HOME": "/models", "LD_PRELOAD": "/x.so"}
    field.clear()
    desk.button(dialog, "apply").click()
    qtbot.waitUntil(lambda: holds(desk.read_again == 2), timeout=PATIENCE_MS)
    assert load_settings(desk.folders.settings_file).settings.environment == {}


class FakeTest(QObject):
    """A test of YaRN that another window of the settings has begun."""

    over = Signal(str)


def test_a_test_of_yarn_that_goes_on_is_followed_by_a_window_that_is_opened_later(desk: Desk, qtbot: QtBot) -> None:
    test = FakeTest(desk.behind.windows)
    test.setObjectName(YARN_TEST)
    assert change_settings(desk.folders.settings_file, {"enable_yarn": True}) is None
    dialog = show(desk.behind)
    dialog.show_page("context")
    note = dialog.findChild(QLabel, "yarn_factor_note")
    assert note is not None
    assert "Testing" in note.text()
    assert not desk.button(dialog, "test_yarn").isEnabled(), "one at a time"
    test.over.emit("Yes: it starts.")
    assert note.text() == "Yes: it starts."
    assert desk.button(dialog, "test_yarn").isEnabled()
    with qtbot.waitSignal(desk.behind.windows.all_closed):
        dialog.close()


def test_closing_drops_what_was_not_applied(desk: Desk, dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.show_page("context")
    line = dialog.findChild(QLineEdit, "max_model_len")
    assert line is not None
    qtbot.keyClicks(line, "2048")
    told = dialog.findChild(QLabel, "told")
    assert told is not None
    assert "Close drops it" in told.text()
    with qtbot.waitSignal(desk.behind.windows.all_closed):
        dialog.close()
    assert load_settings(desk.folders.settings_file).settings.max_model_len == 0


def test_what_is_changed_elsewhere_is_followed_and_what_was_typed_here_stays(
    desk: Desk, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    for page in ("context", "server", "model"):  # each is made when somebody turns to it
        dialog.show_page(page)
    length, port, model = (dialog.findChild(QLineEdit, name) for name in ("max_model_len", "port", "model"))
    assert length is not None
    assert port is not None
    assert model is not None
    qtbot.keyClicks(length, "2048")
    elsewhere = {"port": 9000, "max_model_len": 4096, "model": "org/other", "models": {"org/other": {"dtype": "half"}}}
    assert change_settings(desk.folders.settings_file, elsewhere) is None
    qtbot.waitUntil(lambda: holds(port.text() == "9000"), timeout=PATIENCE_MS)
    assert model.text() == "org/other"
    assert length.text() == "2048"
    scope = dialog.findChild(QComboBox, "scope")
    assert scope is not None
    assert scope.currentIndex() == 1, "the model has something of its own"
    desk.button(dialog, "apply").click()
    qtbot.waitUntil(lambda: holds(desk.read_again == 1), timeout=PATIENCE_MS)
    kept = load_settings(desk.folders.settings_file).settings
    assert (kept.port, kept.max_model_len, kept.models) == (9000, 2048, {"org/other": {"dtype": "half"}})


def test_a_file_that_is_half_written_changes_nothing_and_the_next_is_followed(
    desk: Desk, dialog: SettingsDialog, qtbot: QtBot
) -> None:
    dialog.show_page("server")
    port, model = dialog.findChild(QLineEdit, "port"), dialog.findChild(QLineEdit, "model")
    watch = dialog.findChild(SettingsWatch)
    assert port is not None
    assert model is not None
    assert watch is not None
    with qtbot.waitSignal(watch.changed, timeout=PATIENCE_MS):
        desk.folders.settings_file.write_text('{"port": 90')
    desk.settle()
    assert model.text() == SELFTEST_MODEL
    desk.folders.settings_file.write_text('{"port": 9000}')
    qtbot.waitUntil(lambda: holds(port.text() == "9000"), timeout=PATIENCE_MS)


def test_what_is_applied_here_is_no_news_to_this_window(desk: Desk, dialog: SettingsDialog, qtbot: QtBot) -> None:
    dialog.show_page("server")
    line, told = dialog.findChild(QLineEdit, "port"), dialog.findChild(QLabel, "told")
    watch = dialog.findChild(SettingsWatch)
    assert line is not None
    assert told is not None
    assert watch is not None
    line.clear()
    qtbot.keyClicks(line, "9000")
    with qtbot.waitSignal(watch.changed, timeout=PATIENCE_MS):
        desk.button(dialog, "apply").click()
    desk.settle()
    assert told.text() == applied_words(later=True)


def test_a_model_that_is_not_there_is_told_while_it_is_typed(dialog: SettingsDialog, qtbot: QtBot) -> None:
    line = dialog.findChild(QLineEdit, "model")
    error = dialog.findChild(QLabel, "model_error")
    assert line is not None
    assert error is not None
    line.clear()
    qtbot.keyClicks(line, "/no/such/folder")
    plan = dialog.findChild(QLabel, "plan")
    assert plan is not None
    qtbot.waitUntil(lambda: holds("…" not in plan.text()), timeout=PATIENCE_MS)
