"""Runs uv on a terminal of its own, since it says how far a download is to a terminal only, and reads what it draws.

Blocking. When this process is gone, killed even, the terminal hangs up and uv ends with it.
"""

import codecs
import fcntl
import os
import struct
import subprocess
import termios
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trayapp.core.install_failure import PAUSES_S, install_trouble
from trayapp.core.problems import Problem
from trayapp.core.runtimes import InstallStep
from trayapp.jobs.rate import Rate
from trayapp.jobs.uv_cache import remove_leftovers
from trayapp.jobs.uv_output import WIDTH, UvOutput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from trayapp.core.runtimes import InstallProgress

    Tell = Callable[[InstallProgress], None]

_HEIGHT = 500  # rows: more than the downloads that uv has at work at once, which are cut otherwise

_TELL_EVERY_S = 0.25
_STEADY_S = 15.0  # for the time left, which would jump with each hiccup of the network otherwise


class InstallFailure(Exception):  # noqa: N818 - turned into its problem before anybody sees it
    """An installation that cannot go on, and why; said is what uv said last."""

    def __init__(self, problem: Problem, said: str = "") -> None:
        super().__init__(problem.kind)
        self.problem = problem
        self.said = said


@dataclass(frozen=True, slots=True)
class UvPlace:
    """The program, its environment, the descriptor of a lock that it inherits, and the folder where it runs."""

    program: str
    environment: "Mapping[str, str]"
    lock: int
    folder: "Path"  # not the caller's: a project there may configure uv


class Uv:
    """Runs uv, again where another try may help; tell is called with each new progress."""

    def __init__(self, place: UvPlace, tell: "Tell", sleep: "Callable[[float], object]") -> None:
        self._place = place
        self._tell = tell
        self._sleep = sleep

    def run(self, step: InstallStep, arguments: "Sequence[str]") -> None:
        """Run it until it succeeds, with growing pauses; raises InstallFailure. step is the one it begins with."""
        output = UvOutput(step)
        tries, whole = 0, 0
        while self._run_once(arguments, output) != 0:
            said = output.end()
            trouble = install_trouble(output.progress.step, said)
            if output.whole_packages > whole:
                tries, whole = 0, output.whole_packages
            if not trouble.again or tries >= len(PAUSES_S):
                raise InstallFailure(trouble.problem, said)
            wait_s = PAUSES_S[tries]
            tries += 1
            output.begin_again()
            self._tell(replace(output.progress, step=InstallStep.WAITING, wait_s=wait_s))
            self._sleep(wait_s)

    def tidy(self) -> None:
        """Remove from uv's cache what one that was killed left there."""
        remove_leftovers(self._place.program, self._place.environment, self._place.folder)

    def _run_once(self, arguments: "Sequence[str]", output: UvOutput) -> int:
        terminal, far_end = os.openpty()
        with os.fdopen(terminal, "rb", buffering=0):
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", _HEIGHT, WIDTH, 0, 0))
            process = subprocess.Popen(
                [self._place.program, *arguments],
                cwd=self._place.folder,
                env=self._place.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=far_end,
                pass_fds=(self._place.lock,),
                start_new_session=True,
                preexec_fn=_make_it_ours,  # noqa: PLW1509 - this process has one thread
            )
            os.close(far_end)
            with process:
                try:
                    _read(terminal, output, self._tell)
                except BaseException:
                    process.kill()  # a stop that was asked for: uv's cache keeps whole wheels, so nothing is lost
                    raise
        return process.returncode


def _make_it_ours() -> None:
    """Make the terminal at stderr the one whose end hangs up on this session."""
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)


def _read(terminal: int, output: UvOutput, tell: "Tell") -> None:
    rate, long_rate, done_bytes = Rate(), Rate(_STEADY_S), output.progress.done_bytes
    told, told_at = output.progress, time.monotonic()
    for text in drawn(terminal):
        if not output.feed(text):
            continue
        now = output.progress
        for each in (rate, long_rate):
            each.add(max(0, now.done_bytes - done_bytes))
        done_bytes = now.done_bytes
        now = _with_rate(now, rate.bytes_a_second, long_rate.bytes_a_second)
        if now.step is not told.step or (now != told and time.monotonic() - told_at >= _TELL_EVERY_S):
            told, told_at = now, time.monotonic()
            tell(now)


def drawn(terminal: int) -> "Iterator[str]":
    """Yield what is drawn on a terminal as it comes, until nobody has its other end open any more."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    # Linux may say that the other end is closed while what was written last is still on its way: ask twice.
    while data := _some(terminal) or _some(terminal):
        yield decoder.decode(data)


def _some(terminal: int) -> bytes:
    with suppress(OSError):  # EIO is the end
        return os.read(terminal, 1 << 16)
    return b""


def _with_rate(progress: "InstallProgress", bytes_a_second: int, steady_bytes_a_second: int) -> "InstallProgress":
    left_bytes = progress.total_bytes - progress.done_bytes
    if not bytes_a_second or not left_bytes:
        return progress
    return replace(progress, rate_bytes_s=bytes_a_second, left_s=left_bytes // max(1, steady_bytes_a_second))
