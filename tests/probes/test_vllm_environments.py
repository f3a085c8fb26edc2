"""Every environment with a vLLM is found as what it is; environments are files, and nothing is run."""

import os
from pathlib import Path

import pytest

from tests.probes.test_vllm_install import make_environment, own
from trayapp.core.runtime_list import Runtime, RuntimeKind
from trayapp.core.runtimes import UNVERIFIED, VERIFIED
from trayapp.probes.vllm_environments import find_packages, find_processes, find_runtimes, find_sizes


def find(tmp_path: Path, **environment: str) -> dict[str, Runtime]:
    home = tmp_path / "home"
    found = find_runtimes(tmp_path / "own", {"HOME": str(home), "PATH": "/nonexistent", **environment})
    return {each.name: each for each in found}


@pytest.mark.parametrize(
    ("place", "kind", "name"),
    [
        ("venvs/llm", RuntimeKind.VENV, "llm"),
        ("project/.venv", RuntimeKind.VENV, "project/.venv"),
        ("vllm-env", RuntimeKind.VENV, "vllm-env"),
        (".virtualenvs/serve", RuntimeKind.VENV, "serve"),
        ("miniconda3/envs/vllm", RuntimeKind.CONDA, "vllm"),
        ("miniforge3", RuntimeKind.CONDA, "miniforge3"),
        (".local/share/pipx/venvs/vllm", RuntimeKind.PIPX, "vllm"),
        (".local/share/uv/tools/vllm", RuntimeKind.UV, "vllm"),
    ],
)
def test_a_place_where_tools_put_environments_is_looked_through(
    tmp_path: Path, place: str, kind: RuntimeKind, name: str
) -> None:
    make_environment(tmp_path / "home" / place, "0.21.0")
    runtime = find(tmp_path)[name]
    assert (runtime.kind, runtime.release, runtime.build) == (kind, "0.21.0", "cuda")
    assert (runtime.size_bytes, runtime.verified) == (None, False)


@pytest.mark.parametrize(
    ("variable", "inside", "kind"),
    [
        ("VIRTUAL_ENV", "", RuntimeKind.VENV),
        ("WORKON_HOME", "llm", RuntimeKind.VENV),
        ("CONDA_PREFIX", "", RuntimeKind.CONDA),
        ("MAMBA_ROOT_PREFIX", "envs/llm", RuntimeKind.CONDA),
        ("PIPX_HOME", "venvs/vllm", RuntimeKind.PIPX),
        ("UV_TOOL_DIR", "vllm", RuntimeKind.UV),
    ],
)
def test_a_place_that_a_variable_names_is_looked_through(
    tmp_path: Path, variable: str, inside: str, kind: RuntimeKind
) -> None:
    make_environment(tmp_path / "elsewhere" / inside)
    (runtime,) = find(tmp_path, **{variable: str(tmp_path / "elsewhere")}).values()
    assert runtime.kind is kind


def test_conda_tells_its_environments_in_a_file(tmp_path: Path) -> None:
    make_environment(tmp_path / "far" / "llm")
    listed = tmp_path / "home" / ".conda" / "environments.txt"
    listed.parent.mkdir(parents=True)
    listed.write_text(f"{tmp_path}/gone\n{tmp_path}/far/llm\n", "utf-8")
    assert find(tmp_path)["llm"].kind is RuntimeKind.CONDA


def test_own_ones_come_first_and_the_newest_of_them(tmp_path: Path) -> None:
    own(tmp_path / "own", "0.21.0", "cpu")
    own(tmp_path / "own", "0.33.0", "cuda")
    own(tmp_path / "own", "0.34.0", "cuda", complete=False)
    make_environment(tmp_path / "home" / "venvs" / "newer", "0.40.0")
    assert list(find(tmp_path)) == ["vllm-0.33.0-cuda", "vllm-0.21.0-cpu", "newer"]


def test_an_own_one_that_waits_for_its_test_is_listed_and_not_usable(tmp_path: Path) -> None:
    for version, mark in (("0.32.0", VERIFIED), ("0.33.0", UNVERIFIED)):
        (own(tmp_path / "own", version, "cpu").parent.parent / mark).touch()
    own(tmp_path / "own", "0.30.0", "cpu")
    found = find(tmp_path).values()
    assert [(each.release, each.verified, each.usable) for each in found] == [
        ("0.33.0", False, False),
        ("0.32.0", True, True),
        ("0.30.0", False, True),
    ]


def test_what_path_leads_to_is_listed_once_under_the_name_by_which_it_is_called(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "home" / ".local/share/pipx/venvs/vllm")
    link = tmp_path / "home" / ".local" / "bin" / "vllm"
    link.parent.mkdir(parents=True)
    link.symlink_to(command)
    (runtime,) = find(tmp_path, PATH=str(link.parent)).values()
    assert (runtime.kind, runtime.install.executable) == (RuntimeKind.PIPX, str(link))


def test_a_vllm_on_path_from_nowhere_known_is_listed_as_such(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "opt" / "serving")
    (runtime,) = find(tmp_path, PATH=str(command.parent)).values()
    assert (runtime.kind, runtime.name) == (RuntimeKind.PATH, "serving")


@pytest.mark.parametrize("broken", ["no metadata", "not executable", "a file in the way"])
def test_what_is_no_vllm_is_passed_over(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "home" / "venvs" / "llm"
    if broken == "a file in the way":
        folder.parent.mkdir(parents=True)
        folder.touch()
    else:
        command = make_environment(folder, version="" if broken == "no metadata" else "0.21.0")
        command.chmod(0o644 if broken == "not executable" else 0o755)
    assert find(tmp_path) == {}


def test_a_size_counts_a_file_once_and_a_removal_frees_what_has_no_other_name(tmp_path: Path) -> None:
    folder = tmp_path / "env"
    folder.mkdir()
    (folder / "own.bin").write_bytes(b"x" * 8192)
    os.link(folder / "own.bin", folder / "twice.bin")
    (tmp_path / "cached.bin").write_bytes(b"y" * 40960)
    os.link(tmp_path / "cached.bin", folder / "shared.bin")
    sizes = find_sizes(folder)
    assert (sizes.held_bytes, sizes.freed_bytes) == (49152, 8192)


def test_packages_are_read_from_their_folders(tmp_path: Path) -> None:
    make_environment(tmp_path / "env", "0.32.0")
    (tmp_path / "env/lib/python3.11/site-packages/Flash_Attn-2.8.3.dist-info").mkdir()
    assert find_packages(tmp_path / "env") == {"vllm": "0.32.0", "flash-attn": "2.8.3"}


def test_a_process_of_an_environment_is_found(tmp_path: Path) -> None:
    import subprocess
    import time

    program = tmp_path / "env" / "bin" / "sleep"
    program.parent.mkdir(parents=True)
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "60"]) as process:
        until = time.monotonic() + 10  # what a process is called is set a moment after its start
        while not (found := find_processes(tmp_path / "env")) and time.monotonic() < until:
            time.sleep(0.01)
        process.kill()
    assert found == (process.pid,)
    assert find_processes(tmp_path / "en") == ()
