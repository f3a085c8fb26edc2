"""The same again and again in one process: what grows."""

import ctypes
import gc
import re
import sys
import threading
from pathlib import Path

import psutil
import pytest

from tests.faults.conftest import StoryMaker
from tests.faults.table import fault

FAST_MS = 30_000
WARM_UP = {40: 15, 500: 50}
"""Cycles before it is measured: allocators fill up for a while (no Python object is left over from the first on)."""
MORE_STRINGS = 150_000
_C = ctypes.CDLL(None)


def fill_table_of_strings() -> None:
    """Bring CPython's table of interned strings to the size that it comes to anyway, and touch all of it.

    pathlib interns every part of a path, /proc/4711 too: some 90 strings a cycle that do not stay. Their places in the
    table are not used again before it is full, and then it is made anew at twice its size, once: up to 1.9 MB more, and
    nothing that grows on.
    """
    for number in range(MORE_STRINGS):
        sys.intern(f"{__name__} {number}")


def own_bytes() -> int:
    """Return what this process has for itself. Pages of libraries are not in it: they are private or shared as it
    happens that others load the same ones, by more than what is looked for."""
    _C.malloc_trim(0)  # what is free goes back before
    (line,) = re.findall(r"^Anonymous: +(\d+) kB$", Path("/proc/self/smaps_rollup").read_text(), re.MULTILINE)
    return int(line) * 1024


def usage() -> tuple[int, int, int, int]:
    """Return (processes below us, descriptors, threads, own bytes)."""
    gc.collect()
    process = psutil.Process()
    children = [child for child in process.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    return len(children), process.num_fds(), threading.active_count(), own_bytes()


@fault(
    "the model is started and stopped {count} times in one process",
    "no process, descriptor or thread more; memory grows by less than 2 % after the warm-up",
)
@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.long)])
def test_cycles(story: StoryMaker, count: int) -> None:
    told, fake = story(workers=1)
    told.controller.state_changed.connect(lambda *_: told.states.clear())
    fill_table_of_strings()
    before = (0, 0, 0, 0)
    for number in range(WARM_UP[count] + count):
        told.start(FAST_MS)
        told.stop(FAST_MS)
        if number + 1 == WARM_UP[count]:
            told._qtbot.waitUntil(lambda: not told.controller._background._threads, timeout=FAST_MS)
            before = usage()
    told._qtbot.waitUntil(lambda: not told.controller._background._threads, timeout=FAST_MS)
    after = usage()
    print(f"{before}, and {count} cycles later {after}: {after[3] / before[3] - 1:+.2%}")
    assert fake.alive() == []
    assert after[0] == before[0] == 0
    assert after[1] <= before[1]
    assert after[2] <= before[2]
    assert after[3] < before[3] * 1.02, f"{before[3]} bytes, then {after[3]}"
