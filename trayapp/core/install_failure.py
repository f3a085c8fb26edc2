"""What it means that uv could not install vLLM: the problem, and whether another try may help. Text in, values out.

The texts are those of uv 0.13; tests/jobs/test_uv_failures.py has the real uv say them. uv has tried three times itself
what it holds for a fault of the network.
"""

import re
from typing import TYPE_CHECKING

from trayapp.core.download import Trouble
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from trayapp.core.problems import Value
    from trayapp.core.runtimes import InstallStep

PAUSES_S = (2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Pauses before one try after the other; a package that arrives whole begins them anew. Two minutes in all."""

_NO_SPACE = re.compile(r"No space left on device|Disk quota exceeded|File too large")
_NO_RIGHTS = re.compile(r"(Permission denied|Read-only file system|Operation not permitted|Not a directory)")
_PATH = re.compile(r"(?:`|\"| from \S+ to )(/[^`\"\n]*?)(?:`|\"|: No space)")
_DAMAGED = re.compile(r"Hash mismatch|Invalid zip file|Failed to extract archive|The structure of `.*` .*was invalid")
_STATUS = re.compile(r"HTTP status \w+ error \((\d{3})")
_REFUSED = re.compile(r"returned a (\d{3}) |credentials \((\d{3})")
_AGAIN_STATUS = {408, 425, 429}
_CERTIFICATE = re.compile(r"invalid peer certificate|certificate verify failed|UnknownIssuer")
_NETWORK = re.compile(
    r"error sending request|error decoding response body|error reading a body|network timeout|operation timed out"
    r"|connection (reset|closed|error)|end of file before message length|dns error|tcp connect error",
    re.IGNORECASE,
)
_NOT_OFFERED = re.compile(r"No solution found when resolving dependencies")
_CAUSE = re.compile(r"cause: (Because .*?)(?:\n\n|\nhint:|\Z)", re.DOTALL)
_PACKAGE = re.compile(r"(?:Failed to download |The structure of |Failed to extract archive: )`?([^`\s]+)")
_HOST = re.compile(r"https?://(?:[^/@\s]*@)?([^/\s)]+)")
_SHORT = 300


def install_trouble(step: "InstallStep", said: str) -> Trouble:
    """Return what the last lines of a uv that failed mean. step is what it was at."""
    values: dict[str, Value] = {"package": _first(_PACKAGE, said), "host": _first(_HOST, said)}
    if found := _of_disk(said):
        return Trouble(found)
    if _CERTIFICATE.search(said):
        return Trouble(Problem(ProblemKind.PACKAGES_CERTIFICATE_UNKNOWN, values))
    if match := _STATUS.search(said) or _REFUSED.search(said):
        status = int(match.group(match.lastindex or 1))
        again = status >= 500 or status in _AGAIN_STATUS
        return Trouble(Problem(ProblemKind.PACKAGES_REFUSED, {**values, "status": status}), again=again)
    if _NETWORK.search(said):
        return Trouble(Problem(ProblemKind.PACKAGES_UNREACHABLE, values), again=True)
    if _DAMAGED.search(said):
        return Trouble(Problem(ProblemKind.PACKAGE_DAMAGED, values))
    if _NOT_OFFERED.search(said):
        return Trouble(Problem(ProblemKind.RUNTIME_NOT_OFFERED, {"reason": _in_short(_first(_CAUSE, said) or said)}))
    reason = _in_short(said) or "nothing"
    return Trouble(Problem(ProblemKind.RUNTIME_INSTALL_FAILED, {"step": step.value, "reason": reason}))


def _of_disk(said: str) -> Problem | None:
    path = _first(_PATH, said) or "…"
    if _NO_SPACE.search(said):
        return Problem(ProblemKind.DISK_FULL, {"path": path})
    if match := _NO_RIGHTS.search(said):
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": path, "reason": match.group(1)})
    return None


def _first(pattern: "re.Pattern[str]", text: str) -> str:
    match = pattern.search(text)
    return match.group(1) if match else ""


def _in_short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHORT else words[: _SHORT - 1] + "…"
