"""One picture a state."""

import itertools
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QColor, QImage

from trayapp.ui.icons import Icons

FOLDER = Path(__file__).parents[2] / "resources" / "icons"
NAMES = ("stopped", "working", "ready", "failed")
SIZES_PX = (16, 22, 24, 32, 48, 64)
LEAST_CONTRAST = 3.0  # what WCAG 2.2 asks of a picture with a meaning


def picture(name: str, size_px: int) -> QImage:
    image = QImage(str(FOLDER / f"{name}-{size_px}.png"))
    assert not image.isNull()
    return image


def shape(image: QImage) -> list[bool]:
    """Which pixels are covered, whatever their colour."""
    return [image.pixelColor(x, y).alpha() > 128 for y in range(image.height()) for x in range(image.width())]


def luminance(colour: QColor) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [*NAMES, "vllm-tray"])
def test_every_picture_is_there_in_every_size_and_as_svg(qapp: QObject, name: str) -> None:
    assert {size.width() for size in Icons(FOLDER).icon(name).availableSizes()} == set(SIZES_PX)
    assert (FOLDER / f"{name}.svg").is_file()
    for size_px in SIZES_PX:
        assert picture(name, size_px).width() == size_px


@pytest.mark.parametrize("size_px", SIZES_PX)
def test_states_are_told_apart_by_shape_alone(size_px: int) -> None:
    for one, other in itertools.combinations(NAMES, 2):
        shapes = shape(picture(one, size_px)), shape(picture(other, size_px))
        differing = sum(here != there for here, there in zip(*shapes, strict=True))
        assert differing > 0.1 * size_px**2, (one, other)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("panel", ["#ffffff", "#353535", "#000000"])
def test_pictures_are_readable_on_light_and_dark_panels(name: str, panel: str) -> None:
    image = picture(name, 48)
    pixels = [image.pixelColor(x, y) for x in range(48) for y in range(48)]
    opaque = [colour for colour in pixels if colour.alpha() == 255 and colour != QColor("white")]
    assert max(contrast(colour, QColor(panel)) for colour in opaque) >= LEAST_CONTRAST


def test_an_icon_is_loaded_once(qapp: QObject) -> None:
    icons = Icons(FOLDER)
    assert icons.icon("ready") is icons.icon("ready")
    assert Path(icons.picture("ready")).is_file()
