"""The memory as one bar, true to scale, with a legend. Pieces differ in pattern and place, not in colour alone."""

from itertools import accumulate
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QHelpEvent, QPainter, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QVBoxLayout, QWidget

from trayapp.core.memory_picture import MemoryPicture, Part
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording.memory_picture import picture_name, picture_words, segment_words

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

_HEIGHT_PX = 28
_LEGEND_PX = 12
_PATTERNS = {
    Part.OTHERS: Qt.BrushStyle.BDiagPattern,
    Part.WEIGHTS: Qt.BrushStyle.SolidPattern,
    Part.WORKING: Qt.BrushStyle.Dense4Pattern,
    Part.KV_CACHE: Qt.BrushStyle.SolidPattern,
    Part.RESERVE: Qt.BrushStyle.FDiagPattern,
    Part.FREE: Qt.BrushStyle.NoBrush,
    Part.MISSING: Qt.BrushStyle.DiagCrossPattern,
}
_MISSING_LIGHT, _MISSING_DARK = QColor("#b00020"), QColor("#ff8a80")
_MIDDLE = 128
_WEIGHTS_SHARE = 0.35
"""Of the way from the background to the text: the palette's own grey is next to black in dark schemes."""


class MemoryBar(QWidget):
    """A bar with a name above and a legend below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = text_label(name="memory_name")
        self._strip = _Strip()
        self._legend = _Legend()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP // 2)
        for widget in (self._name, self._strip, self._legend):
            whole.addWidget(widget)

    def render_picture(self, picture: MemoryPicture | None) -> None:
        """Show this; None: nothing is known, and nothing is shown."""
        self.setVisible(picture is not None)
        if picture is None:
            return
        self._name.setText(picture_name(picture))
        named(self, "memory", picture_name(picture))
        named(self._strip, "memory_strip", picture_name(picture))
        self.setAccessibleDescription(picture_words(picture))
        self._strip.setAccessibleDescription(picture_words(picture))
        self._strip.render_picture(picture)
        self._legend.render_picture(picture)

    def set_legend_visible(self, visible: bool) -> None:
        """Show the legend only where there is room for it."""
        self._legend.setVisible(visible)


class _Strip(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._picture = MemoryPicture(0, ())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def render_picture(self, picture: MemoryPicture) -> None:
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(320, _HEIGHT_PX)

    def places(self) -> list[QRectF]:
        """Return where each piece lies."""
        width = self.width() - 1
        ends = [width * done / self._picture.shown_bytes for done in accumulate(_sizes(self._picture))]
        starts = [0.0, *ends[:-1]] if ends else []
        return [QRectF(start, 0.5, end - start, self.height() - 1.5) for start, end in zip(starts, ends, strict=True)]

    def paintEvent(self, event: "QPaintEvent") -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().base())
        for segment, place in zip(self._picture.segments, self.places(), strict=True):
            _paint_piece(painter, self.palette(), segment.part, place)
        painter.end()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            for segment, place in zip(self._picture.segments, self.places(), strict=True):
                if place.contains(event.pos()):
                    QToolTip.showText(event.globalPos(), segment_words(segment), self, place.toRect())
                    return True
        return super().event(event)


class _Legend(QWidget):
    """A line for each piece, in as many columns as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._picture = MemoryPicture(0, ())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def render_picture(self, picture: MemoryPicture) -> None:
        self._picture = picture
        self.updateGeometry()
        self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide enough for the longest line: a size that is cut says nothing."""
        return QSize(self._widest() + _LEGEND_PX + GAP, 0)

    def resizeEvent(self, _event: object) -> None:  # noqa: N802 - Qt's name
        self._fit()

    def _fit(self) -> None:
        columns, line_px = self._grid()
        self.setFixedHeight(-(-len(self._picture.segments) // columns) * line_px)
        self.update()

    def _widest(self) -> int:
        advance = self.fontMetrics().horizontalAdvance
        return max((advance(segment_words(each)) for each in self._picture.segments), default=1)

    def _grid(self) -> tuple[int, int]:
        columns = max(1, self.width() // (self._widest() + _LEGEND_PX + 3 * GAP))
        return columns, max(self.fontMetrics().height(), _LEGEND_PX) + GAP // 2

    def paintEvent(self, event: "QPaintEvent") -> None:  # noqa: N802 - Qt's name
        del event
        painter = QPainter(self)
        columns, line_px = self._grid()
        for number, segment in enumerate(self._picture.segments):
            left = number % columns * (self.width() / columns)
            top = number // columns * line_px
            swatch = QRectF(left + 0.5, top + (line_px - _LEGEND_PX) / 2, _LEGEND_PX, _LEGEND_PX)
            _paint_piece(painter, self.palette(), segment.part, swatch)
            text = QRectF(left + _LEGEND_PX + GAP, top, self.width() / columns - _LEGEND_PX - GAP, line_px)
            painter.setPen(self.palette().windowText().color())
            painter.drawText(text, int(Qt.AlignmentFlag.AlignVCenter), segment_words(segment))
        painter.end()


def _sizes(picture: MemoryPicture) -> list[int]:
    return [segment.size_bytes for segment in picture.segments]


def _paint_piece(painter: QPainter, palette: QPalette, part: Part, place: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.fillRect(place, palette.base())
    painter.fillRect(place, QBrush(_colour(palette, part), _PATTERNS[part]))
    painter.setPen(palette.windowText().color())
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(place)


def _colour(palette: QPalette, part: Part) -> QColor:
    if part is Part.MISSING:
        return _MISSING_DARK if palette.base().color().lightness() < _MIDDLE else _MISSING_LIGHT
    if part in {Part.KV_CACHE, Part.WORKING}:
        return palette.highlight().color()
    text, base = palette.windowText().color(), palette.base().color()
    return _between(base, text, _WEIGHTS_SHARE) if part is Part.WEIGHTS else text


def _between(one: QColor, other: QColor, share: float) -> QColor:
    """Return a colour on the way from one to the other."""
    pairs = ((one.red(), other.red()), (one.green(), other.green()), (one.blue(), other.blue()))
    return QColor(*(round(start + (end - start) * share) for start, end in pairs))
