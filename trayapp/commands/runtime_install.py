"""runtime install: makes an environment with the vLLM that suits, tries it out, and has starts use it. No Qt."""

import json
import shutil
import signal
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.commands.problem_output import FAILED, problem_text
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import NEEDED_BYTES, NEWEST_CUDA, Build, RuntimeChoice, choose_runtime, unsuitable
from trayapp.core.runtimes import (
    COMPLETE,
    CPU_VERSION,
    INCOMPLETE,
    UNVERIFIED,
    VERIFIED,
    InstallProgress,
    InstallStep,
    runtime_name,
)
from trayapp.probes.computer import find_machine
from trayapp.probes.vllm_environments import find_processes
from trayapp.runtime_shelf import survey, take_new
from trayapp.storage.folders import find_folders
from trayapp.wording.runtime_page import name_words
from trayapp.wording.runtimes import cancelled_install_words, choice_words, install_words, room_words, tested_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

CANCELLED = 130


@dataclass(frozen=True, slots=True)
class InstallWish:
    """What is wanted; None and "" stand for what suits this computer, folder None for the app's own place."""

    build: Build | None = None
    version: str = ""
    folder: Path | None = None
    verify: bool = True
    anew: bool = False


def install(wish: InstallWish, *, as_json: bool = False) -> int:
    """Install it, print how far it is, and return the exit code: 0, 1 when it failed, 130 when it was cancelled."""
    show = _Json() if as_json else _Lines()
    before = signal.signal(signal.SIGTERM, _cancel)
    try:
        problem = _install(wish, show)
    except KeyboardInterrupt:
        show.end("cancelled", cancelled_install_words())
        return CANCELLED
    finally:
        signal.signal(signal.SIGTERM, before)
    if problem is not None:
        show.end(problem.kind.value, problem_text(problem))
        return FAILED
    return 0


def _install(wish: InstallWish, show: "_Lines | _Json") -> Problem | None:
    from trayapp.jobs.runtime_install import RuntimeWish, install_runtime

    build, version, choice = _chosen(wish)
    if choice is not None:
        # What suits this computer is no reason for another one, which was named.
        named = f"{name_words(version, on_cpu=build is Build.CPU)}."
        show.note(choice_words(choice) if version == choice.version else named)
        problem = unsuitable(build, version, find_machine()) if wish.verify else None
        if problem is not None:
            return problem
    folders = find_folders()
    folder = (wish.folder or folders.runtimes / runtime_name(version, build.value)).absolute()
    problem = _take_apart(folder) if wish.anew else None
    if problem is not None:
        return problem
    if not (folder / COMPLETE).exists():
        show.note(room_words(str(folder), NEEDED_BYTES[build], _free_bytes(folder)))
    shelf = survey(folders)
    to_verify = wish.verify and wish.folder is None
    done: list[InstallProgress] = []

    def tell(progress: InstallProgress) -> None:
        (done.append if progress.step is InstallStep.DONE else show.progress)(progress)

    made = install_runtime(RuntimeWish(version, folder, build, to_verify), tell)
    if isinstance(made, Problem):
        return made
    if wish.folder is None:
        current = shelf.of(shelf.chosen.now)
        problem = _prove(folder, str(made), to_verify, show.progress, current.name if current else "")
        problem = problem or take_new(folders, shelf, str(made))
        if problem is not None:
            return problem
    for progress in done:
        show.progress(progress)
    if (folder / VERIFIED).exists():
        show.note(tested_words())
    return None


def _chosen(wish: InstallWish) -> tuple[Build, str, RuntimeChoice | None]:
    """Return the build and the version; the choice is None where the person left nothing open and no GPU is asked."""
    if wish.build is Build.CPU:
        return Build.CPU, wish.version or CPU_VERSION, None
    choice = choose_runtime(find_machine())
    build = wish.build or choice.build
    fallback = choice.version if choice.build is build else ""
    return build, wish.version or fallback or NEWEST_CUDA, choice


def _free_bytes(folder: Path) -> int:
    there = next(each for each in folder.parents if each.exists())
    return shutil.disk_usage(there).free


def _take_apart(folder: Path) -> Problem | None:
    """Make an environment one that is not whole, so that it is made once more; not while something of it runs."""
    if not (folder / COMPLETE).exists():
        return None
    pids = find_processes(folder)
    if pids:
        return Problem(ProblemKind.RUNTIME_RUNS, {"name": folder.name, "pids": ", ".join(map(str, pids))})
    try:
        (folder / COMPLETE).rename(folder / INCOMPLETE)
    except OSError as error:
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(folder), "reason": error.strerror or str(error)})
    return None


def _prove(
    folder: Path, command: str, to_verify: bool, tell: "Callable[[InstallProgress], None]", kept: str
) -> Problem | None:
    """Let an environment that waits for its self-test have it, or go without where the person says so."""
    mark = folder / UNVERIFIED
    if not mark.exists():
        return None
    if not to_verify:
        mark.unlink()
        return None
    from trayapp.jobs.runtime_test import find_fault

    fault = find_fault(command, tell)
    if fault is None:
        mark.rename(folder / VERIFIED)
        return None
    kind = ProblemKind.RUNTIME_NOT_TESTED if fault.could_not_begin else ProblemKind.RUNTIME_TEST_FAILED
    return Problem(kind, {"name": folder.name, "reason": fault.reason, "kept": kept})


def _cancel(_signal: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt


class _Lines:
    """Progress for a person: a line for each step, the download on one that is written anew on a terminal.

    Without a terminal the download is told in about ten lines.
    """

    def __init__(self) -> None:
        self._last = InstallProgress(InstallStep.PREPARING)
        self._began = False
        self._open = False

    def progress(self, progress: InstallProgress) -> None:
        words = install_words(progress)
        goes_on = progress.step is not InstallStep.DONE and bool(progress.total_bytes or progress.detail)
        on_one_line = goes_on and sys.stdout.isatty()
        further_bytes = progress.done_bytes - self._last.done_bytes
        little = progress.step is self._last.step and further_bytes * 10 <= progress.total_bytes and not on_one_line
        if self._began and (words == install_words(self._last) or little):
            return
        self._began, self._last = True, progress
        with suppress(BrokenPipeError):  # whoever read is gone; the installation goes on
            self._close_line(rewrite=on_one_line)
            print(words, end="" if on_one_line else "\n", flush=True)
        self._open = on_one_line

    def note(self, words: str) -> None:
        self._close_line(rewrite=False)
        with suppress(BrokenPipeError):  # as above
            print(words, flush=True)

    def end(self, _kind: str, words: str) -> None:
        self._close_line(rewrite=False)
        print(words, file=sys.stderr)

    def _close_line(self, *, rewrite: bool) -> None:
        if self._open:
            print("\r\x1b[K" if rewrite else "\n", end="")
        self._open = False


class _Json:
    """Progress for a program: step, done_bytes, total_bytes, detail; last perhaps {"step": "failed", ...}."""

    def progress(self, progress: InstallProgress) -> None:
        self._print(asdict(progress))

    def note(self, _words: str) -> None:
        """Programs ask `runtime check` for the reasons."""

    def end(self, kind: str, words: str) -> None:
        self._print({"step": "failed", "kind": kind, "detail": words})

    def _print(self, values: dict[str, object]) -> None:
        with suppress(BrokenPipeError):  # as above
            print(json.dumps(values), flush=True)
