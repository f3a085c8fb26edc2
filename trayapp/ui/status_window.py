"""The small window with everything that the menu has, for desktops that show no tray icon. Renders and tells wishes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from trayapp.ui.buttons import outlined
from trayapp.ui.icons import APP
from trayapp.ui.scrolling import scrolled
from trayapp.wording.menu import no_tray_hint

if TYPE_CHECKING:
    from trayapp.ui.icons import Icons
    from trayapp.ui.views import Row, TrayView, Wish
    from trayapp.ui.wishes import Wishes

_ICON_PX = 48
_MOST_COLUMNS = 3
_WIDE_PX = 620


class StatusWindow(QWidget):
    """Closing it does not end the app."""

    def __init__(self, icons: "Icons", wishes: "Wishes") -> None:
        super().__init__()
        self._icons = icons
        self._wishes = wishes
        self._view: TrayView | None = None
        self._buttons: dict[Wish, QPushButton | QCheckBox] = {}
        self.setWindowTitle("vLLM Tray")
        self.setWindowIcon(icons.icon(APP))
        self._picture = QLabel()
        self._picture.setFixedSize(_ICON_PX, _ICON_PX)
        self._status = QLabel()
        self._detail = QLabel()
        self._hint = QLabel(no_tray_hint())
        for label in (self._status, self._detail, self._hint):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)  # a model's name is no markup
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        font = self._status.font()
        font.setBold(True)
        self._status.setFont(font)
        font = self._hint.font()
        font.setItalic(True)
        self._hint.setFont(font)
        self._page = QWidget()
        self._rows = QVBoxLayout(self._page)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._area = scrolled(self._page)
        self._whole = QVBoxLayout(self)
        self._lay_out()

    def render_view(self, view: "TrayView") -> None:
        """Show this (render itself is Qt's name for painting)."""
        if view == self._view:
            return
        before, self._view = self._view, view
        if before is None:
            self._fill(view)
        self._picture.setPixmap(self._icons.icon(view.icon).pixmap(_ICON_PX, _ICON_PX))
        self._status.setText(view.status)
        self._detail.setText(view.detail)
        self._detail.setVisible(bool(view.detail))
        for row in view.rows:
            self._render_row(row)
        self._grow()

    def _grow(self) -> None:
        """Take the room that everything needs, where the screen has it; below that the rows scroll."""
        whole, area = self._whole, self._area
        # A layout without a text that wraps has no height for a width: it says -1 then.
        total = whole.totalHeightForWidth(self.width()) if whole.hasHeightForWidth() else whole.totalSizeHint().height()
        around = total - max(area.sizeHint().height(), area.minimumSizeHint().height())
        needed = around + self._page.sizeHint().height()
        self.resize(QSize(self.width(), max(self.height(), needed)).boundedTo(self.screen().availableSize()))

    def set_hint_visible(self, visible: bool) -> None:
        """Show or hide the reason for this window: not needed where the person asked for it."""
        self._hint.setVisible(visible)
        self._grow()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        texts = QVBoxLayout()
        texts.addWidget(self._status)
        texts.addWidget(self._detail)
        texts.addStretch()
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addSpacing(8)
        head.addLayout(texts, 1)
        whole = self._whole
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(12)
        whole.addLayout(head)
        whole.addWidget(self._area, 1)
        whole.addWidget(self._hint)
        self.setMinimumWidth(_WIDE_PX)
        self.resize(_WIDE_PX, self.minimumSizeHint().height())

    def _fill(self, view: "TrayView") -> None:
        for section in view.sections:
            line = QFrame()
            line.setFrameShape(QFrame.Shape.HLine)
            line.setFrameShadow(QFrame.Shadow.Sunken)
            self._rows.addWidget(line)
            grid = QGridLayout()
            columns = _MOST_COLUMNS if len(section) % _MOST_COLUMNS == 0 else 2 if len(section) > 1 else 1
            for place, row in enumerate(section):
                button = self._button(row)
                self._buttons[row.wish] = button
                grid.addWidget(button, place // columns, place % columns)
            for column in range(columns):
                grid.setColumnStretch(column, 1)
            self._rows.addLayout(grid)

    def _button(self, row: "Row") -> QPushButton | QCheckBox:
        button = QPushButton() if row.checked is None else outlined(QCheckBox())
        button.clicked.connect(lambda checked, wish=row.wish: self._clicked(wish, checked))
        return button

    def _render_row(self, row: "Row") -> None:
        button = self._buttons[row.wish]
        button.setText(row.text.replace("&", "&&"))
        button.setEnabled(row.enabled)
        if row.checked is not None:
            button.setChecked(row.checked)

    def _clicked(self, wish: "Wish", checked: bool) -> None:
        if self._view is not None:  # a switch shows what is, not what was clicked
            for row in self._view.rows:
                if row.wish is wish:
                    self._render_row(row)
        self._wishes.tell(wish, checked)
