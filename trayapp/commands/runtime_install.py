"""runtime install: makes an environment with a vLLM in it and says how far it is. No Qt."""

import json
import signal
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem
from trayapp.core.runtimes import CPU_VERSION, InstallProgress, InstallStep, runtime_name
from trayapp.storage.folders import find_folders
from trayapp.wording.problems import problem_words
from trayapp.wording.runtimes import install_words

if TYPE_CHECKING:
    from types import FrameType

FAILED = 1
CANCELLED = 130


def install_cpu(version: str = CPU_VERSION, folder: Path | None = None, *, as_json: bool = False) -> int:
    """Install the CPU build, print how far it is, and return the exit code; folder None is the app's own place."""
    from trayapp.jobs.runtime_install import RuntimeWish, install_cpu_build

    folder = folder or find_folders().runtimes / runtime_name(version, "cpu")
    show = _Json() if as_json else _Lines()
    before = signal.signal(signal.SIGTERM, _cancel)
    try:
        result = install_cpu_build(RuntimeWish(version, folder.expanduser().absolute()), show.progress)
    except KeyboardInterrupt:
        show.end("cancelled", "Cancelled. What was downloaded whole is kept for the next time.")
        return CANCELLED
    finally:
        signal.signal(signal.SIGTERM, before)
    if isinstance(result, Problem):
        show.end(result.kind.value, _sentence(result))
        return FAILED
    return 0


def _cancel(_signal: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt


def _sentence(problem: Problem) -> str:
    return ": ".join(problem_words(problem)[:2])


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
        on_one_line = bool((progress.total_bytes or progress.detail) and sys.stdout.isatty())
        further_bytes = progress.done_bytes - self._last.done_bytes
        little = progress.step is self._last.step and further_bytes * 10 <= progress.total_bytes and not on_one_line
        if self._began and (words == install_words(self._last) or little):
            return
        self._began, self._last = True, progress
        with suppress(BrokenPipeError):  # whoever read is gone; the installation goes on
            self._close_line(rewrite=on_one_line)
            print(words, end="" if on_one_line else "\n", flush=True)
        self._open = on_one_line

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

    def end(self, kind: str, words: str) -> None:
        self._print({"step": "failed", "kind": kind, "detail": words})

    def _print(self, values: dict[str, object]) -> None:
        with suppress(BrokenPipeError):  # as above
            print(json.dumps(values), flush=True)
