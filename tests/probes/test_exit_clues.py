"""What the kernel tells about an end is read, and what it does not tell stays unknown."""

from pathlib import Path

import pytest

from trayapp.core.diagnosis import Clues
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.exit_clues import Baseline, KernelNews, find_exit_clues, is_full, read_kernel_log, take_baseline

KERNEL_LOG = """\
[   12.000001] NVRM: Xid (PCI:0000:01:00): 13, pid=1, name=python, Graphics Exception
[  812.101000] VLLM::EngineCor invoked oom-killer: gfp_mask=0x140dca, order=0, oom_score_adj=0
[  812.201000] Out of memory: Killed process 4242 (VLLM::EngineCor) total-vm:81234567kB, anon-rss:31234567kB
[  900.000000] desktop kernel: NVRM: Xid (PCI:0000:01:00): 79, pid='<unknown>', GPU has fallen off the bus.
not a line of the kernel
"""


def test_the_kernel_s_log_names_who_was_killed_and_what_the_gpu_did() -> None:
    assert read_kernel_log(KERNEL_LOG, since_s=800) == KernelNews("VLLM::EngineCor", 79, gpu_lost=True)


def test_what_happened_before_the_launch_is_no_clue() -> None:
    assert read_kernel_log(KERNEL_LOG, since_s=901) == KernelNews()
    assert read_kernel_log(KERNEL_LOG, since_s=850).killed_process is None


def test_nothing_told_is_nothing_known() -> None:
    assert read_kernel_log("", since_s=0) == KernelNews()


def test_a_quiet_computer_gives_no_clue() -> None:
    clues = find_exit_clues(take_baseline(), [Path.home(), Path("/no/such/folder")])
    assert clues.killed_for_memory is not True
    assert (clues.gpu_lost, clues.driver_replaced, clues.disk_full) == (False, False, None)


def test_a_kill_counted_since_the_launch_is_a_clue() -> None:
    now = take_baseline()
    if now.memory_kills is None:
        assert find_exit_clues(now).killed_for_memory is None
    else:
        assert find_exit_clues(Baseline(now.at_s, now.memory_kills - 1)).killed_for_memory is True
    assert find_exit_clues(Baseline(now.at_s, None)).killed_for_memory is None


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ProblemKind.GPU_LOST, Clues(gpu_lost=True, driver_replaced=False)),
        (ProblemKind.GPU_DRIVER_MISMATCH, Clues(gpu_lost=False, driver_replaced=True)),
        (ProblemKind.NO_GPU, Clues(gpu_lost=False, driver_replaced=False)),
    ],
)
def test_the_survey_s_problem_with_the_gpu_is_a_clue(kind: ProblemKind, told: Clues) -> None:
    clues = find_exit_clues(take_baseline(), gpu_problem=Problem(kind))
    assert (clues.gpu_lost, clues.driver_replaced) == (told.gpu_lost, told.driver_replaced)


def test_a_folder_with_room_is_not_full_and_one_that_is_not_there_is_not_known_to_be(tmp_path: Path) -> None:
    assert not is_full(tmp_path)
    assert not is_full(tmp_path / "missing")


def test_a_file_system_without_room_is_full() -> None:
    assert is_full(Path("/proc"))  # has no blocks at all
