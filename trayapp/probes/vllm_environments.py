"""Which environments on this computer have a vLLM: the app's own, on PATH, virtual, conda, pipx, uv tools.

Files are read, nothing is run. Looked through are the places where these tools put environments, and the folders right
below the home folder, not the whole disk.
"""

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.machine import VllmInstall
from trayapp.core.runtime_list import Runtime, RuntimeKind
from trayapp.core.runtimes import COMPLETE, UNVERIFIED, VERIFIED
from trayapp.probes.vllm_install import read_install

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CONDA_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda", "opt/miniconda3")
_VENVS_OF_HOME = (
    *("*", "*/.venv", "*/venv", "*/env"),
    *("venvs/*", ".venvs/*", ".virtualenvs/*", "envs/*", ".pyenv/versions/*", ".cache/pypoetry/virtualenvs/*"),
)
_UNTOLD_NAMES = {"venv", ".venv", "env"}
"""Folders that say nothing of what is in them: the folder around them is named, too."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a folder holds, and what its removal frees: a file that has a name elsewhere (in uv's cache) stays."""

    held_bytes: int
    freed_bytes: int


@dataclass(slots=True)
class _File:
    size_bytes: int
    names_elsewhere: int


def find_runtimes(own_folder: Path, environment: "Mapping[str, str] | None" = None) -> tuple[Runtime, ...]:
    """Return every vLLM that was found, each once: in the order of RuntimeKind, and there the newest first.

    environment replaces the process's own (HOME, PATH, PIPX_HOME, …).
    """
    environment = os.environ if environment is None else environment
    home = Path(environment.get("HOME") or Path.home())
    found: dict[str, Runtime] = {}
    for kind, command in _candidates(own_folder, home, environment):
        real = os.path.realpath(command)
        first = found.get(real)
        if first is not None and (first.kind is not RuntimeKind.PATH or kind is RuntimeKind.PATH):
            continue
        runtime = read_runtime(kind, command)
        if runtime is not None:
            # What PATH leads to keeps its name there, and is told as what it is: a tool's or an environment's.
            found[real] = runtime if first is None else replace(runtime, install=first.install)
    order = list(RuntimeKind)
    newest_first = sorted(
        found.values(), key=lambda each: (each.install.version.release, not each.install.on_cpu), reverse=True
    )
    return tuple(sorted(newest_first, key=lambda each: order.index(each.kind)))


def read_runtime(kind: RuntimeKind, command: Path) -> Runtime | None:
    """Return the vLLM behind a command, None where there is none that tells its version."""
    try:
        if not os.access(command, os.X_OK):
            return None
        install = read_install(command)
    except OSError:  # a folder that may not be looked into
        return None
    if not isinstance(install, VllmInstall):
        return None
    folder = Path(os.path.realpath(command)).parent.parent if kind is RuntimeKind.PATH else command.parent.parent
    verified = (folder / VERIFIED).exists()
    name = f"{folder.parent.name}/{folder.name}" if folder.name in _UNTOLD_NAMES else folder.name
    if kind is not RuntimeKind.OWN:
        is_environment = (folder / "pyvenv.cfg").exists() or kind is not RuntimeKind.PATH
        return Runtime(name if is_environment else str(command), str(folder), install, kind)
    usable = not (folder / UNVERIFIED).exists()
    return Runtime(name, str(folder), install, kind, verified, usable, find_sizes(folder).held_bytes)


def find_sizes(folder: Path) -> Sizes:
    """Return how many bytes of the disk a folder holds, each file counted once; what cannot be read counts nothing."""
    files: dict[tuple[int, int], _File] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118 - 30,000 files, and Path takes thrice as long
            except OSError:
                continue
            file = files.setdefault((status.st_dev, status.st_ino), _File(status.st_blocks * 512, status.st_nlink))
            file.names_elsewhere -= 1
    freed_bytes = sum(file.size_bytes for file in files.values() if file.names_elsewhere <= 0)
    return Sizes(sum(file.size_bytes for file in files.values()), freed_bytes)


def find_packages(folder: Path) -> dict[str, str]:
    """Return the packages of an environment with their versions, names as the index writes them ("flash-attn")."""
    found: dict[str, str] = {}
    for info in folder.glob("lib/python3.*/site-packages/*.dist-info"):
        name, _, version = info.name.removesuffix(".dist-info").rpartition("-")
        found[name.lower().replace("_", "-").replace(".", "-")] = version
    return found


def find_processes(folder: Path) -> tuple[int, ...]:
    """Return the processes whose program or script lies in a folder (a running vLLM, and whatever else)."""
    import psutil

    inside = str(folder.absolute()) + os.sep
    return tuple(
        process.pid
        for process in psutil.process_iter(["cmdline"])
        if any(word.startswith(inside) for word in (process.info["cmdline"] or [])[:2])
    )


def _candidates(own_folder: Path, home: Path, environment: "Mapping[str, str]") -> "Iterator[tuple[RuntimeKind, Path]]":
    for marker in own_folder.glob(f"*/{COMPLETE}"):
        yield RuntimeKind.OWN, marker.with_name("bin") / "vllm"
    on_path = shutil.which("vllm", path=environment.get("PATH", ""))
    if on_path:
        yield RuntimeKind.PATH, Path(on_path)
    for kind, folders in (
        (RuntimeKind.PIPX, _pipx(home, environment)),
        (RuntimeKind.UV, _uv_tools(home, environment)),
        (RuntimeKind.CONDA, _conda(home, environment)),
        (RuntimeKind.VENV, _venvs(home, environment)),
    ):
        for folder in folders:
            yield kind, folder / "bin" / "vllm"
    yield RuntimeKind.PATH, home / ".local" / "bin" / "vllm"  # of `pip install --user`, where PATH lacks it


def _pipx(home: Path, environment: "Mapping[str, str]") -> "Iterator[Path]":
    named = environment.get("PIPX_HOME")
    for root in [Path(named)] if named else [home / ".local/share/pipx", home / ".local/pipx"]:
        yield from root.glob("venvs/*")


def _uv_tools(home: Path, environment: "Mapping[str, str]") -> "Iterator[Path]":
    data = environment.get("XDG_DATA_HOME") or home / ".local" / "share"
    yield from Path(environment.get("UV_TOOL_DIR") or Path(data) / "uv" / "tools").glob("*")


def _conda(home: Path, environment: "Mapping[str, str]") -> "Iterator[Path]":
    try:
        known = (home / ".conda" / "environments.txt").read_text("utf-8", "replace").splitlines()
    except OSError:
        known = []
    yield from (Path(line.strip()) for line in known if line.strip())
    named = (environment.get("CONDA_PREFIX"), environment.get("MAMBA_ROOT_PREFIX"))
    for root in (*map(Path, filter(None, named)), *(home / name for name in _CONDA_ROOTS), Path("/opt/conda")):
        yield root
        yield from root.glob("envs/*")


def _venvs(home: Path, environment: "Mapping[str, str]") -> "Iterator[Path]":
    named = environment.get("VIRTUAL_ENV")
    if named:
        yield Path(named)
    workon = environment.get("WORKON_HOME")
    if workon:
        yield from Path(workon).glob("*")
    for pattern in _VENVS_OF_HOME:
        yield from home.glob(pattern)
