"""Keys and tokens in the keyring of the desktop; where there is none, in memory for as long as the app runs.

Blocks, up to as long as a person takes to unlock the keyring: for threads and headless commands. Nothing is raised.
"""

import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    Answer = TypeVar("Answer")

# keyring itself is imported by the first question: it takes a tenth of a second and 20 MB.

SERVER_KEY = "server key"
HUB_TOKEN = "hugging face token"  # noqa: S105 - the name of one
_SERVICE = "vllm-tray"


def remote_key(name: str) -> str:
    """Return the name under which the key of a remote server is kept."""
    return f"remote server {name}"


class Secrets:
    """The secrets of this app; safe to be asked by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_memory: dict[str, str] = {}
        self._looked = False

    def read(self, name: str) -> str:
        """Return a secret, "" where there is none."""
        with self._lock:
            if name in self._in_memory:
                return self._in_memory[name]
            found, _reason = self._ask(lambda: _read(name))
            return found or ""

    def keep(self, name: str, value: str) -> Problem | None:
        """Keep a secret; the problem tells that it is in memory only, and gone when the app ends."""
        with self._lock:
            kept, reason = self._ask(lambda: _keep(name, value))
            if kept:
                self._in_memory.pop(name, None)
                return None
            self._in_memory[name] = value
            return _not_kept(name, reason)

    def forget(self, name: str) -> Problem | None:
        """Forget a secret; the problem tells that the keyring still has it."""
        with self._lock:
            was_here = self._in_memory.pop(name, None) is not None
            _done, reason = self._ask(lambda: _forget(name))
            return _not_kept(name, reason, forgetting=True) if reason and not was_here else None

    def _ask(self, question: "Callable[[], Answer]") -> "tuple[Answer | None, str]":
        """Return the answer of the keyring; or None, and why there is none.

        The way to a keyring is looked for once in a process: one that came later, or anew, is seen by looking again.
        """
        reason = ""
        for look in (not self._looked, True):
            try:
                if look:
                    _look_for_keyring()
                    self._looked = True
                return question(), ""
            except Exception as error:  # noqa: BLE001 - foreign code of any desktop; nothing it does may end the app
                reason = str(error).partition("\n")[0] or type(error).__name__
        return None, reason


def _not_kept(name: str, reason: str, *, forgetting: bool = False) -> Problem:
    return Problem(ProblemKind.SECRET_NOT_KEPT, {"name": name, "reason": reason, "forgetting": forgetting})


def _look_for_keyring() -> None:
    import keyring.backend
    import keyring.core

    with suppress(KeyError):  # nothing was found yet
        keyring.backend.get_all_keyring.reset()
    # What is not recommended writes readable files.
    keyring.core.init_backend(keyring.core.recommended)


def _read(name: str) -> str:
    import keyring

    return keyring.get_password(_SERVICE, name) or ""


def _keep(name: str, value: str) -> bool:
    import keyring

    keyring.set_password(_SERVICE, name, value)
    if keyring.get_password(_SERVICE, name) != value:  # a backend that is switched off takes everything and keeps none
        raise OSError("the keyring does not keep anything")
    return True


def _forget(name: str) -> bool:
    import keyring

    if keyring.get_password(_SERVICE, name) is not None:
        keyring.delete_password(_SERVICE, name)
    return True
