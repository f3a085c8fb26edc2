"""What uv says becomes progress; the lines are from a real installation of vLLM's CPU build with uv 0.13."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import MIB
from trayapp.jobs.uv_output import UvOutput

REAL = """\
Using Python 3.11.7 environment at: env
Resolved 148 packages in 2.14s
Downloading sentencepiece (1.6MiB)
Downloading triton (272.5MiB)
 Downloaded sentencepiece
Downloading numba (3.6MiB)
 Downloaded triton
 Downloaded numba
Prepared 148 packages in 12.01s
Installed 148 packages in 1.33s
 + aiohttp==3.14.3
 + torch==2.13.0+cpu
"""


def read_all(text: str) -> list[InstallProgress]:
    output = UvOutput()
    return [progress for line in text.splitlines() if (progress := output.read(line))]


def test_a_real_installation_goes_through_all_steps_in_order() -> None:
    steps = [progress.step for progress in read_all(REAL)]
    assert list(dict.fromkeys(steps)) == [InstallStep.DOWNLOADING, InstallStep.UNPACKING, InstallStep.CHECKING]


def test_bytes_are_counted_when_a_package_is_there() -> None:
    during = [progress for progress in read_all(REAL) if progress.detail]
    assert [round(progress.done_bytes / MIB, 1) for progress in during] == [0, 0, 1.6, 1.6, 274.1, 277.7]
    assert [round(progress.total_bytes / MIB, 1) for progress in during] == [1.6, 274.1, 274.1, 277.7, 277.7, 277.7]
    assert during[1].detail == "triton"


def test_progress_never_goes_backwards() -> None:
    done = [progress.done_bytes for progress in read_all(REAL)]
    assert done == sorted(done)


def test_what_is_in_the_cache_is_passed_over() -> None:
    progress = read_all("Resolved 148 packages in 2.14s\nInstalled 148 packages in 1.33s\n")
    assert [item.step for item in progress] == [InstallStep.DOWNLOADING, InstallStep.CHECKING]
    assert progress[-1].total_bytes == 0


@pytest.mark.parametrize(("size", "size_bytes"), [("512B", 512), ("1.0KiB", 1024), ("2.0GiB", 2 << 30)])
def test_every_unit_of_uv_is_known(size: str, size_bytes: int) -> None:
    (progress,) = read_all(f"Downloading x ({size})")
    assert progress.total_bytes == size_bytes


def test_the_reason_of_a_failure_is_what_was_no_progress() -> None:
    output = UvOutput()
    for line in (*REAL.splitlines()[:3], "error: Failed to fetch: `torch`", "  Caused by: connection reset"):
        output.read(line)
    assert output.reason == "error: Failed to fetch: `torch`\nCaused by: connection reset"


def test_a_flood_of_other_lines_is_kept_short() -> None:
    output = UvOutput()
    for number in range(10_000):
        output.read(f"something else {number}")
    assert len(output.reason.splitlines()) < 20


@given(st.text())
def test_any_line_is_read_without_an_exception(line: str) -> None:
    UvOutput().read(line)
