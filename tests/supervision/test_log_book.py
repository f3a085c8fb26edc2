"""The log book: what stays in memory, what is in the file, and what is in neither."""

import stat
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from trayapp.core.redaction import redact
from trayapp.supervision.log_book import FILE_BYTES, FILES, HEAD_LINES, TAIL_LINES, LogBook
from trayapp.wording.translation import use_language


@pytest.fixture
def book(qtbot: QtBot, tmp_path: Path) -> LogBook:
    return LogBook(tmp_path / "logs", redact, QCoreApplication.instance())


def test_the_first_and_the_last_lines_of_a_flood_stay_and_the_gap_is_marked(book: LogBook) -> None:
    book.begin("begin")
    kept = HEAD_LINES + TAIL_LINES
    book.add(str(number) for number in range(1, kept + 1000))
    lines = book.lines()
    assert lines[:2] == ["begin", "1"]
    assert lines[HEAD_LINES] == "--- 1,000 lines left out here; the log file has them ---"
    assert lines[HEAD_LINES + 1] == str(kept - TAIL_LINES + 1000)
    assert lines[-1] == str(kept + 999)
    assert list(book.last(2)) == lines[-2:]
    assert len(list(book.last(10**9))) == kept + 1


def test_the_gap_is_told_in_the_language_in_use(book: LogBook) -> None:
    book.add(str(number) for number in range(HEAD_LINES + TAIL_LINES + 1000))
    use_language("de")
    try:
        assert book.lines()[HEAD_LINES] == "--- 1.000 Zeilen sind hier ausgelassen; die Protokolldatei hat sie ---"
    finally:
        use_language("en")


def test_a_log_without_a_gap_has_no_mark(book: LogBook) -> None:
    book.begin("begin")
    book.add(str(number) for number in range(1, HEAD_LINES + TAIL_LINES))
    assert book.lines() == ["begin", *map(str, range(1, HEAD_LINES + TAIL_LINES))]


def test_a_new_run_forgets_the_one_before_but_the_file_keeps_it(book: LogBook) -> None:
    book.begin("first")
    book.add(map(str, range(HEAD_LINES + TAIL_LINES + 5)))
    book.begin("second")
    assert book.lines() == ["second"]
    assert book.file.read_text().splitlines()[0] == "first"


def test_keys_are_in_neither_memory_nor_file(book: LogBook) -> None:
    told: list[str] = []
    book.added.connect(told.extend)
    book.begin("--- m: vllm serve m --api-key sesame-1 sesame-2 --port 1")
    book.add(["non-default args: {'api_key': ['sesame-1', 'sesame-2'], 'port': 1}"])
    assert "sesame" not in "".join([*told, *book.lines(), book.file.read_text()])
    assert "'port': 1" in told[1]


def test_the_files_are_bounded_and_for_this_user_only(book: LogBook) -> None:
    line = "x" * 1023
    for _ in range(FILES + 2):
        book.add([line] * (FILE_BYTES // 1024))
    files = sorted(book.file.parent.iterdir())
    assert [file.name for file in files] == ["server.log", *(f"server.log.{number}" for number in range(1, FILES))]
    assert all(file.stat().st_size <= FILE_BYTES for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_folder_that_is_none_costs_the_file_and_not_the_lines(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("")
    book = LogBook(tmp_path / "logs", redact, QCoreApplication.instance())
    book.add(["one"])
    assert book.lines() == ["one"]
    assert book.file_problem
