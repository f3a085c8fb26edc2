"""The models of this computer and those to be had, with search and download. Values in, wishes out.

A widget of its own, for a window and for a page of the settings.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from trayapp.ui.buttons import button, relabel, side_by_side
from trayapp.ui.download_panel import DownloadPanel
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import models_page as words
from trayapp.wording.models import no_models_words, row_detail, row_size, row_verdict
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trayapp.core.model_rows import ModelRow

_FAINT = 0.7


def fainter(text: QColor) -> QColor:
    """Return the colour of words that step back and can be read all the same; Qt's own has a contrast below 4."""
    colour = QColor(text)
    colour.setAlphaF(_FAINT)
    return colour


class ModelsPage(QWidget):
    """Signals carry a ModelRow, or the words of a search; what concerns a download is told by its panel."""

    use_wanted = Signal(object)
    remove_wanted = Signal(object)
    download_wanted = Signal(object)
    page_wanted = Signal(object)
    search_wanted = Signal(str)
    suggestions_wanted = Signal()
    folder_wanted = Signal()
    selftest_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel = DownloadPanel()
        self._sure = ""  # the model whose removal was asked for once
        self._here = _RowList("models_here", words.here_heading())
        self._use = button("use", words.use_label(), lambda: self._tell(self.use_wanted, self._here))
        self._remove = button("remove", words.remove_label(), self._remove_pressed)
        folder = button("folder", words.folder_label(), self.folder_wanted.emit)
        selftest = button("selftest", words.selftest_label(), self.selftest_wanted.emit)
        self._trouble = text_label(name="trouble")
        self._trouble.hide()
        self._here_note = text_label(words.looking_words(), name="here_note")

        self._offer_heading = text_label(words.offer_heading(), name="offer_heading", heading=True)
        self._search = QLineEdit()
        self._search.setPlaceholderText(words.search_hint())
        self._search.setClearButtonEnabled(True)
        self._search.returnPressed.connect(self._search_pressed)
        named(self._search, "search", words.search_hint())
        search = button("search_button", words.search_label(), self._search_pressed)
        self._suggestions = button("suggestions", words.catalogue_label(), self.suggestions_wanted.emit)
        self._offer = _RowList("models_offer", words.offer_heading())
        self._offer_note = text_label(words.looking_words(), name="offer_note")
        self._download = button("download", words.download_label(), self._download_pressed)
        self._page = button("page", words.page_label(), lambda: self._tell(self.page_wanted, self._offer))

        whole = QVBoxLayout(self)
        whole.setSpacing(GAP)
        whole.addWidget(self._trouble)
        whole.addWidget(text_label(words.here_heading(), heading=True))
        whole.addWidget(self._here, 2)
        whole.addWidget(self._here_note)
        whole.addLayout(side_by_side(self._use, self._remove, None, selftest, folder))
        whole.addWidget(self._offer_heading)
        whole.addLayout(side_by_side(self._search, search, self._suggestions))
        whole.addWidget(self._offer, 3)
        whole.addWidget(self._offer_note)
        whole.addLayout(side_by_side(self._download, self._page, None))
        whole.addWidget(self.panel)

        self._here.currentItemChanged.connect(self._here_changed)
        self._here.itemActivated.connect(lambda: self._tell(self.use_wanted, self._here))
        self._offer.currentItemChanged.connect(self._offer_changed)
        self._offer.itemActivated.connect(self._download_pressed)
        self.render_suggestions(())
        self._here_changed()

    def render_here(self, rows: "Sequence[ModelRow]") -> None:
        """Show the models of this computer."""
        self._here.render_rows(rows)
        self._here.setVisible(bool(rows))
        self._here_note.setText("" if rows else no_models_words())
        self._here_changed()

    def render_suggestions(self, rows: "Sequence[ModelRow]") -> None:
        """Show the catalogue."""
        self._offer_heading.setText(words.offer_heading())
        self._suggestions.hide()
        self._render_offer(rows)
        if not rows:
            self._offer_note.setText(words.looking_words())

    def render_searching(self) -> None:
        """Show that the Hub is asked."""
        self._offer_note.setText(words.searching_words())

    def render_found(self, search: str, rows: "Sequence[ModelRow]") -> None:
        """Show what a search found."""
        self._offer_heading.setText(words.found_heading(search))
        self._suggestions.show()
        self._render_offer(rows)
        if not rows:
            self._offer_note.setText(words.nothing_found_words())

    def choose(self, row: "ModelRow") -> None:
        """Choose this row in whichever list it is; the person sees it first, and one press takes it."""
        for rows, buttons in ((self._here, self._use), (self._offer, self._download)):
            if rows.choose(row):
                buttons.setFocus()
                return

    def render_trouble(self, text: str) -> None:
        """Show above everything why the page was opened, "" for no reason."""
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))

    def render_note(self, text: str) -> None:
        """Show a sentence about the models of this computer: what was removed, or why not."""
        self._here_note.setText(text)

    def render_search_failed(self, text: str) -> None:
        """Show why the Hub could not be searched; what was there stays."""
        self._offer_note.setText(text)

    def _render_offer(self, rows: "Sequence[ModelRow]") -> None:
        self._offer.render_rows(rows)
        self._offer_changed()

    def _here_changed(self) -> None:
        row = self._here.row()
        self._sure = ""
        relabel(self._remove, words.remove_label())
        self._use.setEnabled(row is not None and row.verdict is not None)
        self._remove.setEnabled(row is not None and row.place.value == "cache")
        if row is not None:
            self._here_note.setText(row_detail(row))

    def _offer_changed(self) -> None:
        row = self._offer.row()
        self._download.setEnabled(row is not None)
        self._page.setEnabled(row is not None)
        if row is not None:
            self._offer_note.setText(row_detail(row))

    def _remove_pressed(self) -> None:
        """Ask once more with the same button: no box that stands in the way, and nothing lost by one click."""
        row = self._here.row()
        if row is None:
            return
        key = row.model + row.revision
        if self._sure != key:
            self._sure = key
            relabel(self._remove, words.remove_again_label(bytes_words(row.size_bytes + row.unfinished_bytes)))
            return
        self._sure = ""
        relabel(self._remove, words.remove_label())
        self.remove_wanted.emit(row)

    def _download_pressed(self) -> None:
        self._tell(self.download_wanted, self._offer)

    def _search_pressed(self) -> None:
        text = self._search.text().strip()
        if text:
            self.search_wanted.emit(text)
        else:
            self.suggestions_wanted.emit()

    @staticmethod
    def _tell(signal: SignalInstance, rows: "_RowList") -> None:
        row = rows.row()
        if row is not None:
            signal.emit(row)


class _RowList(QTreeWidget):
    """A table of models; the rows keep their order, the chosen one stays chosen."""

    def __init__(self, name: str, accessible: str) -> None:
        self._rows: tuple[ModelRow, ...] = ()
        super().__init__()
        named(self, name, accessible)
        self.setHeaderLabels(words.column_labels())
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setAllColumnsShowFocus(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setMinimumHeight(12 * GAP)
        header = self.header()
        header.setStretchLastSection(True)
        for column in (0, 1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def render_rows(self, rows: "Iterable[ModelRow]") -> None:
        before = self.row()
        self._rows = tuple(rows)
        self.clear()
        for row in self._rows:
            texts = [row.model if row.main else row.name, row_size(row)]
            texts += [row.quantization or row.weight_format, row_verdict(row)]
            item = QTreeWidgetItem(texts)
            for column, text in enumerate(texts):
                item.setToolTip(column, text)
            if not row.fits:
                for column in range(len(texts)):
                    item.setForeground(column, fainter(self.palette().text().color()))
            self.addTopLevelItem(item)
        same = (
            number
            for number, row in enumerate(self._rows)
            if before is not None and (row.model, row.revision) == (before.model, before.revision)
        )
        chosen = self.topLevelItem(next(same, 0))
        if chosen is not None:
            self.setCurrentItem(chosen)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Return a modest height: where there is room it grows, and a page with two of them need not be scrolled."""
        return QSize(super().sizeHint().width(), self.minimumHeight())

    def choose(self, row: "ModelRow") -> bool:
        """Return whether the row is in here, and is now the chosen one."""
        item = self.topLevelItem(self._rows.index(row)) if row in self._rows else None
        if item is not None:
            self.setCurrentItem(item)
            self.scrollToItem(item)
        return item is not None

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Take the colours of another theme."""
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange and self._rows:
            self.render_rows(self._rows)

    def row(self) -> "ModelRow | None":
        item = self.currentItem()
        index = self.indexOfTopLevelItem(item) if item is not None else -1
        return self._rows[index] if 0 <= index < len(self._rows) else None
