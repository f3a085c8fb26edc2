"""Something that takes a while: how far it is, a bar, and a button that ends it; then how it ended. Values in."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from trayapp.ui.labels import GAP, PERCENT, named, text_label

_PARTS = 1000


class WorkPanel(QWidget):
    """Hidden while there is nothing to say. Signal: cancel_wanted."""

    cancel_wanted = Signal()

    def __init__(self, cancel_label: str, bar_name: str) -> None:
        super().__init__()
        self._told = text_label(name="told")
        self._bar = QProgressBar()
        self._bar.setFormat(PERCENT)
        named(self._bar, "work_bar", bar_name)
        self._cancel = QPushButton(cancel_label)
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(lambda _checked: self.cancel_wanted.emit())
        named(self._cancel, "cancel", cancel_label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GAP)
        row.addWidget(self._told, 2)
        row.addWidget(self._bar, 1)
        row.addWidget(self._cancel)
        self.render_work("", under_way=False)

    def render_work(self, words: str, *, under_way: bool, share: float | None = None) -> None:
        """Show how far it is, or how it ended; share is 0 to 1, None where nobody knows: then the bar wanders."""
        self._told.setText(words)
        self._bar.setVisible(under_way)
        self._cancel.setVisible(under_way)
        self._bar.setRange(0, _PARTS if share is not None else 0)
        self._bar.setTextVisible(share is not None)
        self._bar.setValue(round(_PARTS * (share or 0)))
        self.setVisible(under_way or bool(words))
