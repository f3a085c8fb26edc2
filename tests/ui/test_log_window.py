"""The log: it follows, can be searched and filtered, marks what matters, and holds any flood."""

import time
from collections.abc import Iterable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from trayapp.ui.icons import Icons
from trayapp.ui.log_model import MOST_LINES, LogModel
from trayapp.ui.log_window import LogWindow

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
EVIDENCE = "ValueError: To serve at least one request with the model's max seq len (40960)"
SOME = (
    "(APIServer pid=1) INFO 11-20 [api.py:1] vLLM API server version 0.32.0",
    "(EngineCore pid=2) WARNING 11-20 [x.py:1] careful",
    f"(EngineCore pid=2) ERROR 11-20 [core.py:1] {EVIDENCE}",
    "(EngineCore pid=2)   File more of it",
)


@pytest.fixture
def log(qtbot: QtBot) -> LogWindow:
    window = LogWindow(Icons(Path(__file__).parents[2] / "resources" / "icons"))
    qtbot.addWidget(window)
    window.resize(900, 300)
    window.show()
    return window


def table(log: LogWindow) -> QTableView:
    found = log.findChild(QTableView)
    assert found is not None
    return found


def model(log: LogWindow) -> LogModel:
    found = table(log).model()
    assert isinstance(found, LogModel)
    return found


def shown(log: LogWindow) -> list[str]:
    return [str(model(log).index(row, 0).data()) for row in range(model(log).rowCount())]


def filled(log: LogWindow, lines: Iterable[str], qtbot: QtBot) -> None:
    log.set_lines(lines)
    qtbot.waitUntil(lambda: not log._waiting)


def choose(log: LogWindow, name: str, text: str) -> None:
    box = log.findChild(QComboBox, name)
    assert box is not None
    assert box.findText(text) >= 0, text
    box.setCurrentText(text)


def press(log: LogWindow, name: str) -> None:
    button = log.findChild(QPushButton, name)
    assert button is not None
    button.click()


def follows(log: LogWindow) -> bool:
    box = log.findChild(QCheckBox)
    assert box is not None
    return box.isChecked()


def test_it_shows_what_there_was_and_what_comes(log: LogWindow, qtbot: QtBot) -> None:
    empty = log.findChild(QLabel, "empty")
    assert empty is not None
    assert empty.isVisible()
    log.set_lines(["one", "two"])
    log.append(["three"])
    qtbot.waitUntil(lambda: shown(log) == ["one", "two", "three"])
    assert not empty.isVisible()


def test_a_flood_keeps_the_newest_lines_only_and_never_stalls(log: LogWindow, qtbot: QtBot) -> None:
    count = 230_000
    log.set_lines(())
    log.append(f"{'WARNING x' if number % 100 == 0 else 'INFO x'} {number}" for number in range(count))
    qtbot.waitUntil(lambda: not log._waiting, timeout=30_000)
    rows = model(log).rowCount()
    assert MOST_LINES == 200_000
    assert MOST_LINES - 10_000 < rows <= MOST_LINES
    assert [model(log).line(row).split()[-1] for row in (rows - 1, rows // 2, 0)] == [
        str(count - 1),
        str(count - rows + rows // 2),
        str(count - rows),
    ]
    assert follows(log)
    choose(log, "level", "Warnings and errors")
    assert model(log).rowCount() == rows // 100
    log.append(["WARNING x more"] * 10_000)
    qtbot.waitUntil(lambda: not log._waiting, timeout=30_000)
    assert 10_000 < model(log).rowCount() < 10_000 + rows // 100
    assert model(log).line(0).startswith("WARNING x 4")


def test_one_batch_and_one_slice_of_a_search_are_quick(log: LogWindow, qtbot: QtBot) -> None:
    lines = (f"(EngineCore pid=2) INFO 11-20 [x.py:1] {number} ".ljust(150, "x") for number in range(40_000))
    filled(log, lines, qtbot)
    log._waiting.extend([SOME[0]] * 2_000)
    began_s = time.monotonic()
    log._append_batch()
    batch_s = time.monotonic() - began_s
    began_s = time.monotonic()
    assert model(log).find("not there", range(10_000)) is None
    slice_s = time.monotonic() - began_s
    began_s = time.monotonic()
    choose(log, "level", "Warnings and errors")
    filter_s = time.monotonic() - began_s
    print(batch_s, slice_s, filter_s)
    assert max(batch_s, slice_s, filter_s) < 0.25  # 50 ms on a quiet machine (tests/bench); no test fails by a busy one


def test_it_follows_until_somebody_scrolls_up_and_again_from_the_end(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, (str(number) for number in range(300)), qtbot)
    bar = table(log).verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(10)
    assert not follows(log)
    log.append(["more"])
    qtbot.waitUntil(lambda: shown(log)[-1] == "more")
    assert bar.value() == 10
    bar.setValue(bar.maximum())
    log.append(str(number) for number in range(50))
    qtbot.waitUntil(lambda: shown(log)[-1] == "49")
    assert bar.value() == bar.maximum()


def test_a_line_of_a_megabyte_is_cut_for_the_eye_and_copied_whole(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, ["x" * (1 << 20)], qtbot)
    assert len(shown(log)[0]) < 3000
    press(log, "copy")
    qtbot.waitUntil(lambda: len(QGuiApplication.clipboard().text()) == 1 << 20)


def test_finding_goes_round_in_both_directions(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, ["needle one", *["hay"] * 25_000, "Needle two"], qtbot)
    find = log.findChild(QLineEdit)
    assert find is not None
    qtbot.keyClick(log, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    find.setText("needle")
    for name, row in (("next", 0), ("next", 25_001), ("next", 0), ("previous", 25_001), ("previous", 0)):
        press(log, name)
        qtbot.waitUntil(lambda: log._search is None)
        assert table(log).currentIndex().row() == row
    assert not follows(log)
    find.setText("nowhere")
    qtbot.keyClick(find, Qt.Key.Key_Return)
    found = log.findChild(QLabel, "found")
    assert found is not None
    qtbot.waitUntil(lambda: found.text() == "Not found")


def test_lines_can_be_chosen_by_level_and_process(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, SOME, qtbot)
    choose(log, "level", "Errors")
    assert shown(log) == list(SOME[2:])
    log.append(["(APIServer pid=1) INFO 11-20 fine", "(APIServer pid=1) ERROR 11-20 not fine"])
    qtbot.waitUntil(lambda: len(shown(log)) == 3)
    choose(log, "process", "APIServer")
    assert shown(log) == ["(APIServer pid=1) ERROR 11-20 not fine"]
    choose(log, "level", "All lines")
    assert len(shown(log)) == 3
    choose(log, "process", "All processes")
    assert len(shown(log)) == 6


def test_a_filtered_log_stays_right_when_old_lines_go(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, [SOME[2], *["INFO fine"] * (MOST_LINES - 1)], qtbot)
    choose(log, "level", "Errors")
    assert shown(log) == [SOME[2]]
    log.append([SOME[2] + " again"])
    qtbot.waitUntil(lambda: shown(log) == [SOME[2] + " again"])


def test_phases_errors_and_the_evidence_are_marked(log: LogWindow, qtbot: QtBot) -> None:
    lines = [*SOME, *(f"(EngineCore pid=2) INFO 11-20 line {number}" for number in range(3000))]
    log.set_lines(lines)
    log.mark((EVIDENCE,))
    qtbot.waitUntil(lambda: not log._waiting and not log._batch.isActive())
    behind = [model(log).index(row, 0).data(Qt.ItemDataRole.BackgroundRole) for row in range(5)]
    assert behind[0] is not None  # reading the model begins there
    assert behind[1] is None
    assert behind[2] == log.palette().highlight()
    assert model(log).index(2, 0).data(Qt.ItemDataRole.ForegroundRole) == log.palette().highlightedText()
    assert model(log).index(3, 0).data(Qt.ItemDataRole.ForegroundRole) is not None
    assert table(log).currentIndex().row() == 2
    assert not follows(log)
    assert not log.grab().isNull()


def test_what_is_selected_is_copied(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, ["one", "two", "three"], qtbot)
    table(log).selectRow(1)
    copy = log.findChild(QPushButton, "copy")
    assert copy is not None
    assert copy.text() == "&Copy selection"
    copy.click()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "two")


def test_a_line_with_a_break_in_it_is_two(log: LogWindow, qtbot: QtBot) -> None:
    filled(log, ["one\ntwo", *["more"] * 1_000], qtbot)
    assert shown(log) == ["one", "two", *["more"] * 1_000]


def test_a_whole_log_is_copied_as_it_was_when_that_was_asked(log: LogWindow, qtbot: QtBot) -> None:
    lines = [f"line {number}" for number in range(25_000)]
    filled(log, lines, qtbot)
    press(log, "copy")
    log.append(["later"])
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() == "\n".join(lines))


def test_a_closed_window_takes_nothing(log: LogWindow) -> None:
    log.set_lines(["one"])
    log.close()
    log.append(["two"])
    assert shown(log) == []
