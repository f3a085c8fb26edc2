"""The same again and again in one process, and long ways through the lifecycle: what grows, and what gets stuck."""

import gc
import random
import threading

import psutil
import pytest

from tests.core.test_lifecycle import PLAN, SHORTER, TOO_SMALL, World, ended
from tests.faults.conftest import StoryMaker
from tests.faults.table import fault
from trayapp.core.events import (
    LogSaid,
    RemedyWanted,
    ServerEnded,
    ServerStarted,
    StartWanted,
    StopWanted,
    Surveyed,
    TimerFired,
)
from trayapp.core.exits import Exit
from trayapp.core.log_events import Phase, PhaseSeen
from trayapp.core.states import Ready, Stopped, Stopping

FAST_MS = 30_000
WARM_UP = {40: 15, 500: 50}
"""Cycles before it is measured: allocators fill up for a while (no Python object is left over from the first on)."""


def usage() -> tuple[int, int, int, int]:
    """Return (processes below us, descriptors, threads, private bytes)."""
    gc.collect()
    process = psutil.Process()
    children = [child for child in process.children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE]
    return len(children), process.num_fds(), threading.active_count(), process.memory_full_info().uss


@fault(
    "the model is started and stopped {count} times in one process",
    "no process, descriptor or thread more; memory grows by less than 2 % after the warm-up",
)
@pytest.mark.parametrize("count", [40, pytest.param(500, marks=pytest.mark.long)])
def test_cycles(story: StoryMaker, count: int) -> None:
    told, fake = story(workers=1)
    told.controller.state_changed.connect(lambda *_: told.states.clear())
    before = (0, 0, 0, 0)
    for number in range(WARM_UP[count] + count):
        told.start(FAST_MS)
        told.stop(FAST_MS)
        if number + 1 == WARM_UP[count]:
            told._qtbot.waitUntil(lambda: not told.controller._background._threads, timeout=FAST_MS)
            before = usage()
    told._qtbot.waitUntil(lambda: not told.controller._background._threads, timeout=FAST_MS)
    after = usage()
    assert fake.alive() == []
    assert after[0] == before[0] == 0
    assert after[1] <= before[1]
    assert after[2] <= before[2]
    assert after[3] < before[3] * 1.02, f"{before[3]} bytes, then {after[3]}"


EVENTS = (
    "start",
    "anyway",
    "stop",
    "restart",
    "remedy",
    "answer",
    "refusal",
    "started",
    "log",
    "healthy",
    "exit",
    "exit with a remedy",
    "exit with survivors",
    "timer",
    "late answer",
    "late exit",
    "late timer",
    "quit",
)


class LongWorld(World):
    """Also takes what came too late, what is left over, and quitting."""

    def happen(self, name: str, number: int) -> None:
        runs = sorted(self.alive)
        match name:
            case "anyway":
                self.take(StartWanted(anyway=True))
            case "remedy":
                self.take(RemedyWanted(SHORTER))
            case "started" if runs:
                self.take(ServerStarted(runs[0], 4711))
            case "log" if runs:
                self.take(LogSaid(runs[0], PhaseSeen(Phase.LOADING_WEIGHTS, 1, 2)))
            case "exit" | "exit with a remedy" | "exit with survivors" if runs:
                self.alive.remove(runs[0])
                remedies = (SHORTER,) if name == "exit with a remedy" else ()
                survivors = (7,) if name == "exit with survivors" else ()
                how = Exit(1, survivors=survivors)
                self.take(ServerEnded(runs[0], how, TOO_SMALL, remedies, float(number)))
            case "late answer":
                self.take(Surveyed(-1, PLAN))
            case "late exit":
                self.take(ended(-1))
            case "late timer":
                self.take(TimerFired(-1))
            case "quit":
                self.quit(number)
            case "start" | "stop" | "restart" | "answer" | "refusal" | "healthy" | "timer":
                super().happen(name, number)

    def quit(self, number: int) -> None:
        """Quit as the app does: a stop, and then only what the machine still has to say."""
        self.take(StopWanted())
        assert isinstance(self.state, Stopped | Stopping)
        super().happen("exit", number)
        assert isinstance(self.state, Stopped)
        assert not self.alive


@fault("{count} random ways of 60 events through the lifecycle", "never two servers, no dead end, a quit always ends")
@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_long_ways(count: int) -> None:
    for seed in range(count):
        chance = random.Random(seed)
        world = LongWorld()
        way = chance.choices(EVENTS, k=60)
        for number, name in enumerate(way):
            world.happen(name, number)
            world.check()
        for number, name in enumerate(("stop", "exit", "start", "answer", "healthy", "stop", "exit")):
            world.happen(name, 100 + number)
            world.check()
            assert name != "healthy" or isinstance(world.state, Ready), (seed, way)
        assert isinstance(world.state, Stopped), (seed, way)


def test_the_world_notices_a_second_launch() -> None:
    """Why the walks above mean something."""
    world = World()
    world.take(StartWanted())
    world.take(Surveyed(1, PLAN))
    world.state = Stopped(5)
    world.take(StartWanted())
    with pytest.raises(AssertionError, match="while something lives"):
        world.take(Surveyed(6, PLAN))
