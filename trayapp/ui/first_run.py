"""The set-up window: three steps, each with what was found and one button that leads on. Renders and tells wishes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from trayapp.ui.buttons import button, relabel
from trayapp.ui.first_run_pages import ComputerPage, StartPage
from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, text_label
from trayapp.ui.models_page import ModelsPage
from trayapp.ui.scrolling import scrolled
from trayapp.wording import first_run

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from trayapp.ui.icons import Icons

COMPUTER, MODEL, START = range(3)


class FirstRunWindow(QWidget):
    """Signals: start_wanted, cancel_wanted (of a start), closed; those of the steps are told by their pages."""

    start_wanted = Signal()
    cancel_wanted = Signal()
    step_entered = Signal(int)
    closed = Signal()

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(first_run.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(800, 640)
        self._model = ""
        self._starting = self._ready = self._installing = False
        self.computer = ComputerPage()
        self.models = ModelsPage()
        self.start = StartPage()
        self._chosen = text_label(first_run.chosen_words(""), name="chosen", heading=True)
        model = QWidget()
        inside = QVBoxLayout(model)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self._chosen)
        inside.addWidget(self.models, 1)
        self._pages = QStackedWidget()
        for page in (self.computer, model, self.start):
            self._pages.addWidget(scrolled(page))
        self._titles = [QLabel(first_run.step_label(n, title)) for n, title in enumerate(first_run.step_titles(), 1)]
        heads = QHBoxLayout()
        heads.setSpacing(4 * GAP)
        for number, title in enumerate(self._titles):
            title.setObjectName(f"step_{number}")
            heads.addWidget(title)
        heads.addStretch(1)
        line = QFrame()
        line.setFrameShape(QFrame.Shape.HLine)
        line.setFrameShadow(QFrame.Shadow.Sunken)
        self._back = QPushButton(first_run.back_label())
        self._back.setAutoDefault(False)
        self._back.clicked.connect(lambda: self.go_to(self._pages.currentIndex() - 1))
        self._back.setObjectName("back")
        self._next = button("next", first_run.next_label(), self._go_on)
        self._next.setAutoDefault(True)
        self._next.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addStretch(1)
        buttons.addWidget(self._back)
        buttons.addWidget(self._next)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        whole.addLayout(heads)
        whole.addWidget(line)
        whole.addWidget(self._pages, 1)
        whole.addLayout(buttons)
        self._render_step()
        self._next.setFocus()

    def go_to(self, step: int) -> None:
        """Show one of the three steps."""
        self._pages.setCurrentIndex(max(COMPUTER, min(START, step)))
        self._render_step()
        if self._next.isEnabled():
            self._next.setFocus()  # Return leads on
        self.step_entered.emit(self._pages.currentIndex())

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._pages.currentIndex()

    def render_model(self, name: str) -> None:
        """Show which model is chosen; "" is none."""
        self._model = name
        self._chosen.setText(first_run.chosen_words(name))
        self._render_step()

    def render_start(self, *, starting: bool, ready: bool, installing: bool = False) -> None:
        """Show whether it starts or runs: the button then cancels or closes; installing: vLLM is not there yet."""
        self._starting, self._ready, self._installing = starting, ready, installing
        self._render_step()

    def closeEvent(self, event: "QCloseEvent") -> None:  # noqa: N802 - Qt's name
        """Nothing is lost: what was chosen is kept, and a start goes on."""
        self.closed.emit()
        super().closeEvent(event)

    def _render_step(self) -> None:
        step = self._pages.currentIndex()
        for number, title in enumerate(self._titles):
            font = title.font()
            font.setBold(number == step)
            title.setFont(font)
        self._back.setEnabled(step != COMPUTER and not self._starting)
        too_early = step == START and self._installing and not self._starting
        self._next.setEnabled((step == COMPUTER or bool(self._model) or self._ready) and not too_early)
        label = first_run.next_label()
        if step == START:
            label = first_run.start_label()
            if self._ready:
                label = first_run.close_label()
            elif self._starting:
                label = first_run.cancel_label()
        relabel(self._next, label)

    def _go_on(self) -> None:
        if self.step != START:
            self.go_to(self.step + 1)
        elif self._ready:
            self.close()
        elif self._starting:
            self.cancel_wanted.emit()
        else:
            self.start_wanted.emit()
