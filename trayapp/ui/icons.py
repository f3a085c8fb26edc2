"""The pictures that come with the app, as icons. Renders in several sizes; no SVG library is loaded."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

if TYPE_CHECKING:
    from pathlib import Path

APP = "vllm-tray"
_SIZES_PX = (16, 22, 24, 32, 48, 64)


class Icons:
    """Icons by name: stopped, working, ready, failed, and the app's own."""

    def __init__(self, folder: "Path") -> None:
        """folder: resources/icons."""
        self._folder = folder
        self._loaded: dict[str, QIcon] = {}

    def icon(self, name: str) -> QIcon:
        """Return the icon of that name; a size is read from its file when it is first painted."""
        if name not in self._loaded:
            icon = QIcon()
            for size in _SIZES_PX:
                icon.addFile(str(self._folder / f"{name}-{size}.png"), QSize(size, size))
            self._loaded[name] = icon
        return self._loaded[name]

    def picture(self, name: str) -> str:
        """Return the path of a picture that a notification can show."""
        return str(self._folder / f"{name}-48.png")
