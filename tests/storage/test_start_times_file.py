"""What is kept of earlier starts: it comes back, stays small, and what is damaged is forgotten."""

from pathlib import Path

import pytest

from trayapp.core.start_times import StartTimes
from trayapp.storage.start_times_file import MOST_STARTS, keep_start_times, load_start_times

TIMES = StartTimes("cpu tiny@1 0.32.0", {"launching": 3.5, "compiling": 8.0})


def test_what_was_kept_comes_back_and_the_oldest_go(tmp_path: Path) -> None:
    path = tmp_path / "data" / "start_times.json"
    for number in range(MOST_STARTS + 3):
        keep_start_times(path, StartTimes(str(number), {}))
    keep_start_times(path, TIMES)
    kept = load_start_times(path)
    assert len(kept) == MOST_STARTS
    assert kept[-1] == TIMES


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"version": 9, "starts": []}', b"\xff", b"[" * 100_000])
def test_a_damaged_file_is_as_none_and_written_anew(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "start_times.json"
    path.write_bytes(data)
    assert load_start_times(path) == ()
    keep_start_times(path, TIMES)
    assert load_start_times(path) == (TIMES,)


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    keep_start_times(tmp_path / "file" / "start_times.json", TIMES)
    assert load_start_times(tmp_path / "file" / "start_times.json") == ()
