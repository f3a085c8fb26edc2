"""What the log says when another program answers in place of our server, so that the diagnosis finds it there.

Who finds that program: probes/port_owner.py. Who ends our server then: backends/local_vllm.py. No process in here.
"""

STRANGER_SIGN = "vLLM Tray: another program answers in place of our server"


def stranger_line(port: int, user: str) -> str:
    """Return the line for the log; user is what the program is called."""
    return f"{STRANGER_SIGN}, port: {port}, user: {user}"
