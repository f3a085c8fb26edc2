from pathlib import Path

import psutil
import pytest

from trayapp.core.units import GIB, MIB
from trayapp.probes.computer import (
    find_group_limits,
    find_machine,
    find_memory,
    read_cached_bytes,
    read_memory_groups,
)
from trayapp.probes.wsl import find_wsl, read_wsl


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def group_v2(path: str, limit: str, used_bytes: int, cached_bytes: int = 0) -> dict[str, str]:
    return {
        f"sys/fs/cgroup{path}/memory.max": limit + "\n",
        f"sys/fs/cgroup{path}/memory.current": f"{used_bytes}\n",
        f"sys/fs/cgroup{path}/memory.stat": f"anon 1\ninactive_file {cached_bytes}\n",
    }


def test_this_computer_has_memory_and_less_of_it_is_available() -> None:
    machine = find_machine()
    assert 0 < machine.memory_available_bytes <= machine.memory_total_bytes
    assert machine.gpus or machine.gpu_problem is not None


def test_without_a_control_group_the_memory_is_the_computers(tmp_path: Path) -> None:
    assert find_memory(tmp_path)[0] == psutil.virtual_memory().total


def test_a_control_groups_limit_is_the_memory_there_is(tmp_path: Path) -> None:
    write(tmp_path, {"proc/self/cgroup": "0::/user.slice/app\n"})
    write(tmp_path, group_v2("/user.slice/app", "max", 100 * MIB))
    write(tmp_path, group_v2("/user.slice", str(512 * MIB), 200 * MIB))
    assert find_memory(tmp_path) == (512 * MIB, 312 * MIB)


def test_cached_files_do_not_count_as_used(tmp_path: Path) -> None:
    write(tmp_path, {"proc/self/cgroup": "0::/\n"})
    write(tmp_path, group_v2("", str(512 * MIB), 500 * MIB, cached_bytes=400 * MIB))
    assert find_memory(tmp_path) == (512 * MIB, 412 * MIB)


def test_a_group_above_its_limit_has_nothing_left(tmp_path: Path) -> None:
    write(tmp_path, {"proc/self/cgroup": "0::/\n"})
    write(tmp_path, group_v2("", str(512 * MIB), 600 * MIB))
    assert find_memory(tmp_path) == (512 * MIB, 0)


def test_inside_a_container_the_group_is_mounted_at_the_top_under_another_name(tmp_path: Path) -> None:
    write(tmp_path, {"proc/self/cgroup": "0::/docker/0123456789abcdef\n"})
    write(tmp_path, group_v2("", str(256 * MIB), 56 * MIB))
    assert find_group_limits(tmp_path) == ((256 * MIB, 56 * MIB),)


def test_the_first_version_of_control_groups_is_read_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "9:name=systemd:/\n4:cpu,memory:/box\n0::/\n",
            "sys/fs/cgroup/memory/box/memory.limit_in_bytes": f"{GIB}\n",
            "sys/fs/cgroup/memory/box/memory.usage_in_bytes": f"{300 * MIB}\n",
            "sys/fs/cgroup/memory/box/memory.stat": f"inactive_file 1\ntotal_inactive_file {100 * MIB}\n",
        },
    )
    assert find_group_limits(tmp_path) == ((GIB, 200 * MIB),)


@pytest.mark.parametrize("text", ["", "rubbish", "0", "::::", "1:memory", "\0\n:\n"])
def test_rubbish_in_place_of_groups_is_no_traceback(text: str) -> None:
    assert all(len(group) == 2 for group in read_memory_groups(text))


@pytest.mark.parametrize("text", ["", "inactive_file", "inactive_file x", "inactive_file -1"])
def test_rubbish_in_place_of_statistics_counts_nothing_as_cached(text: str) -> None:
    assert read_cached_bytes(text) == 0


@pytest.mark.parametrize(
    ("release", "wsl"),
    [
        ("5.15.167.4-microsoft-standard-WSL2", True),
        ("4.4.0-19041-Microsoft", True),
        ("6.8.0-45-generic", False),
        ("6.1.0-26-amd64", False),
    ],
)
def test_wsl_is_known_by_its_kernel(release: str, wsl: bool) -> None:
    assert read_wsl(release) is wsl


def test_this_computer_is_wsl_or_not() -> None:
    assert find_wsl() in {True, False}
