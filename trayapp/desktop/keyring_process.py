"""Asks the keyring of the desktop one question: a program of its own, run by secrets.py.

The library for it costs a process that stays 13 MB; here it goes with the answer. What is asked and what is answered
are one line of JSON each, over pipes: a secret is in no argument, no variable and no file. The end of the standard
input is the end of the one who asked, and so of this, also while a person is asked to unlock the keyring.
"""

import json
import os
import sys
import threading
from collections.abc import Callable

import keyring
import keyring.core

_SERVICE = "vllm-tray"


def read(name: str) -> str:
    """Return the secret of this name, "" where there is none."""
    return keyring.get_password(_SERVICE, name) or ""


def keep(name: str, value: str) -> str:
    """Keep a secret, and return it as the keyring has it."""
    keyring.set_password(_SERVICE, name, value)
    return read(name)


def forget(name: str) -> str:
    """Forget a secret that may or may not be there."""
    if keyring.get_password(_SERVICE, name) is not None:
        keyring.delete_password(_SERVICE, name)
    return ""


_QUESTIONS: dict[str, Callable[..., str]] = {"read": read, "keep": keep, "forget": forget}


def main() -> None:
    """Answer {"answer": text}, or {"reason": text} when the keyring did not: foreign code of any desktop."""
    question, *values = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_asker, daemon=True).start()
    try:
        # What is not recommended writes readable files.
        keyring.core.init_backend(keyring.core.recommended)
        said = {"answer": _QUESTIONS[question](*values)}
    except Exception as error:  # noqa: BLE001 - see above
        said = {"reason": str(error).partition("\n")[0] or type(error).__name__}
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    os._exit(0)  # not held up by threads of foreign code


def _end_with_the_asker() -> None:
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
