"""Labels as the windows have them: plain text that can be selected, wrapped, and large where it is a heading."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

GAP = 8
"""Pixels of the grid on which everything stands."""
PERCENT = "%p\u00a0%"
"""What a bar says in its middle, spaced as in every sentence."""
_HEADING_SIZE = 1.2


def text_label(text: str = "", *, name: str = "", heading: bool = False) -> QLabel:
    """Return a label for words that are no markup; name is the object's, for tests and screen readers."""
    label = QLabel(text)
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if heading:
        font = label.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * _HEADING_SIZE)
        label.setFont(font)
    return label


def named(widget: "QWidget", name: str, accessible: str) -> None:
    """Give a widget the name that tests know, and the one that a screen reader says."""
    widget.setObjectName(name)
    widget.setAccessibleName(accessible.replace("&", ""))
