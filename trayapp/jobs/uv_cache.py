"""Removes from uv's cache what a uv that was killed left there: packages unpacked in part, up to some GB."""

import fcntl
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def remove_leftovers(program: str, environment: "Mapping[str, str]", folder: Path) -> None:
    """Remove them unless a uv is at work; what cannot be removed stays. folder is where uv runs.

    Every uv holds a shared lock of the cache as long as it runs: who gets it alone knows that nobody needs them.
    """
    asked = subprocess.run(
        [program, "cache", "dir"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    told = asked.stdout.strip()
    if asked.returncode != 0 or not told:  # no answer is no folder, and least of all the one that we are in
        return
    cache = folder / told
    with suppress(OSError):  # no cache yet, or a uv is at work
        lock = os.open(cache / ".lock", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for half_made in cache.glob(".tmp*"):
                shutil.rmtree(half_made, ignore_errors=True)
        finally:
            os.close(lock)
