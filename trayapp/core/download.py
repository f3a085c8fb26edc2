"""A download of a model: its steps, how far it is, and what an answer of the Hub means for it. No network in here."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from trayapp.core.problems import Value

PAUSES_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0)
"""Pauses before one try after the other; any byte that arrives begins them anew. Three minutes, then it is told."""

LONGEST_WAIT_S = 300.0
"""The longest Retry-After that is waited for; a Hub that asks for more is told to the person."""

ROOM_BYTES = 64 << 20
"""Left free on the disk after a download: a full disk takes more programs down than this one."""


class DownloadStep(StrEnum):
    """The steps of a download, in the order of appearance."""

    LOOKING = "looking"  # which files, how large
    DOWNLOADING = "downloading"
    WAITING = "waiting"  # the network is gone, or the Hub asked for a pause
    DONE = "done"


@dataclass(frozen=True, slots=True)
class FileProgress:
    """One file at work."""

    name: str
    done_bytes: int
    total_bytes: int
    bytes_a_second: int = 0


@dataclass(frozen=True, slots=True)
class DownloadProgress:
    """How far a download is; done_bytes counts what was there before, fetched_bytes what came in this run."""

    step: DownloadStep
    model: str
    revision: str = ""
    done_bytes: int = 0
    total_bytes: int = 0
    fetched_bytes: int = 0
    bytes_a_second: int = 0
    wait_s: float = 0.0
    detail: str = ""  # with DONE the folder
    files: tuple[FileProgress, ...] = field(default=())

    @property
    def seconds_left(self) -> int | None:
        """Return how long the rest takes at this rate; None where there is no rate."""
        if not self.bytes_a_second:
            return None
        return (self.total_bytes - self.done_bytes) // self.bytes_a_second


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a request: the problem, and whether and after how long (0: as usual) to try again."""

    problem: Problem
    again: bool = False
    wait_s: float = 0.0


def hub_trouble(model: str, status: int, error_code: str = "", retry_after: str = "") -> Trouble:
    """Return what an answer of the Hub with this status means; 0 stands for no answer at all.

    error_code is its X-Error-Code, retry_after its Retry-After in seconds (a date is not used there).
    """
    values: dict[str, Value] = {"model": model, "status": status}
    if error_code == "GatedRepo" or (status == 403 and error_code != "RepoNotFound"):
        return Trouble(Problem(ProblemKind.MODEL_GATED, {"model": model}))
    if status == 404 or error_code == "RepoNotFound":
        # The Hub says 401 with this code for what does not exist, so that nobody learns what is private.
        return Trouble(Problem(ProblemKind.MODEL_NOT_ON_HUB, {"model": model, "reason": "unknown"}))
    if status == 401:
        return Trouble(Problem(ProblemKind.HUB_TOKEN_REFUSED, {"model": model}))
    if status == 429:
        wait_s = float(retry_after) if retry_after.isdecimal() else 0.0
        problem = Problem(ProblemKind.HUB_BUSY, {"model": model, "wait_s": int(wait_s)})
        return Trouble(problem, wait_s <= LONGEST_WAIT_S, wait_s)
    if status >= 500:
        return Trouble(Problem(ProblemKind.HUB_FAILED, values), again=True)
    if status:
        return Trouble(Problem(ProblemKind.HUB_FAILED, values))
    return Trouble(Problem(ProblemKind.HUB_UNREACHABLE, {"model": model}), again=True)
