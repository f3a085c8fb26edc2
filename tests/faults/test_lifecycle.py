"""Every short way through the lifecycle and long ones at random: never two servers, and no dead end."""

import itertools
import random

import pytest

from tests.core.lifecycle_events import SHORTER, TOO_SMALL, ended
from tests.core.lifecycle_world import PLAN, Computer, World
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

HAPPENINGS = ("start", "stop", "exit", "answer", "timer", "quit", "settings change", "GPU change")
BEGINNINGS = {
    "from nothing": (),
    "from a survey": ("start",),
    "from a start": ("start", "answer"),
    "from a server that serves": ("start", "answer", "answer"),
    "from a stop": ("start", "answer", "answer", "stop"),
    "from the pause after a crash": ("start", "answer", "answer", "exit"),
    "from a second attempt": ("start", "answer", "exit", "answer"),
    "from a failure": ("start", "answer", "exit", "answer", "exit"),
}
OFTEN = {"from nothing", "from a start", "from a server that serves"}
"""The other ones only with --long."""


def go(names: tuple[str, ...]) -> Computer:
    """Let these things happen to a new computer, and then see that the model can be started from there."""
    computer = Computer()
    for number, name in enumerate(names):
        computer.happen(name, number)
        computer.check()
    computer.mend()
    late = ("answer",) * len(computer.surveys)
    for number, name in enumerate(("stop", "exit", "start", *late, "answer", "answer")):
        computer.happen(name, 100 + number)
        computer.check()
    assert isinstance(computer.state, Ready), (names, computer.state)
    return computer


@fault(
    "all 32,768 sequences of five events, {beginning}",
    "nothing launched twice or while something lives, each with the settings and the GPU of now; no dead end",
)
@pytest.mark.parametrize(
    "beginning", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.long) for name in BEGINNINGS]
)
def test_every_sequence_of_five(beginning: str) -> None:
    ways = list(itertools.product(HAPPENINGS, repeat=5))
    assert len(ways) == 32_768
    for way in ways:
        go((*BEGINNINGS[beginning], *way))


@fault("{count} random sequences of 40 of these events", "the same")
@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_long_sequences(count: int) -> None:
    for seed in range(count):
        go(tuple(random.Random(seed).choices(HAPPENINGS, k=40)))


def test_a_change_counts_from_the_next_launch_and_is_told() -> None:
    """Why the sequences above mean something: the plan follows the settings and the GPU, and nothing else does."""
    first = go(()).running
    both = go(("settings change", "GPU change", "start", "answer"))
    assert first is not None
    assert both.running is first  # what go() started at the end, with everything put back
    computer = Computer()
    for name in ("start", "answer", "answer", "settings change", "GPU change"):
        computer.happen(name, 0)
    assert isinstance(computer.state, Ready)
    assert computer.state.plan is first
    for name in ("stop", "exit", "start", "answer"):
        computer.happen(name, 0)
    computer.check()
    assert computer.running is not None
    assert (computer.running.port, computer.running.gpus[0].name) == (8001, "NVIDIA GeForce RTX 4090")


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
