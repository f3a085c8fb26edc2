"""A line over the last ten minutes, painted in the colours of the desktop. Renders points, knows no unit."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QPaintEvent

_HEIGHT_PX = 56
_FILL_ALPHA = 60
_ROOM = 1.1
"""The highest point stays a little below the upper edge."""


class LineChart(QWidget):
    """Shows points (seconds, value) of a span of time that ends with the newest."""

    def __init__(self, span_s: float) -> None:
        super().__init__()
        self._span_s = span_s
        self._points: tuple[tuple[float, float], ...] = ()
        self._highest = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def render_points(self, points: "Sequence[tuple[float, float]]", highest: float = 0.0, words: str = "") -> None:
        """Show these; highest is the upper end of the scale (0: the highest point); words say it to who cannot see."""
        self._points = tuple(points)
        self._highest = highest or max((value for _at, value in points), default=0.0) * _ROOM or 1.0
        self.setAccessibleDescription(words)
        self.setToolTip(words)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as there is room."""
        return QSize(320, _HEIGHT_PX)

    def paintEvent(self, event: "QPaintEvent") -> None:  # noqa: N802 - Qt's name
        """Paint the frame, the area and the line."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.base())
        painter.setPen(palette.mid().color())
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        line = self._line()
        if len(line) > 1:
            area = QColor(palette.highlight().color())
            area.setAlpha(_FILL_ALPHA)
            bottom = float(self.height() - 1)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(area)
            painter.drawPolygon(QPolygonF([QPointF(line[0].x(), bottom), *line, QPointF(line[-1].x(), bottom)]))
            painter.setPen(QPen(palette.highlight().color(), 2))
            painter.drawPolyline(QPolygonF(line))
        painter.end()

    def _line(self) -> list[QPointF]:
        if not self._points:
            return []
        newest_s, width, height = self._points[-1][0], self.width() - 2, self.height() - 4
        return [
            QPointF(
                1 + width * max(0.0, 1 - (newest_s - at_s) / self._span_s),
                2 + height * (1 - min(1.0, value / self._highest)),
            )
            for at_s, value in self._points
        ]
