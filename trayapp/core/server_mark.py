"""The mark that every process of a server carries in its environment, so that a left-over is known for ours.

Who sets it: whoever launches. Who looks for it: probes/leftovers.py. No process and no clock in here.
"""

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


def make_mark(app_pid: int, app_started_s: float, random: str) -> str:
    """Return a mark that names the app that launches: its pid, when it started (seconds since 1970), and a number."""
    return f"{app_pid}:{int(app_started_s)}:{random}"


def read_mark(mark: str) -> tuple[int, int] | None:
    """Return the pid and the start of the app that a mark names, or None for one that no app of ours made."""
    parts = mark.split(":")
    if len(parts) != 3 or not (parts[0].isdecimal() and parts[1].isdecimal()):
        return None
    return int(parts[0]), int(parts[1])
