"""The vLLMs of this computer as a list: what each is, which one a word means, which may be removed. No files here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import Build

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trayapp.core.machine import VllmInstall


class RuntimeKind(StrEnum):
    """Who made an environment; they are listed in this order."""

    OWN = "own"  # of the app
    PATH = "path"
    VENV = "venv"
    CONDA = "conda"
    PIPX = "pipx"
    UV = "uv"


@dataclass(frozen=True, slots=True)
class Runtime:
    """One vLLM that was found; verified: the self-test has passed on it. Sizes are of the app's own only."""

    name: str
    folder: str  # the environment that it lies in
    install: "VllmInstall"
    kind: RuntimeKind
    verified: bool = False
    usable: bool = True  # may be taken unasked
    size_bytes: int | None = None

    @property
    def build(self) -> Build:
        """What it computes on."""
        return Build.CPU if self.install.on_cpu else Build.CUDA

    @property
    def release(self) -> str:
        """Its version without what says the build: "0.32.0"."""
        return ".".join(map(str, self.install.version.release))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The command of the vLLM that a start would use, and of the one before it; "" for none."""

    now: str = ""
    previous: str = ""


def runtime_values(runtime: Runtime, chosen: Chosen) -> "Mapping[str, object]":
    """Return what programs are told of a vLLM."""
    return {
        "name": runtime.name,
        "executable": runtime.install.executable,
        "version": str(runtime.install.version),
        "build": runtime.build.value,
        "kind": runtime.kind.value,
        "chosen": runtime.install.executable == chosen.now,
        "previous": runtime.install.executable == chosen.previous,
        "verified": runtime.verified,
        "bytes": runtime.size_bytes,
    }


def find_named(word: str, runtimes: "Sequence[Runtime]") -> Runtime | Problem:
    """Return the vLLM that a name, a version, a command or a folder means; of several the first in the list's order.

    Problem: RUNTIME_UNKNOWN, with the names that are known.
    """
    path = word.rstrip("/")
    for fits in (
        lambda each: each.name == word,
        lambda each: path in {each.install.executable, each.folder},
        lambda each: word in {str(each.install.version), each.release},
    ):
        found = [each for each in runtimes if fits(each)]
        if found:
            return next((each for each in found if each.usable), found[0])
    names = ", ".join(each.name for each in runtimes)
    return Problem(ProblemKind.RUNTIME_UNKNOWN, {"name": word, "names": names})


def why_kept(runtime: Runtime, chosen: Chosen, pids: "Sequence[int]", *, chosen_too: bool) -> Problem | None:
    """Return why an environment is not removed: it is not the app's own, runs (as these processes), or is chosen.

    chosen_too is the person's word that the chosen one goes, too.
    """
    if runtime.kind is not RuntimeKind.OWN:
        return Problem(ProblemKind.RUNTIME_NOT_OWN, {"name": runtime.name, "path": runtime.folder})
    if pids:
        return Problem(ProblemKind.RUNTIME_RUNS, {"name": runtime.name, "pids": ", ".join(map(str, pids))})
    if runtime.install.executable == chosen.now and not chosen_too:
        return Problem(ProblemKind.RUNTIME_CHOSEN, {"name": runtime.name})
    return None
