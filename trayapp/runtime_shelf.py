"""The vLLMs of this computer, which of them a start uses, and how that changes. Blocks.

It introduces the probes to the settings and decides nothing itself.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_list import Chosen, Runtime, RuntimeKind, find_named, why_kept
from trayapp.core.runtimes import COMPLETE, INCOMPLETE
from trayapp.probes.home_path import home_path
from trayapp.probes.vllm_environments import find_processes, find_runtimes, find_sizes, read_runtime
from trayapp.probes.vllm_install import find_vllm
from trayapp.storage.settings_file import change_settings, current_settings

if TYPE_CHECKING:
    from trayapp.storage.folders import Folders

AUTOMATIC = "auto"
"""What lets the app find its vLLM itself, in place of a name."""


@dataclass(frozen=True, slots=True)
class RuntimeShelf:
    """What there is and what is chosen; problem says why a start would have no vLLM."""

    runtimes: tuple[Runtime, ...]
    chosen: Chosen
    problem: Problem | None = None

    def of(self, executable: str) -> Runtime | None:
        """Return the vLLM with this command, or None."""
        return next((each for each in self.runtimes if each.install.executable == executable), None)


@dataclass(frozen=True, slots=True)
class Removed:
    """What was removed, what that freed, and what of it uv's cache has, too: that stays."""

    name: str
    freed_bytes: int
    shared_bytes: int


def survey(folders: "Folders") -> RuntimeShelf:
    """Return every vLLM that is found, and which a start would use."""
    settings = current_settings(folders.settings_file)
    runtimes = find_runtimes(folders.runtimes)
    now = find_vllm(settings.vllm_executable, folders.runtimes)
    if isinstance(now, VllmInstall) and all(_command(each) != _real(now.executable) for each in runtimes):
        named = read_runtime(RuntimeKind.PATH, Path(now.executable))  # by the settings, where nobody looks
        runtimes = runtimes if named is None else (*runtimes, named)
    problem = now if isinstance(now, Problem) else None
    executable = "" if isinstance(now, Problem) else now.executable
    chosen = Chosen(_as_listed(executable, runtimes), _as_listed(settings.vllm_previous, runtimes))
    return RuntimeShelf(runtimes, chosen, problem)


def find_wanted(word: str, shelf: RuntimeShelf) -> VllmInstall | Problem:
    """Return the vLLM that a name, a version or any path of a command or an environment means."""
    found = find_named(word, shelf.runtimes)
    if isinstance(found, Runtime):
        return found.install
    if "/" not in word:
        return found
    return find_vllm(str(home_path(word).absolute()), Path("/nonexistent"))


def use(folders: "Folders", shelf: RuntimeShelf, executable: str) -> Problem | None:
    """Let starts use the vLLM with this command ("" for the one that is found); the one before it is remembered."""
    now = shelf.chosen.now
    changes: dict[str, object] = {"vllm_executable": executable}
    if now and now != executable:
        changes["vllm_previous"] = now
    return change_settings(folders.settings_file, changes)


def take_new(folders: "Folders", shelf: RuntimeShelf, executable: str) -> Problem | None:
    """Let starts use a new vLLM of the app's own; shelf is how things were before it was made.

    Where the app finds its vLLM itself and would take this one anyway, the settings go on leaving that to it.
    """
    automatic = not current_settings(folders.settings_file).vllm_executable
    found = find_vllm("", folders.runtimes) if automatic else None
    if isinstance(found, VllmInstall) and found.executable == executable:
        if not shelf.chosen.now or shelf.chosen.now == executable:
            return None  # a first one: there is nothing to remember
        return change_settings(folders.settings_file, {"vllm_previous": shelf.chosen.now})
    return use(folders, shelf, executable)


def go_back(folders: "Folders", shelf: RuntimeShelf) -> VllmInstall | Problem:
    """Return the vLLM that was used before, which starts use again from now on. It is one step: there is no other."""
    previous = shelf.chosen.previous
    if not previous:
        return Problem(ProblemKind.RUNTIME_NO_PREVIOUS)
    found = find_vllm(previous, folders.runtimes)
    if isinstance(found, Problem):
        return found
    problem = change_settings(folders.settings_file, {"vllm_executable": previous, "vllm_previous": ""})
    return found if problem is None else problem


def remove(folders: "Folders", shelf: RuntimeShelf, word: str, *, chosen_too: bool = False) -> Removed | Problem:
    """Remove an environment of the app's own, or say why it stays."""
    runtime = find_named(word, shelf.runtimes)
    if isinstance(runtime, Problem):
        return runtime
    folder = Path(runtime.folder)
    kept = why_kept(runtime, shelf.chosen, find_processes(folder), chosen_too=chosen_too)
    if kept is not None:
        return kept
    forgotten = _forgotten(runtime.install.executable, shelf.chosen)
    problem = change_settings(folders.settings_file, forgotten) if forgotten else None
    if problem is not None:
        return problem
    sizes = find_sizes(folder)
    try:
        # First it is no whole one any more, so that what a removal leaves when it is killed is never used.
        (folder / COMPLETE).rename(folder / INCOMPLETE)
        shutil.rmtree(folder)
    except OSError as error:
        path, reason = str(error.filename or folder), error.strerror or str(error)
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": path, "reason": reason})
    folder.with_name(f".{folder.name}.lock").unlink(missing_ok=True)
    return Removed(runtime.name, sizes.freed_bytes, sizes.held_bytes - sizes.freed_bytes)


def _forgotten(executable: str, chosen: Chosen) -> dict[str, object]:
    """Return the settings that name a vLLM which goes, emptied."""
    names = {"vllm_executable": chosen.now, "vllm_previous": chosen.previous}
    return {name: "" for name, value in names.items() if value == executable}


def _as_listed(executable: str, runtimes: tuple[Runtime, ...]) -> str:
    """Return a command as the list names it: the same program may have been chosen by another path."""
    if not executable:
        return ""
    real = _real(executable)
    return next((each.install.executable for each in runtimes if _command(each) == real), executable)


def _command(runtime: Runtime) -> Path:
    return _real(runtime.install.executable)


def _real(executable: str) -> Path:
    return Path(executable).resolve()
