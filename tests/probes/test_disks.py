from pathlib import Path

from trayapp.probes.disks import find_free_bytes


def test_room_is_told_for_a_folder_that_is_there(tmp_path: Path) -> None:
    free = find_free_bytes(tmp_path)
    assert free is not None
    assert free > 0


def test_a_folder_that_is_not_there_yet_has_the_room_of_the_one_it_will_be_in(tmp_path: Path) -> None:
    assert find_free_bytes(tmp_path / "not" / "there") is not None


def test_nobody_can_tell_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert find_free_bytes(tmp_path / "file" / "folder") is None
