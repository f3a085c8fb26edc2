"""One file, written whole or not at all, by one writer at a time, for this user only. What is in it is unknown here."""

import errno
import os
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCK_PATIENCE_S = 5.0
"""Longer than any writer needs; one that is stopped or hangs must not keep the others for ever."""
_POLL_S = 0.02


@contextmanager
def locked(path: Path, patience_s: float = LOCK_PATIENCE_S) -> "Iterator[None]":
    """Keep other writers of ours from the file while it is read, changed and written (blocks; not on the main thread).

    The lock is on the folder, so that nothing is left lying about, and ends with the process that holds it. Raises
    OSError when the folder cannot be made, or another writer keeps the lock for longer than the patience.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":  # a folder cannot be locked there
        yield
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        _lock(folder, path, patience_s)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, path: Path, patience_s: float) -> None:
    import fcntl

    until = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise TimeoutError(errno.ETIMEDOUT, "another program keeps it locked", str(path)) from None
            time.sleep(_POLL_S)
        except OSError:  # a network file system without locks: then the atomic write has to be enough
            return
        else:
            return


def write_atomically(path: Path, data: bytes) -> None:
    """Replace the file by data (mode 0600, its folder 0700 when it is made here); a reader never sees a part of it.

    Raises OSError; the old file is then untouched. The new content is on the disk before the name points to it, and
    the folder is synced after, so that a power cut leaves the old or the new file. A link (settings that are kept
    with other dot-files) stays one: what it points to is replaced.
    """
    if path.is_symlink():
        path = Path(os.path.realpath(path))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def set_aside(path: Path) -> Path:
    """Move a damaged file out of the way, keeping it, and return where it lies now.

    Raises OSError when the folder cannot be written.
    """
    aside = path.with_name(f"{path.name}.damaged")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.damaged-{number}")
    path.rename(aside)
    return aside
