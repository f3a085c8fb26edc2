"""The installations of vLLM on this computer, and what could be installed. Renders a view and tells wishes."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from trayapp.core.runtime_rows import OWN, Offer, RuntimeRow
from trayapp.ui.buttons import button, relabel, side_by_side
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.work_panel import WorkPanel
from trayapp.wording import runtime_page as words


@dataclass(frozen=True, slots=True)
class RuntimeView:
    """What the page shows: rows is None until they are known, running the `vllm` that runs a model now, "" for none.

    offer_note says what an installation brings, or that nothing is new; busy: nothing can be changed now.
    """

    rows: tuple[RuntimeRow, ...] | None = None
    recommended: Offer | None = None
    offer: Offer | None = None
    offer_note: str = ""
    running: str = ""
    busy: bool = False
    told: str = ""
    can_restart: bool = False

    @property
    def previous(self) -> RuntimeRow | None:
        """The one that was used before."""
        return next((row for row in self.rows or () if row.previous and not row.chosen), None)

    def why_kept(self, row: RuntimeRow) -> str:
        """Return why an installation cannot be removed, "" when it can."""
        if row.kind != OWN:
            return words.kept_because_foreign()
        if row.executable == self.running:
            return words.kept_because_running()
        return words.kept_because_used() if row.chosen else ""


class RuntimePage(QWidget):
    """Signals carry a RuntimeRow, or the Offer that is to be installed."""

    use_wanted = Signal(object)
    back_wanted = Signal()
    remove_wanted = Signal(object)
    look_wanted = Signal()
    install_wanted = Signal(object)
    restart_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = RuntimeView()
        self._sure = ""  # the installation whose removal was asked for once
        self.panel = WorkPanel(words.cancel_label(), words.progress_name())
        self._recommended = text_label(name="recommended")
        self._rows = _list()
        self._note = text_label(name="note")
        self._use = button("use", words.use_label(), self._use_pressed)
        self._back = button("back", words.back_label(None), self.back_wanted.emit)
        self._remove = button("remove", words.remove_label(), self._remove_pressed)
        self._told = text_label(name="changed")
        self._restart = button("restart_model", words.restart_label(), self.restart_wanted.emit)
        self._offer = text_label(name="offer")
        self._look = button("look", words.look_label(), self.look_wanted.emit)
        self._install = button("install", words.install_label(None), self._install_pressed)
        changed = side_by_side(self._restart)
        changed.insertWidget(0, self._told, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(GAP, GAP, GAP, GAP)
        whole.setSpacing(GAP)
        whole.addWidget(text_label(words.here_heading(), heading=True))
        whole.addWidget(self._recommended)
        whole.addWidget(self._rows, 1)
        whole.addWidget(self._note)
        whole.addLayout(side_by_side(self._use, self._back, self._remove, None))
        whole.addLayout(changed)
        whole.addWidget(text_label(words.news_heading(), heading=True))
        whole.addWidget(self._offer)
        whole.addLayout(side_by_side(self._install, self._look, None))
        whole.addWidget(self.panel)
        self._rows.currentItemChanged.connect(self._marked)
        self.render_view(self._view)

    def render_view(self, view: RuntimeView) -> None:
        """Show all of it; the marked installation stays marked."""
        before, self._view = self._view, view
        if view.rows != before.rows:
            self._render_rows(self._row(before.rows))
        self._recommended.setText(words.recommended_words(view.recommended) if view.recommended else "")
        self._recommended.setVisible(view.recommended is not None)
        previous = view.previous
        relabel(self._back, words.back_label(previous))
        self._back.setEnabled(previous is not None and not view.busy)
        self._told.setText(view.told)
        self._told.setVisible(bool(view.told))
        self._restart.setVisible(view.can_restart)
        self._offer.setText(view.offer_note)
        self._offer.setVisible(bool(view.offer_note))
        relabel(self._install, words.install_label(view.offer))
        self._install.setEnabled(view.offer is not None and not view.busy)
        self._look.setEnabled(not view.busy)
        self._marked()

    def _render_rows(self, marked: RuntimeRow | None) -> None:
        self._rows.clear()
        rows = self._view.rows or ()
        for row in rows:
            item = QTreeWidgetItem(words.row_words(row))
            for column in range(item.columnCount()):
                item.setToolTip(column, row.executable)
            self._rows.addTopLevelItem(item)
        same = (number for number, row in enumerate(rows) if marked and row.executable == marked.executable)
        chosen = (number for number, row in enumerate(rows) if row.chosen)
        now = self._rows.topLevelItem(next(same, next(chosen, 0)))
        if now is not None:
            self._rows.setCurrentItem(now)

    def _row(self, rows: tuple[RuntimeRow, ...] | None) -> RuntimeRow | None:
        item = self._rows.currentItem()
        number = self._rows.indexOfTopLevelItem(item) if item is not None else -1
        return rows[number] if rows and 0 <= number < len(rows) else None

    def _marked(self) -> None:
        view = self._view
        row = self._row(view.rows)
        self._sure = self._sure if row is not None and row.executable == self._sure else ""
        kept = view.why_kept(row) if row is not None else ""
        self._use.setEnabled(row is not None and not row.chosen and not view.busy)
        self._remove.setEnabled(row is not None and not kept and not view.busy)
        self._remove.setToolTip(kept)
        again = words.remove_again_label(row.size_bytes) if row is not None and self._sure else words.remove_label()
        relabel(self._remove, again)
        if row is not None:
            self._note.setText(words.row_detail(row, kept))
        else:
            self._note.setText(words.looking_words() if view.rows is None else words.none_words())

    def _use_pressed(self) -> None:
        row = self._row(self._view.rows)
        if row is not None:
            self.use_wanted.emit(row)

    def _remove_pressed(self) -> None:
        """Ask once more with the same button: nothing stands in the way, and nothing is lost by one click."""
        row = self._row(self._view.rows)
        if row is None:
            return
        asked, self._sure = self._sure, row.executable
        if asked == row.executable:
            self._sure = ""
            self.remove_wanted.emit(row)
        self._marked()

    def _install_pressed(self) -> None:
        if self._view.offer is not None:
            self.install_wanted.emit(self._view.offer)


def _list() -> QTreeWidget:
    rows = QTreeWidget()
    named(rows, "runtimes", words.here_heading())
    rows.setHeaderLabels(words.column_labels())
    rows.setRootIsDecorated(False)
    rows.setUniformRowHeights(True)
    rows.setAllColumnsShowFocus(True)
    rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    rows.setMinimumHeight(12 * GAP)
    rows.setSizeAdjustPolicy(QTreeWidget.SizeAdjustPolicy.AdjustToContents)
    rows.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return rows
