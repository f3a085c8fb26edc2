"""Watches a server that became ready: hangs(True) when it answers no more, hangs(False) when it does again.

What that means is decided in core/liveness.py. Figures are asked for seldom: reading them is not free.
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from trayapp.core.access import Access
from trayapp.core.live_figures import ServerFigures
from trayapp.core.liveness import Liveness
from trayapp.supervision.health_check import HealthCheck
from trayapp.supervision.metrics import Metrics

_FIGURES_EACH = 3  # answers of /health to one question for the figures


class HangWatch(QObject):
    """One server, from its first answer on."""

    hangs = Signal(bool)

    def __init__(
        self,
        health: HealthCheck,
        access: Access,
        parent: QObject | None = None,
        *,
        on_cpu: bool = False,
        clock: Callable[[], float] = time.monotonic,  # stands still while the computer sleeps
    ) -> None:
        super().__init__(parent)
        self._on_cpu = on_cpu
        self._clock = clock
        self._liveness = Liveness()
        self._told = False
        self._answers = 0
        self._metrics = Metrics(access, self)
        self._metrics.answered.connect(self._figures_told)
        health.alive.connect(self._alive)
        health.silent.connect(self._silent)

    def _alive(self) -> None:
        self._answers += 1
        if self._answers % _FIGURES_EACH == 0:
            self._metrics.ask()
        self._judge(self._liveness.with_answer(self._clock()))

    def _figures_told(self, figures: ServerFigures | None) -> None:
        if figures is not None:
            self._judge(self._liveness.with_answer(self._clock(), figures))

    def _silent(self, _reason: str) -> None:
        self._judge(self._liveness.with_silence(self._clock()))

    def _judge(self, liveness: Liveness) -> None:
        self._liveness = liveness
        hangs = liveness.hangs(self._clock(), on_cpu=self._on_cpu)
        if hangs != self._told:
            self._told = hangs
            self.hangs.emit(hangs)
