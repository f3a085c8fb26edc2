"""Tries a new vLLM out: the app's own self-test with it, in a process of its own. No Qt in this one.

The self-test starts the built-in model as every start does, asks it a question, and stops it: a minute or so.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.runtimes import InstallProgress, InstallStep

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_END_PATIENCE_S = 60.0
"""For a self-test that was called off: it ends the server that it has started, first."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the self-test did not pass; could_not_begin: nothing was started, so that it says nothing of the vLLM."""

    reason: str
    could_not_begin: bool = False


def find_fault(
    executable: str, tell: "Callable[[InstallProgress], None]", own_command: "Sequence[str] | None" = None
) -> Fault | None:
    """Return why a vLLM does not pass the self-test, None when it does; tell is called with each of its steps."""
    command = own_command or (sys.executable, "-P", "-m", "trayapp")
    tell(InstallProgress(InstallStep.TESTING))
    said = ""
    could_not_begin = False
    with subprocess.Popen(
        [*command, "selftest", "--vllm", executable, "--json"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # its last word is on the other one, too
        text=True,
        errors="replace",
    ) as process:
        try:
            for line in process.stdout or ():
                values = _read(line)
                text = str(values.get("text", ""))
                if values.get("failed"):
                    said, could_not_begin = text, bool(values.get("refused"))
                elif text:
                    tell(InstallProgress(InstallStep.TESTING, detail=text))
        except BaseException:
            process.terminate()  # it ends its server itself
            try:
                process.wait(_END_PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
            raise
    if process.returncode == 0:
        return None
    reason = (said or f"exit code {process.returncode}").rstrip(".")
    return Fault(f"{reason}.", could_not_begin)


def _read(line: str) -> dict[str, object]:
    try:
        values = json.loads(line)
    except ValueError:
        return {}  # "The self-test passed."
    return values if isinstance(values, dict) else {}
