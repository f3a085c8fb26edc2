"""What the model does: the steps of a start with their times, then memory, requests and speed while it runs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from trayapp.core.live_figures import KEPT_S
from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.line_chart import LineChart
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.scrolling import scrolled
from trayapp.ui.views import Wish
from trayapp.wording import activity

if TYPE_CHECKING:
    from trayapp.core.live_figures import Live
    from trayapp.core.memory_picture import MemoryPicture
    from trayapp.core.start_times import StartProgress
    from trayapp.ui.icons import Icons

_STEPS_IN_BAR = 1000
_STARTING_PX, _RUNNING_PX = 440, 680


class ActivityWindow(QWidget):
    """Signal: wish(Wish), of the one button."""

    wish = Signal(object)

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(activity.window_title())
        self.setWindowIcon(icons.icon(APP))
        self._made = QSize()
        self._wish = Wish.START
        self._status = text_label(name="status", heading=True)
        self._start = StartSteps()
        self._bar = MemoryBar()
        self._bar.hide()
        self._live = LiveLines()
        self._page = QWidget()
        self._area = self._scrolled()
        self._button = QPushButton()
        self._button.setObjectName("act")
        self._button.clicked.connect(lambda: self.wish.emit(self._wish))
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        whole.addWidget(self._status)
        whole.addWidget(self._area)
        whole.addLayout(buttons)

    def _scrolled(self) -> QScrollArea:
        rows = QVBoxLayout(self._page)
        rows.setContentsMargins(0, 0, GAP, 0)
        rows.setSpacing(GAP)
        for each in (self._start, self._bar, self._live):
            rows.addWidget(each)
        rows.addStretch(1)
        area = scrolled(self._page)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # nothing in it takes the focus, and the keys must reach it
        named(area, "figures", activity.figures_label())
        return area

    def render_state(self, status: str, wish: Wish, *, runs: bool) -> None:
        """Show the state in words, and on the button what can be done: start it, cancel a start, stop it."""
        self._status.setText(status)
        self._wish = wish
        stop = activity.stop_label() if runs else activity.cancel_label()
        label = activity.start_label() if wish is Wish.START else stop
        self._button.setText(label)
        self._button.setAccessibleName(label.replace("&", ""))
        self._live.setVisible(runs)
        if self.size() == self._made or not self._made.isValid():  # a size that a person gave it stays
            self.resize(QSize(560, _RUNNING_PX if runs else _STARTING_PX).boundedTo(self.screen().availableSize()))
            self._made = self.size()

    def render_start(self, progress: "StartProgress | None") -> None:
        """Show the steps of the start under way, or of the last one; None: there was none yet."""
        self._start.setVisible(progress is not None)
        if progress is not None:
            self._start.render_progress(progress)

    def render_picture(self, picture: "MemoryPicture | None") -> None:
        """Show what the memory holds; None: nothing is known."""
        self._bar.render_picture(picture)
        needed = self._page.minimumSizeHint().width() + self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(needed)  # its sizes are not cut

    def render_live(self, live: "Live", *, of_gpu: bool | None) -> None:
        """Show memory (of the GPU or of the computer; None: of neither), requests and speed."""
        self._live.render_live(live, of_gpu=of_gpu)


class StartSteps(QWidget):
    """The steps of a start, each with its time, below a bar."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "steps", activity.steps_label())
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        named(self._bar, "bar", activity.bar_label())
        self._words = text_label(name="progress")
        self._remark = text_label(name="remark")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(2 * GAP)
        self._grid.setVerticalSpacing(GAP // 2)
        self._grid.setColumnStretch(0, 1)
        self._cells: list[tuple[QLabel, QLabel]] = []
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(self._bar)
        whole.addWidget(self._words)
        whole.addLayout(self._grid)
        whole.addWidget(self._remark)

    def render_progress(self, progress: "StartProgress") -> None:
        """Show this start."""
        share = progress.share
        self._bar.setVisible(not progress.is_over)
        self._bar.setRange(0, 0 if share is None else _STEPS_IN_BAR)
        if share is not None:
            self._bar.setValue(round(share * _STEPS_IN_BAR))
        self._words.setText(activity.progress_words(progress))
        remark = activity.first_start_words(progress)
        self._remark.setText(remark)
        self._remark.setVisible(bool(remark))
        while len(self._cells) < len(progress.rows):
            cells = (QLabel(), QLabel())
            cells[1].setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, cell in enumerate(cells):
                self._grid.addWidget(cell, len(self._cells), column)
            self._cells.append(cells)
        for place, cells in enumerate(self._cells):
            row = progress.rows[place] if place < len(progress.rows) else None
            texts = (activity.step_words(row), activity.step_seconds(row)) if row is not None else ("", "")
            for cell, text in zip(cells, texts, strict=True):
                cell.setText(text)
                cell.setVisible(row is not None)


class LiveLines(QWidget):
    """Three lines of the last ten minutes, each with its value now."""

    def __init__(self) -> None:
        super().__init__()
        self._charts: list[LineChart] = []
        self._heads: list[QLabel] = []
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP // 2)
        for name in ("memory", "requests", "speed"):
            head = text_label(name=f"{name}_now")
            chart = LineChart(KEPT_S)
            chart.setObjectName(name)
            whole.addWidget(head)
            whole.addWidget(chart)
            whole.addSpacing(GAP)
            self._heads.append(head)
            self._charts.append(chart)
        whole.addWidget(text_label(activity.ten_minutes()))

    def render_live(self, live: "Live", *, of_gpu: bool | None) -> None:
        """Show these ten minutes; of_gpu None: without the memory."""
        speeds = live.tokens_per_s()
        lines = (
            (activity.memory_name(of_gpu=bool(of_gpu)), activity.memory_now(live.now), live.memory()),
            (activity.requests_name(), activity.requests_now(live.now), live.requests()),
            (activity.speed_name(), activity.speed_now(speeds[-1][1] if speeds else None), speeds),
        )
        highest = float(live.now.memory_total_bytes or 0)
        for place, (head, chart) in enumerate(zip(self._heads, self._charts, strict=True)):
            name, now, points = lines[place]
            for widget in (head, chart) if place == 0 else ():
                widget.setVisible(of_gpu is not None)
            head.setText(f"{name}: {now}")
            chart.setAccessibleName(name)
            chart.render_points(points, highest if place == 0 else 0.0, f"{name}: {now}")
