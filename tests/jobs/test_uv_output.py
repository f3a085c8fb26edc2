"""What uv draws becomes progress. uv 0.13 drew it for a real installation of vLLM's CPU build; each ninth frame.

In the recording ␛ stands for the escape character and ␍ for the carriage return, and runs of blanks are shortened.
"""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import MIB
from trayapp.jobs.uv_output import UvOutput

RECORDED = Path(__file__).resolve().parents[1] / "recorded" / "uv" / "install.txt"
REAL = RECORDED.read_text("utf-8").replace("␛", "\x1b").replace("␍", "\r").replace("\n", "\r\n")
AGAIN = "\x1b[1A\r\x1b[2K"
BAR = "-" * 30


def read_all(text: str, piece: int = 500) -> list[InstallProgress]:
    output = UvOutput(InstallStep.RESOLVING)
    pieces = (text[start : start + piece] for start in range(0, len(text), piece))
    found = [output.progress for item in pieces if output.feed(item)]
    output.end()
    return [*found, output.progress]


def read(*frames: str) -> InstallProgress:
    return read_all("".join(frame + AGAIN for frame in frames))[-1]


def test_a_real_installation_goes_through_all_steps_in_order() -> None:
    steps = dict.fromkeys(progress.step for progress in read_all(REAL))
    assert list(steps) == [InstallStep.RESOLVING, InstallStep.DOWNLOADING, InstallStep.UNPACKING]


def test_the_package_at_work_is_named() -> None:
    named = {step: {item.detail for item in read_all(REAL) if item.step is step} for step in InstallStep}
    assert "intel-cmplr-lib-ur" in named[InstallStep.RESOLVING]
    assert "triton" in named[InstallStep.DOWNLOADING]
    assert "prometheus-fastapi-instrumentator" in named[InstallStep.UNPACKING]


def test_bytes_are_counted_while_they_come() -> None:
    during = [item for item in read_all(REAL) if item.step is InstallStep.DOWNLOADING]
    assert len({item.done_bytes for item in during}) > 20
    assert during[-1].total_bytes / MIB == pytest.approx(674, rel=0.01)


def test_what_is_unpacked_has_come_whole() -> None:
    last = read_all(REAL)[-1]
    assert last.done_bytes == last.total_bytes > 600 * MIB


def test_progress_of_a_download_without_faults_never_goes_backwards() -> None:
    done = [item.done_bytes for item in read_all(REAL)]
    assert done == sorted(done)


@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_it_does_not_matter_how_the_text_is_cut(piece: int) -> None:
    assert read_all(REAL, piece)[-1] == read_all(REAL, len(REAL))[-1]


def test_a_package_whose_row_is_gone_is_whole() -> None:
    frames = (
        f"⠙ Preparing packages... (0/2)  a {BAR} 1.00 MiB/2.00 MiB  b {BAR} 1.00 MiB/4.00 MiB",
        f"⠙ Preparing packages... (1/2)  b {BAR} 3.00 MiB/4.00 MiB",
    )
    found = read(*frames)
    assert (found.done_bytes, found.total_bytes) == (5 * MIB, 6 * MIB)


def test_a_python_that_uv_brings_is_counted_while_the_environment_is_made() -> None:
    output = UvOutput(InstallStep.PREPARING)
    output.feed(f"cpython-3.12.16-linux-x86_64-gnu (download) {BAR} 8.00 KiB/3.00 MiB   {AGAIN}")
    assert output.progress == InstallProgress(InstallStep.PREPARING, 8192, 3 * MIB)


def test_of_a_download_that_began_anew_the_new_row_counts() -> None:
    found = read(f"⠙ Preparing packages... (0/1)  a {BAR} 8.00 KiB/6.00 MiB  a {BAR} 1.00 MiB/6.00 MiB")
    assert (found.done_bytes, found.total_bytes) == (8192, 6 * MIB)


def test_after_another_try_what_was_whole_stays_and_the_rest_begins_anew() -> None:
    output = UvOutput(InstallStep.RESOLVING)
    output.feed(f"⠙ Preparing packages... (0/2)  a {BAR} 1.00 MiB/2.00 MiB  b {BAR} 1.00 MiB/4.00 MiB{AGAIN}")
    output.feed(f"⠙ Preparing packages... (1/2)  b {BAR} 3.00 MiB/4.00 MiB{AGAIN}error: the cable\n")
    assert output.end() == "error: the cable"
    output.begin_again()
    assert (output.progress.step, output.progress.done_bytes) == (InstallStep.RESOLVING, 2 * MIB)
    output.feed(f"⠙ Preparing packages... (0/1)  b {BAR} 1.00 MiB/4.00 MiB{AGAIN}")
    assert (output.progress.done_bytes, output.progress.total_bytes) == (3 * MIB, 6 * MIB)
    assert output.end() == ""


@pytest.mark.parametrize(("size", "size_bytes"), [("512 B", 512), ("1.00 KiB", 1024), ("2.00 GiB", 2 << 30)])
def test_every_unit_of_uv_is_known(size: str, size_bytes: int) -> None:
    assert read(f"⠙ Preparing packages... (0/1)  x {BAR}     0 B/{size} ").total_bytes == size_bytes


def test_the_reason_of_a_failure_is_what_was_no_progress() -> None:
    output = UvOutput(InstallStep.RESOLVING)
    output.feed("Using Python 3.11.7 environment at: env\r\nResolved 3 packages in 137ms\r\n")
    output.feed("warning: Failed to hardlink files; falling back to full copy.\r\n         Set UV_LINK_MODE\r\n")
    output.feed("error: Failed to download `torch==2.13.0`\r\n  cause: connection reset")
    assert output.end() == "error: Failed to download `torch==2.13.0`\n  cause: connection reset"


def test_a_flood_of_other_lines_is_kept_short() -> None:
    output = UvOutput(InstallStep.RESOLVING)
    output.feed("".join(f"something else {number}\n" for number in range(10_000)))
    assert len(output.end().splitlines()) < 50


@given(st.text())
def test_any_text_is_read_without_an_exception(text: str) -> None:
    read_all(text + AGAIN + text)
