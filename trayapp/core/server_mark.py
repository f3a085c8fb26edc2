"""The mark that every process of a server carries in its environment, so that a left-over is known for ours.

Who sets it: whoever launches. Who looks for it: probes/leftovers.py. No process and no clock in here.
"""

import re
from dataclasses import dataclass

MARK_VARIABLE = "TRAYAPP_SERVER_MARK"
"""The environment variable that holds the mark, which names the run of the app that launched the server.

Not a VLLM_ name: vLLM warns about each of those that it does not know (seen with 0.32).
"""


def mark_environment(mark: str) -> dict[str, str]:
    """Return what to add to the environment of a server, so that each of its processes can be found by the mark.

    vLLM renames its workers ("VLLM::EngineCore") with setproctitle, which by default writes the new name over the
    environment that the kernel shows: the mark would vanish from exactly those processes that hold the GPU. SPT_NOENV
    makes it leave the environment alone (seen with setproctitle 1.3: without it /proc/PID/environ is all zeros).
    """
    return {MARK_VARIABLE: mark, "SPT_NOENV": "1"}


@dataclass(frozen=True, slots=True)
class AppName:
    """An app as a mark names it, so that nobody ends the servers of one that lives.

    started_ticks counts from the boot, as in /proc/PID/stat: a clock that is set does not move it. namespace is the
    one that the pid belongs to: in a container the same number is another process.
    """

    pid: int
    started_ticks: int
    namespace: str


def make_mark(app: AppName, random: str) -> str:
    """Return a mark that names the app that launches, and something random."""
    return f"{app.pid}:{app.started_ticks}:{app.namespace}:{random}"


def read_mark(mark: str) -> AppName | None:
    """Return the app that a mark names, or None for a mark that no app of ours made."""
    match = re.fullmatch(r"(\d{1,10}):(\d{1,20}):(\w+):\w+", mark, re.ASCII)
    return AppName(int(match[1]), int(match[2]), match[3]) if match else None
