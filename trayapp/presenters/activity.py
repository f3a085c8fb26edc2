"""Progress and memory: the window follows the start, then asks the server and the GPU, while it is open."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from trayapp.core.launch import LaunchPlan
from trayapp.core.live_figures import Live, MemoryInUse, Moment
from trayapp.core.memory_picture import live_picture, memory_picture
from trayapp.core.states import Checking, Ready, Starting, Stopping, Waiting
from trayapp.ui.activity_window import ActivityWindow
from trayapp.ui.views import Wish
from trayapp.wording.states import state_row

if TYPE_CHECKING:
    from trayapp.core.live_figures import ServerFigures
    from trayapp.core.memory_picture import MemoryPicture
    from trayapp.core.states import State
    from trayapp.presenters.behind import Behind
    from trayapp.supervision.metrics import Metrics

_LOOK_EVERY_MS = 2_000
_STEP_EVERY_MS = 1_000


def show(behind: "Behind") -> ActivityWindow:
    """Open the window, or bring it to the front."""

    def make() -> ActivityWindow:
        window = ActivityWindow(behind.windows.icons)
        Activity(behind, window)
        return window

    return behind.windows.show("activity", make)


class Activity(QObject):
    """Lives as long as its window; nothing is asked while that is closed."""

    def __init__(self, behind: "Behind", window: ActivityWindow) -> None:
        super().__init__(window)
        self._behind = behind
        self._window = window
        self._live = Live()
        self._metrics: Metrics | None = None
        self._figures: ServerFigures | None = None
        self._memory: MemoryInUse | None = None
        self._run = 0
        self._asking = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        window.wish.connect(behind.wishes.tell)
        behind.controller.state_changed.connect(self._render)
        behind.starts.changed.connect(self._render_start)
        self._render()

    def _render(self) -> None:
        state = self._behind.controller.state
        working = isinstance(state, Checking | Starting | Ready | Stopping | Waiting)
        self._window.render_state(state_row(state), Wish.STOP if working else Wish.START, runs=isinstance(state, Ready))
        self._render_start()
        self._follow(state.run if isinstance(state, Ready) else 0)
        self._window.render_picture(picture_of(state, self._memory))
        if isinstance(state, Ready):
            self._timer.start(_LOOK_EVERY_MS)
        elif isinstance(state, Checking | Starting):
            self._timer.start(_STEP_EVERY_MS)
        else:
            self._timer.stop()

    def _render_start(self) -> None:
        self._window.render_start(self._behind.starts.progress())

    def _follow(self, run: int) -> None:
        if run == self._run:
            return
        self._run, self._live, self._figures, self._memory = run, Live(), None, None
        if self._metrics is not None:
            self._metrics.deleteLater()
            self._metrics = None
        access = self._behind.access()
        if access is not None:
            from trayapp.supervision.metrics import Metrics

            self._metrics = Metrics(access, self)
            self._metrics.answered.connect(self._heard)
            self._tick()

    def _tick(self) -> None:
        if self._metrics is None:
            self._render_start()
        elif not self._window.isMinimized():
            self._metrics.ask()

    def _heard(self, figures: "ServerFigures | None") -> None:
        """The server has answered: now the memory of the GPU, so that both are of one moment."""
        self._figures = figures
        if self._asking:
            return
        state = self._behind.controller.state
        if not isinstance(state, Ready) or not state.plan.is_ours:
            self._measured(self._run, MemoryInUse())  # elsewhere: what this computer holds says nothing about it
            return
        self._asking = True
        run, gpus, server = state.run, tuple(gpu.uuid for gpu in getattr(state.plan, "gpus", ())), state.pid

        def look() -> MemoryInUse:
            from trayapp.probes.memory_in_use import find_memory_in_use

            return find_memory_in_use(gpus, server)

        self._behind.ask(self, look, lambda memory: self._measured(run, memory))

    def _measured(self, run: int, memory: MemoryInUse) -> None:
        self._asking = False
        state = self._behind.controller.state
        if not isinstance(state, Ready) or state.run != run:
            return  # it was of a run that has ended meanwhile
        self._memory = memory
        moment = Moment(time.monotonic(), memory.used_bytes, memory.total_bytes, self._figures)
        self._live = self._live.with_moment(moment)
        self._window.render_picture(picture_of(state, memory))
        of_gpu = bool(getattr(state.plan, "gpus", ()))
        self._window.render_live(self._live, of_gpu=of_gpu if state.plan.is_ours else None)


def picture_of(state: "State", memory: MemoryInUse | None) -> "MemoryPicture | None":
    """Return the memory as it is planned while a model starts, and as it is while it runs; None: nothing is known.

    memory: what is in use, None before it was asked for.
    """
    if not isinstance(state, Starting | Ready) or not isinstance(state.plan, LaunchPlan):
        return None
    if isinstance(state, Ready) and memory is not None:
        return live_picture(state.plan, state.figures, memory)
    planned = state.plan.memory
    return None if planned is None else memory_picture(planned, of_gpu=bool(state.plan.gpus))
