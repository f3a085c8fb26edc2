"""start_times.json: how long the steps of earlier starts took. Only for estimates: what is damaged is forgotten."""

from typing import TYPE_CHECKING

import msgspec

from trayapp.core.start_times import StartTimes
from trayapp.storage.atomic_file import locked, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 1
MOST_STARTS = 100


class _Document(msgspec.Struct):
    version: int
    starts: list[StartTimes]


def load_start_times(path: "Path") -> tuple[StartTimes, ...]:
    """Return what is kept, the newest last; nothing when there is no file, or none that this version can read."""
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()
    return tuple(document.starts) if document.version == VERSION else ()


def keep_start_times(path: "Path", times: StartTimes) -> None:
    """Add one start. A folder that cannot be written costs an estimate, and is told by what matters more."""
    try:
        with locked(path):
            starts = [*load_start_times(path), times][-MOST_STARTS:]
            write_atomically(path, msgspec.json.encode(_Document(VERSION, starts), enc_hook=dict))
    except OSError:
        return
