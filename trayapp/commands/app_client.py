"""Talks to the running app over its socket, for the command line. No Qt in here; what is said is not decided here."""

import json
import socket
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from trayapp.desktop.socket_path import find_socket_path
from trayapp.wording.command_line import cannot_listen
from trayapp.wording.reasons import reason_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    Answer = dict[str, Any]


class NotRunning(Exception):  # noqa: N818 - it reads as what it says
    """No app of this user listens."""


def call(request: "Mapping[str, Any]", timeout_s: float | None, path: "Path | None" = None) -> "Iterator[Answer]":
    """Send one request ({"command": ..., arguments}) to the app and yield its answers as they come.

    Raises NotRunning when there is no app (or it ends before its last answer), TimeoutError when an answer is not
    there within timeout_s seconds (None waits for ever). The connection is made at once, not at the first answer.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        connection.connect(str(path or find_socket_path()))
        connection.sendall(json.dumps(request).encode() + b"\n")
    except TimeoutError:
        connection.close()
        raise
    except OSError as error:
        connection.close()
        raise NotRunning from error
    return _answers(connection)


def _answers(connection: socket.socket) -> "Iterator[Answer]":
    with connection, connection.makefile("rb") as lines:
        last = False
        while not last:
            try:
                line = lines.readline()
            except TimeoutError:
                raise
            except OSError as error:
                raise NotRunning from error
            if not line.endswith(b"\n"):
                raise NotRunning
            envelope = json.loads(line)
            last = envelope["last"]
            yield envelope["answer"]


def say_deaf(error: OSError) -> int:
    """Say why a start of the app ends at once; return its exit code."""
    print(cannot_listen(reason_words(str(error))), file=sys.stderr)
    return 1


def show_first() -> int:
    """Let the app that runs already show itself; return the exit code of the second start."""
    with suppress(NotRunning, TimeoutError):
        for answer in call({"command": "show"}, 10):
            print(_("vLLM Tray is already running: {state}").format(state=answer.get("words", "")))
    return 0
