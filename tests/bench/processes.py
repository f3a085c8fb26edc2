"""What the kernel tells of a process: its memory, its processor time, its children, the moment of its end. Linux."""

import os
import select
import threading
import time
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def pss_bytes(pid: int) -> int:
    """Return the proportional set size: private memory, and the fair share of what others map too."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) << 10
    raise AssertionError(pid)


def cpu_s(pid: int) -> float:
    """Return the processor time of all threads so far, in seconds to the nanosecond (that of ended ones is lost)."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def wake_ups(pid: int) -> int:
    """Return how often its threads have waited and were woken so far."""
    count = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        for line in (task / "status").read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                count += int(line.split()[1])
    return count


def started_at_s(pid: int) -> float:
    """Return when a process was made, on the clock of time.monotonic(), to 10 ms."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    since_boot_s = ticks / _TICKS_A_SECOND
    return since_boot_s - (time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic())


class Ends:
    """Notes the moment at which each of some processes ends, from now on; watching costs them nothing."""

    def __init__(self, pids: list[int], within_s: float) -> None:
        self._handles = {os.pidfd_open(pid): pid for pid in pids}
        self._until_s = time.monotonic() + within_s
        self.at_s: dict[int, float] = {}
        self._watch = threading.Thread(target=self._note)
        self._watch.start()

    def wait(self) -> float:
        """Wait until all have ended and return when the last one did."""
        self._watch.join()
        assert set(self.at_s) == set(self._handles.values()), f"alive: {set(self._handles.values()) - set(self.at_s)}"
        return max(self.at_s.values())

    def _note(self) -> None:
        poll = select.poll()
        for handle in self._handles:
            poll.register(handle, select.POLLIN)
        while len(self.at_s) < len(self._handles) and time.monotonic() < self._until_s:
            for handle, _ in poll.poll(100):
                self.at_s[self._handles[handle]] = time.monotonic()
                poll.unregister(handle)
        for handle in self._handles:
            os.close(handle)
