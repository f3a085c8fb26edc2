"""Progress and memory: the window follows the start, then asks the server and the GPU, while it is open."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from trayapp.core.live_figures import Live, Moment
from trayapp.core.states import Checking, Ready, Starting, Stopping, Waiting
from trayapp.ui.activity_window import ActivityWindow
from trayapp.ui.views import Wish
from trayapp.wording.states import state_row

if TYPE_CHECKING:
    from trayapp.core.live_figures import ServerFigures
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
        self._run, self._live, self._figures = run, Live(), None
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
        self._asking = True
        gpus = tuple(gpu.uuid for gpu in getattr(self._plan(), "gpus", ()))
        self._behind.ask(self, lambda: memory_in_use(gpus), self._measured)

    def _measured(self, memory: tuple[int | None, int | None]) -> None:
        self._asking = False
        self._live = self._live.with_moment(Moment(time.monotonic(), *memory, self._figures))
        self._window.render_live(self._live, of_gpu=bool(getattr(self._plan(), "gpus", ())))

    def _plan(self) -> object:
        return getattr(self._behind.controller.state, "plan", None)


def memory_in_use(gpus: tuple[str, ...]) -> tuple[int | None, int | None]:
    """Return the bytes in use and in all, of these GPUs or of the computer where there are none (blocks)."""
    if not gpus:
        from trayapp.probes.computer import find_memory

        total_bytes, available_bytes = find_memory()
        return total_bytes - available_bytes, total_bytes
    from trayapp.probes.gpus import find_gpus

    found = [gpu for gpu in find_gpus().gpus if gpu.uuid in gpus]
    if not found:
        return None, None
    total_bytes = sum(gpu.memory_total_bytes for gpu in found)
    return total_bytes - sum(gpu.memory_free_bytes for gpu in found), total_bytes
