"""The first and the last step of the set-up window: what this computer is, and the start."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QScrollArea, QVBoxLayout, QWidget

from trayapp.ui.about_window import findings_list
from trayapp.ui.activity_window import StartSteps
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.memory_bar import MemoryBar
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
        self._install = action("install", first_run.install_label(), self.install_wanted)
        self._check = action("check", first_run.check_label(), self.check_wanted)
        self._check.setToolTip(first_run.check_help())
        self._again = action("again", first_run.again_label(), self.again_wanted)
        self._cancel = action("cancel", first_run.cancel_label(), self.cancel_wanted)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.setTextVisible(False)
        self._told = text_label(name="told")
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        for button in (self._install, self._check, self._again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        under_way = QHBoxLayout()
        under_way.setSpacing(GAP)
        under_way.addWidget(self._told, 2)
        under_way.addWidget(self._bar, 1)
        under_way.addWidget(self._cancel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(text_label(first_run.computer_intro()))
        whole.addWidget(self._summary)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(buttons)
        whole.addLayout(under_way)
        self.render_looking()
        self.render_work("", under_way=False)

    def render_looking(self) -> None:
        """Show that the computer is being examined."""
        self._summary.setText(first_run.looking_words())
        self._install.hide()
        self._offered = set()
        self._enable()

    def render_findings(self, findings: "tuple[Finding, ...]", *, has_vllm: bool, can_check: bool) -> None:
        """Show what was found, and offer what can be done about it."""
        self._summary.setText(first_run.computer_words(findings))
        self._scroll.setWidget(findings_list(findings))
        self._install.setVisible(not has_vllm)
        self._offered = {self._again, self._check if has_vllm and can_check else self._install}
        self._enable()

    def render_work(self, words: str, *, under_way: bool) -> None:
        """Show how far the check or the installation is, or how it ended."""
        self._told.setText(words)
        self._told.setVisible(bool(words))
        self._bar.setVisible(under_way)
        self._cancel.setVisible(under_way)
        self._under_way = under_way
        self._enable()

    def _enable(self) -> None:
        for button in (self._install, self._check, self._again):
            button.setEnabled(button in self._offered and not self._under_way)


class StartPage(QWidget):
    """Signals: try_wanted, connect_wanted, details_wanted."""

    try_wanted = Signal()
    connect_wanted = Signal()
    details_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._plan = text_label(first_run.planning_words(), name="plan")
        self._memory = MemoryBar()
        self._state = text_label(name="state", heading=True)
        self._steps = StartSteps()
        self._try = action("try_it", first_run.try_label(), self.try_wanted)
        self._connect = action("connect", first_run.connect_label(), self.connect_wanted)
        self._details = action("details", first_run.details_label(), self.details_wanted)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        for button in (self._try, self._connect, self._details):
            buttons.addWidget(button)
        buttons.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        for widget in (self._plan, self._memory, self._state, self._steps):
            whole.addWidget(widget)
        whole.addLayout(buttons)
        whole.addStretch(1)
        self.render_state("", is_ready=False, has_failed=False)
        self.render_start(None)

    def render_plan(self, paragraph: str, picture: "MemoryPicture | None") -> None:
        """Show the plan: a paragraph, and the memory."""
        self._plan.setText(paragraph)
        self._memory.render_picture(picture)

    def render_state(self, words: str, *, is_ready: bool, has_failed: bool) -> None:
        """Show how the start goes, and what comes next."""
        self._state.setText(words)
        self._state.setVisible(bool(words))
        self._try.setVisible(is_ready)
        self._connect.setVisible(is_ready)
        self._details.setVisible(has_failed)

    def render_start(self, progress: "StartProgress | None") -> None:
        """Show the steps of the start."""
        self._steps.setVisible(progress is not None)
        if progress is not None:
            self._steps.render_progress(progress)


def action(name: str, label: str, signal: object) -> QPushButton:
    """Return a button that emits a signal without arguments."""
    button = QPushButton(label)
    button.setAutoDefault(False)
    button.clicked.connect(signal)
    named(button, name, label)
    return button
