"""Buttons as the windows have them, and rows of widgets with room between them."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from trayapp.ui.labels import GAP, named

if TYPE_CHECKING:
    from collections.abc import Callable


def button(name: str, label: str, pressed: "Callable[[], object]") -> QPushButton:
    """Return a button that calls pressed; name is the object's, for tests, the label is read out without its "&"."""
    made = QPushButton(label)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked: pressed())
    named(made, name, label)
    return made


def relabel(made: QPushButton, label: str) -> None:
    """Give a button another label, for the eye and for the ear."""
    made.setText(label)
    made.setAccessibleName(label.replace("&", ""))


def side_by_side(*widgets: QWidget | None) -> QHBoxLayout:
    """Return a row of widgets; None is room that grows."""
    layout = QHBoxLayout()
    layout.setSpacing(GAP)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget)
    return layout
