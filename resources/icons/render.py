"""Renders the pictures of this folder: NAME-SIZE.png beside each NAME.svg. Run it after a change of a picture.

The app loads the renders alone, so that it needs no SVG library; the SVG files are for desktops and for people.
"""

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

FOLDER = Path(__file__).parent
TRAY_SIZES_PX = (16, 22, 24, 32, 48, 64)
APP_SIZES_PX = (*TRAY_SIZES_PX, 128, 256)


def render(picture: Path, size_px: int) -> Path:
    """Return the path of the render that was written."""
    image = QImage(size_px, size_px, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(str(picture)).render(painter)
    painter.end()
    target = picture.with_name(f"{picture.stem}-{size_px}.png")
    if not image.save(str(target)):
        sys.exit(f"{target} could not be written")
    return target


if __name__ == "__main__":
    for svg in sorted(FOLDER.glob("*.svg")):
        for size in APP_SIZES_PX if svg.stem == "vllm-tray" else TRAY_SIZES_PX:
            print(render(svg, size).name)
