"""Two worlds around the lifecycle: each performs the effects, so that only what can really happen does happen."""

from dataclasses import replace
from functools import cache

from tests.builders import a_gpu, a_machine, a_machine_without_gpu, a_model, a_plan, an_install, another_gpu
from tests.builders import some_settings as settings
from tests.core.lifecycle_events import REFUSAL, SHORTER, TOO_SMALL, ended
from trayapp.core.events import (
    Effect,
    EndServer,
    Event,
    HealthAnswered,
    Launch,
    RestartWanted,
    SetTimer,
    StartWanted,
    StopWanted,
    Survey,
    Surveyed,
    TimerFired,
)
from trayapp.core.launch_plan import Attempt, LaunchPlan, plan_launch
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.lifecycle import step
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Failed, Ready, Starting, State, Stopped, Stopping

PLAN = a_plan()


class World:
    """Plays the machine below one app: what it asked for is answered, what it launched lives until it exits."""

    def __init__(self) -> None:
        self.open_app()

    def open_app(self) -> None:
        """Begin with an app that has just come up."""
        self.state: State = Stopped()
        self.alive: set[int] = set()  # runs whose server lives
        self.asked: Survey | None = None  # the newest survey
        self.timer: int | None = None
        self.launched: list[int] = []

    def take(self, event: Event) -> None:
        self.state, effects = step(self.state, event)
        for effect in effects:
            self.perform(effect)

    def perform(self, effect: Effect) -> None:
        match effect:
            case Survey():
                self.asked = effect
            case SetTimer(ticket=ticket):
                self.timer = ticket
            case Launch(run=run):
                assert not self.alive, "launched while something lives"
                assert run not in self.launched, "launched twice"
                self.launched.append(run)
                self.alive.add(run)
            case EndServer(run=run):
                assert run in self.alive

    def happen(self, name: str, number: int) -> None:
        match name:
            case "start":
                self.take(StartWanted())
            case "stop":
                self.take(StopWanted())
            case "restart":
                self.take(RestartWanted())
            case "answer":
                self.answer()
            case "refusal":
                if self.asked is not None:
                    self.take(Surveyed(self.asked.ticket, REFUSAL))
            case "exit":
                self.exit(number)
            case "healthy":
                for run in sorted(self.alive):
                    self.take(HealthAnswered(run, 100))
            case "timer":
                if self.timer is not None:
                    self.take(TimerFired(self.timer))

    def answer(self) -> None:
        if self.asked is not None:
            self.take(Surveyed(self.asked.ticket, PLAN))

    def exit(self, number: int) -> None:
        for run in sorted(self.alive):
            self.alive.remove(run)
            self.take(ended(run, TOO_SMALL, SHORTER, at_s=float(number)))

    def check(self) -> None:
        runs = isinstance(self.state, Starting | Ready | Stopping)
        assert runs == bool(self.alive), (self.state, self.alive)
        assert len(self.alive) <= 1


EDITED = (settings(), settings(max_model_len=8192, port=8001), settings(extra_arguments=("--host", "0.0.0.0")))  # noqa: S104
"""What the settings are changed to, in turn; the last ones are refused."""
GPUS = (a_gpu(), another_gpu(), None)
"""What the GPU is exchanged for, in turn; with none, vLLM's build for CUDA is refused."""


@cache
def planned(edited: int, gpu: int, max_model_len: int) -> LaunchPlan | Refusal:
    """Return the real plan for these settings and this GPU; a detected length takes the place of the one chosen."""
    there = GPUS[gpu]
    return plan_launch(
        replace(EDITED[edited], max_model_len=0) if max_model_len else EDITED[edited],
        a_machine(there) if there else a_machine_without_gpu(),
        an_install(),
        a_model(),
        LearnedLimits(),
        Attempt(detected_max_model_len=max_model_len or None),
    )


class Computer(World):
    """A world with settings that are edited, a GPU that is exchanged, and an app that quits and is opened again.

    Neither change is an event of the lifecycle: a server that runs keeps what it was launched with, and the next survey
    reads the settings and asks the driver anew. So it is here: both change what the next answer says, and nothing else.
    """

    def __init__(self) -> None:
        super().__init__()
        self.edited = 0
        self.gpu = 0
        self.known_gpu = a_gpu().name  # the one of the last launch, as the settings keep it

    def open_app(self) -> None:
        super().open_app()
        self.surveys: list[Surveyed] = []  # under way, in their order; one that was called off is answered, too
        self.newest: LaunchPlan | Refusal | None = None  # what the newest survey said
        self.running: LaunchPlan | None = None
        self.quitting = False
        self.gone = False  # the app has ended

    def happen(self, name: str, number: int) -> None:
        match name:
            case "settings change":
                self.edited = (self.edited + 1) % len(EDITED)
            case "GPU change":
                self.gpu = (self.gpu + 1) % len(GPUS)
            case "quit":
                self.quitting = True
                self.take(StopWanted())
            case "start" if self.gone:
                self.open_app()  # another one, on the same computer
                super().happen(name, number)
            case _:
                super().happen(name, number)

    def take(self, event: Event) -> None:
        if self.gone:
            return
        super().take(event)
        if not self.quitting:
            return
        if isinstance(self.state, Stopped | Failed):  # as the app does: it leaves when nothing runs any more
            assert not self.alive, "the app is gone and its server lives"
            self.gone = True
        else:
            super().take(StopWanted())

    def perform(self, effect: Effect) -> None:
        super().perform(effect)
        match effect:
            case Survey(ticket=ticket, changes=changes):
                length = changes.get("max_model_len", 0)
                assert isinstance(length, int)
                outcome = planned(self.edited, self.gpu, length)
                self.surveys.append(Surveyed(ticket, outcome, self.news(outcome)))
                self.newest = outcome
            case Launch(plan=plan):
                assert plan is self.newest, "launched with settings, or for a GPU, that were before the last start"
                assert isinstance(plan, LaunchPlan)
                assert isinstance(self.state, Starting)
                self.running, now = plan, plan.gpus[0].name
                told = [note.kind for note in self.state.course.notes]
                assert now == self.known_gpu or ProblemKind.GPU_CHANGED in told, "another GPU, and nobody was told"
                self.known_gpu = now

    def answer(self) -> None:
        """Give what the app waits for longest: the survey of the machine, or else the server's first answer."""
        if self.surveys:
            self.take(self.surveys.pop(0))
            return
        for run in sorted(self.alive):
            self.take(HealthAnswered(run, 100))

    def news(self, outcome: LaunchPlan | Refusal) -> tuple[Problem, ...]:
        if isinstance(outcome, Refusal) or outcome.gpus[0].name == self.known_gpu:
            return ()
        return (Problem(ProblemKind.GPU_CHANGED, {"before": self.known_gpu, "now": outcome.gpus[0].name}),)

    def check(self) -> None:
        super().check()
        if isinstance(self.state, Starting | Ready | Stopping):
            assert self.state.plan is self.running, "the plan changed below a server that runs"

    def mend(self) -> None:
        """Make the settings good and put the first GPU back."""
        self.edited = self.gpu = 0
