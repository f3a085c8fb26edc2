"""Buttons as the windows have them, and rows of widgets with room between them."""

from typing import TYPE_CHECKING, TypeVar

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QWidget

from trayapp.ui.labels import GAP, named

if TYPE_CHECKING:
    from collections.abc import Callable

Box = TypeVar("Box", bound=QAbstractButton)
_MIDDLE = 128  # of the lightness, 0 to 255


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


def outlined(box: Box) -> Box:
    """Return a box to tick with an outline that is seen in dark colours, too.

    Qt's own style draws it a little darker than the window, which cannot be told from a dark one; nothing else of a box
    has the colour of the window.
    """
    palette = box.palette()
    if palette.window().color().lightness() < _MIDDLE:
        palette.setColor(QPalette.ColorRole.Window, palette.windowText().color())
        box.setPalette(palette)
    return box
