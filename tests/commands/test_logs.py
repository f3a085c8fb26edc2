"""logs, when the app does not run."""

from pathlib import Path

import pytest

from trayapp.__main__ import main
from trayapp.storage.folders import find_folders


@pytest.fixture(autouse=True)
def nobody_listens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))


@pytest.mark.parametrize(("count", "shown"), [("0", ""), ("1", "two\n"), ("5", "one\ntwo\n"), ("9" * 30, "one\ntwo\n")])
def test_the_newest_lines_of_the_file_are_printed(count: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    folder = find_folders().logs
    folder.mkdir(parents=True)
    (folder / "server.log").write_text("one\ntwo\n")
    assert main(["logs", "-n", count]) == 0
    assert capsys.readouterr().out == shown


def test_without_a_log_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs"]) == 3
    assert "no log yet" in capsys.readouterr().err
