"""What the commands print about the installations of vLLM is read as it is meant."""

import pytest

from trayapp.core.runtime_rows import Offer, RuntimeCheck, RuntimeRow, read_check, read_progress, read_row
from trayapp.core.runtimes import InstallProgress, InstallStep

LINE = {
    "name": "vllm-0.32.0-cpu",
    "executable": "/d/bin/vllm",
    "version": "0.32.0+cpu",
    "build": "cpu",
    "kind": "own",
    "chosen": True,
    "previous": False,
    "verified": True,
    "bytes": 3 << 30,
}


def test_an_installation_is_read() -> None:
    row = read_row(LINE)
    assert row == RuntimeRow("vllm-0.32.0-cpu", "/d/bin/vllm", "0.32.0+cpu", True, "own", True, False, True, 3 << 30)
    assert row.release == "0.32.0"


def test_an_installation_of_which_little_is_told_is_read_too() -> None:
    row = read_row({"executable": "/usr/bin/vllm", "version": "0.30.0", "build": "cuda", "kind": "path", "bytes": None})
    assert row == RuntimeRow("/usr/bin/vllm", "/usr/bin/vllm", "0.30.0", False, "path")


def test_one_of_the_app_is_wished_by_its_name_and_another_by_its_path() -> None:
    assert read_row(LINE).wish == "vllm-0.32.0-cpu"
    assert read_row({**LINE, "kind": "pipx"}).wish == "/d/bin/vllm"


def test_what_suits_and_what_is_new_is_read() -> None:
    found = read_check(
        {
            "recommended": {"build": "cuda", "version": "0.33.0", "reason": "The GPU runs it."},
            "update": {"build": "cpu", "version": "0.33.0", "new": ["torch 2.14"], "download_bytes": 7},
            "problem": "PyPI does not answer.",
        }
    )
    recommended = Offer("0.33.0", False, "The GPU runs it.")
    assert found == RuntimeCheck(recommended, Offer("0.33.0", True, "", ("torch 2.14",), 7), "PyPI does not answer.")
    assert (recommended.build, found.update and found.update.build) == ("cuda", "cpu")


@pytest.mark.parametrize("nothing", [None, {}, "0.33.0"])
def test_where_nothing_is_offered_there_is_no_offer(nothing: object) -> None:
    assert read_check({"recommended": nothing, "update": nothing}) == RuntimeCheck()


def test_progress_is_read_with_what_this_version_knows_of_it() -> None:
    line = {"step": "downloading", "done_bytes": 1, "total_bytes": 2, "detail": "torch", "of_a_later_version": 3}
    assert read_progress(line) == InstallProgress(InstallStep.DOWNLOADING, 1, 2, "torch")
    with pytest.raises(ValueError, match="dancing"):
        read_progress({"step": "dancing"})
