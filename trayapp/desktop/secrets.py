"""Keys and tokens in the keyring of the desktop; where there is none, in memory for as long as the app runs.

Blocks, up to as long as a person takes to unlock the keyring: for threads and headless commands. Nothing is raised.
"""

import json
import os
import sys
import threading
from pathlib import Path

from trayapp.core.problems import Problem, ProblemKind

_PROGRAM = Path(__file__).with_name("keyring_process.py")
SERVER_KEY = "server key"
HUB_TOKEN = "hugging face token"  # noqa: S105 - the name of one


def remote_key(name: str) -> str:
    """Return the name under which the key of a remote server is kept."""
    return f"remote server {name}"


class Secrets:
    """The secrets of this app; safe to be asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_memory: dict[str, str] = {}

    def read(self, name: str) -> str:
        """Return a secret, "" where there is none."""
        with self._lock:
            if name in self._in_memory:
                return self._in_memory[name]
            found, _reason = _ask_keyring("read", name)
            return found

    def keep(self, name: str, value: str) -> Problem | None:
        """Keep a secret; the problem tells that it is in memory only, and gone when the app ends."""
        with self._lock:
            kept, reason = _ask_keyring("keep", name, value)
            if kept == value and not reason:  # a backend that is switched off takes everything and keeps none
                self._in_memory.pop(name, None)
                return None
            self._in_memory[name] = value
            return _not_kept(name, reason or "the keyring does not keep anything")

    def forget(self, name: str) -> Problem | None:
        """Forget a secret; the problem tells that the keyring still has it."""
        with self._lock:
            was_here = self._in_memory.pop(name, None) is not None
            _, reason = _ask_keyring("forget", name)
            return _not_kept(name, reason, forgetting=True) if reason and not was_here else None


def read_remote_key(secrets: Secrets, server: str) -> str:
    """Return the key of a remote server, from the variable or the keyring, "" for none (blocks).

    A line end that came with it, as from a file of Windows, is not a part of it.
    """
    from trayapp.core.remote_server import KEY_VARIABLE  # late: every start comes by here, few have such a server

    return os.environ.get(KEY_VARIABLE, "").strip() or secrets.read(remote_key(server)).strip()


def _not_kept(name: str, reason: str, *, forgetting: bool = False) -> Problem:
    return Problem(ProblemKind.SECRET_NOT_KEPT, {"name": name, "reason": reason, "forgetting": forgetting})


def _ask_keyring(*question: str) -> tuple[str, str]:
    """Return what the keyring answers, and why it did not, each "" without the other.

    The program looks for the keyring each time: one that came later, or anew, is found.
    """
    import subprocess  # only once a secret is asked for

    said: dict[str, str] = {}
    try:
        with subprocess.Popen(
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        ) as program:
            if program.stdin and program.stdout:  # always: both were asked for
                program.stdin.write(json.dumps(question) + "\n")
                program.stdin.flush()  # and left open: the program ends with us
                said = json.loads(program.stdout.readline())
    except (OSError, ValueError) as error:
        return "", str(error) or type(error).__name__
    return said.get("answer", ""), said.get("reason", "")
