"""The first and the last step of the set-up window: what this computer is, and the start."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from trayapp.ui.about_window import findings_list
from trayapp.ui.activity_window import StartSteps
from trayapp.ui.buttons import button, side_by_side
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.work_panel import WorkPanel
from trayapp.wording import first_run
from trayapp.wording.about import findings_label

if TYPE_CHECKING:
    from trayapp.core.checkup import Finding
    from trayapp.core.memory_picture import MemoryPicture
    from trayapp.core.start_times import StartProgress


class ComputerPage(QWidget):
    """Signals: check_wanted, install_wanted, again_wanted, cancel_wanted (of the check or the installation)."""

    check_wanted = Signal()
    install_wanted = Signal()
    again_wanted = Signal()
    cancel_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offered: set[QPushButton] = set()
        self._under_way = False
        self._summary = text_label(first_run.looking_words(), name="summary", heading=True)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        named(self._scroll, "findings", findings_label())
        self._install = button("install", first_run.install_label(), self.install_wanted.emit)
        self._check = button("check", first_run.check_label(), self.check_wanted.emit)
        self._check.setToolTip(first_run.check_help())
        self._again = button("again", first_run.again_label(), self.again_wanted.emit)
        self._offer = text_label(name="offer")
        self._work = WorkPanel(first_run.cancel_label(), first_run.progress_name())
        self._work.cancel_wanted.connect(self.cancel_wanted)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(text_label(first_run.computer_intro()))
        whole.addWidget(self._summary)
        whole.addWidget(self._offer)
        whole.addLayout(side_by_side(self._install, self._check, self._again, None))
        whole.addWidget(self._work)
        whole.addWidget(self._scroll, 1)
        self.render_looking()
        self.render_work("", under_way=False)

    def render_looking(self) -> None:
        """Show that the computer is being examined."""
        self._summary.setText(first_run.looking_words())
        self._install.hide()
        self._offer.hide()
        self._offered = set()
        self._enable()

    def render_findings(self, findings: "tuple[Finding, ...]", *, has_vllm: bool, can_check: bool) -> None:
        """Show what was found, and offer what can be done about it."""
        self._summary.setText(first_run.computer_words(findings))
        self._scroll.setWidget(findings_list(findings))
        self._install.setVisible(not has_vllm)
        self._offer.setVisible(not has_vllm)
        self._offered = {self._again, self._check if has_vllm and can_check else self._install}
        self._enable()

    def render_offer(self, words: str) -> None:
        """Show what an installation would bring: which vLLM and why, its size, and its place."""
        self._offer.setText(words)

    def render_work(self, words: str, *, under_way: bool, share: float | None = None) -> None:
        """Show how far the check or the installation is, or how it ended; share is 0 to 1, None for nobody knows."""
        self._work.render_work(words, under_way=under_way, share=share)
        self._under_way = under_way
        self._enable()

    def _enable(self) -> None:
        for each in (self._install, self._check, self._again):
            each.setEnabled(each in self._offered and not self._under_way)


class StartPage(QWidget):
    """Signals: try_wanted, connect_wanted, details_wanted."""

    try_wanted = Signal()
    connect_wanted = Signal()
    details_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._plan = text_label(first_run.planning_words(), name="plan")
        self._memory = MemoryBar()
        self._after = text_label(name="after")
        self._state = text_label(name="state", heading=True)
        self._steps = StartSteps()
        self._try = button("try_it", first_run.try_label(), self.try_wanted.emit)
        self._connect = button("connect", first_run.connect_label(), self.connect_wanted.emit)
        self._details = button("details", first_run.details_label(), self.details_wanted.emit)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        for widget in (self._plan, self._memory, self._after, self._state, self._steps):
            whole.addWidget(widget)
        whole.addLayout(side_by_side(self._try, self._connect, self._details, None))
        whole.addStretch(1)
        self.render_state("", is_ready=False, has_failed=False)
        self.render_start(None)

    def render_plan(self, paragraph: str, picture: "MemoryPicture | None" = None, after: str = "") -> None:
        """Show the plan: a paragraph, the memory, and until it starts what comes after that."""
        self._plan.setText(paragraph)
        self._memory.render_picture(picture)
        self._after.setText(after)

    def render_state(self, words: str, *, is_ready: bool, has_failed: bool) -> None:
        """Show how the start goes, and what comes next."""
        self._state.setText(words)
        self._state.setVisible(bool(words))
        self._after.setVisible(not words)
        self._try.setVisible(is_ready)
        self._connect.setVisible(is_ready)
        self._details.setVisible(has_failed)

    def render_start(self, progress: "StartProgress | None") -> None:
        """Show the steps of the start."""
        self._steps.setVisible(progress is not None)
        if progress is not None:
            self._steps.render_progress(progress)
