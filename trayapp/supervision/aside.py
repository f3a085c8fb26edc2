"""Calls a function in a process of its own, which takes all that it loaded with it when it ends.

For questions that need a large library once in a while: in a thread its modules stay for as long as the app runs
(huggingface_hub: 9 MB). Blocks; for threads. No Qt.
"""

import copyreg
import os
import pickle
import sys
from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

Answer = TypeVar("Answer")

_PROGRAM = "from trayapp.supervision.aside import answer_one_call; answer_one_call()"


def _proxy(values: dict[object, object]) -> MappingProxyType[object, object]:
    return MappingProxyType(values)


copyreg.pickle(MappingProxyType, lambda proxy: (_proxy, (dict(proxy),)))  # problems and settings hold them


class AsideError(Exception):
    """The process ended without an answer; what it said is the text."""


def aside(function: Callable[..., Answer], *arguments: object) -> Answer:
    """Return what a function of a module returns for these arguments; all of it can be pickled.

    Raises what the function raises, and AsideError when its process came to another end.
    """
    import subprocess

    call = pickle.dumps((function, arguments))
    command = [sys.executable, "-P", "-c", _PROGRAM]  # not what lies about where the app runs: a random.py, a json.py
    done = subprocess.run(command, input=call, capture_output=True, check=False)
    if done.returncode != 0:
        raise AsideError(done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}")
    result, error = pickle.loads(done.stdout)  # noqa: S301 - our own child wrote it
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def answer_one_call() -> None:
    """Do the call on the standard input, and write its result and its error to the standard output."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no answer
    function, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent wrote it
    result, error = None, None
    try:
        result = function(*arguments)
    except Exception as caught:  # noqa: BLE001 - raised again by the one who asked
        error = caught
    with os.fdopen(answers, "wb") as stream:
        pickle.dump((result, error), stream)
