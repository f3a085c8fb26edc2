"""Runs a function as an unprivileged user, since root passes by what file modes promise."""

import os
import pickle
import traceback
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")
NOBODY = 65_534


def as_nobody(work: Callable[[], Answer]) -> Answer:
    """Return what the function returns in a child without root's rights; an ordinary user stays who they are."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        answer: object = None
        error = ""
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            answer = work()
        except BaseException:  # noqa: BLE001 - shown by the parent
            error = traceback.format_exc()
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump((answer, error), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer, error = pickle.loads(pipe.read())  # noqa: S301 - written by our own child
    os.waitpid(child, 0)
    assert not error, error
    return answer  # type: ignore[no-any-return]
