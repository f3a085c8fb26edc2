"""What holds for every window: names for those who hear them, keys that do not clash, one primary button, contrast."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QStackedWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.desktop.example_windows import windows
from tests.desktop.screenshots import dark
from trayapp.ui import fields, log_window, memory_bar
from trayapp.ui.models_page import fainter
from trayapp.ui.settings_pages import SettingsPage
from trayapp.wording.translation import use_language

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
LIGHT, DARK = ("#ffffff", "#efefef"), ("#202020", "#2d2d2d")


@pytest.fixture(params=["en", "de"])
def shown(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[dict[str, QWidget]]:
    use_language(request.param)
    made = dict(windows())
    for window in made.values():
        qtbot.addWidget(window)
        window.show()
    yield made
    use_language("en")


def _visible(window: QWidget) -> list[QWidget]:
    return [widget for widget in window.findChildren(QWidget) if widget.isVisibleTo(window)]


def test_whatever_takes_the_focus_has_a_name_to_be_read_out(shown: dict[str, QWidget]) -> None:
    nameless = [
        (name, type(widget).__name__, widget.objectName())
        for name, window in shown.items()
        for widget in _visible(window)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QScrollArea)
        if not QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)
    ]
    assert nameless == []


def _texts(window: QWidget) -> Iterator[str]:
    """What a window says of its own: labels, buttons, choices, hints, and what is read out; no log and no answer."""
    yield window.windowTitle()
    for widget in window.findChildren(QWidget):
        yield from (widget.accessibleName(), widget.accessibleDescription(), widget.toolTip())
        if isinstance(widget, QLabel | QAbstractButton):
            yield widget.text()
        elif isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        elif isinstance(widget, QComboBox):
            yield from map(widget.itemText, range(widget.count()))


ENGLISH = re.compile(r"\b(the|and|of|with|is|are|not|this|to|for|free|failed|default|stop|key)\b", re.IGNORECASE)


@pytest.mark.parametrize("shown", ["de"], indirect=True)
def test_a_german_window_says_nothing_in_english(shown: dict[str, QWidget]) -> None:
    said = [text.replace("&", "") for window in shown.values() for text in _texts(window)]
    assert len(said) > 500
    assert {text for text in said if ENGLISH.search(text)} == set()


def test_no_two_access_keys_of_a_window_are_the_same(shown: dict[str, QWidget]) -> None:
    clashes = {}
    for name, window in shown.items():
        texts = [widget.text() for widget in _visible(window) if isinstance(widget, QAbstractButton)]
        texts += [label.text() for label in _visible(window) if isinstance(label, QLabel) and label.buddy()]
        keys = Counter(key.toString() for key in map(QKeySequence.mnemonic, texts) if not key.isEmpty())
        twice = [key for key, times in keys.items() if times > 1]
        if twice:
            clashes[name] = (twice, [text for text in texts if "&" in text])
    assert clashes == {}


def test_a_window_has_one_primary_button_at_most(shown: dict[str, QWidget]) -> None:
    for name, window in shown.items():
        primary = [button.text() for button in window.findChildren(QPushButton) if button.isDefault()]
        assert len(primary) <= 1, (name, primary)


def test_every_window_fits_a_small_laptop_at_twice_the_size(shown: dict[str, QWidget]) -> None:
    """1366x768 at 200 %, less the panel."""
    too_large = {
        name: (least.width(), least.height())
        for name, window in shown.items()
        for least in [window.minimumSizeHint().expandedTo(window.minimumSize())]
        if least.width() > 683 or least.height() > 384 - 28
    }
    assert too_large == {}


def test_on_a_small_screen_no_page_of_the_settings_is_cut_at_its_side(shown: dict[str, QWidget], qtbot: QtBot) -> None:
    pages = {name: window for name, window in shown.items() if name.startswith("settings-")}
    assert len(pages) == 6
    for window in pages.values():
        window.resize(683, 356)
    for name, window in pages.items():
        (page,) = (each for each in window.findChildren(SettingsPage) if each.isVisibleTo(window))
        qtbot.waitUntil(lambda page=page: page.viewport().width() < 683, timeout=2_000)
        assert page.horizontalScrollBar().maximum() == 0, name


def test_on_a_small_screen_the_settings_leave_the_room_to_the_fields(shown: dict[str, QWidget], qtbot: QtBot) -> None:
    dialog = shown["settings-context"]
    dialog.resize(683, 356)
    fields_area = dialog.findChild(QStackedWidget)
    assert fields_area is not None
    qtbot.waitUntil(lambda: fields_area.height() > 170, timeout=2_000)


def _light(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in (colour.redF(), colour.greenF(), colour.blueF()))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    """The ratio of WCAG 2.1, 1 to 21."""
    low, high = sorted((_light(one), _light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("colour", "backgrounds"),
    [
        (QColor(fields._ERROR_LIGHT), LIGHT),
        (QColor(fields._ERROR_DARK), DARK),
        (log_window._RED_ON_LIGHT, LIGHT),
        (log_window._RED_ON_DARK, DARK),
        (memory_bar._MISSING_LIGHT, LIGHT),
        (memory_bar._MISSING_DARK, DARK),
    ],
)
def test_the_colours_of_our_own_stand_out_at_4_5_to_1(colour: QColor, backgrounds: tuple[str, ...]) -> None:
    assert all(contrast(colour, QColor(background)) >= 4.5 for background in backgrounds)


@pytest.mark.parametrize(("text", "backgrounds"), [("#000000", LIGHT), ("#ffffff", DARK)])
def test_words_that_step_back_can_be_read(text: str, backgrounds: tuple[str, ...]) -> None:
    colour = fainter(QColor(text))
    for background in map(QColor, backgrounds):
        parts = zip(colour.getRgb()[:3], background.getRgb()[:3], strict=True)  # type: ignore[index]
        seen = QColor(*(round(colour.alphaF() * front + (1 - colour.alphaF()) * back) for front, back in parts))
        assert contrast(seen, background) >= 4.5


def test_no_words_have_the_colour_of_what_cannot_be_operated(shown: dict[str, QWidget]) -> None:
    faint = {
        f"{name}: {label.text()}"
        for name, window in shown.items()
        for label in _visible(window)
        if isinstance(label, QLabel) and label.text() and not label.isEnabled()
    }
    assert faint == set()


@pytest.fixture
def in_the_dark(qapp: QApplication) -> Iterator[None]:
    before, style = qapp.palette(), qapp.style().name()
    qapp.setStyle("Fusion")
    qapp.setPalette(dark())
    yield
    qapp.setStyle(style)
    qapp.setPalette(before)


@pytest.mark.usefixtures("in_the_dark")
def test_an_empty_box_is_seen_in_the_dark(qtbot: QtBot) -> None:
    """The shape of what can be operated has a contrast of 3 to 1 (WCAG 2.1, 1.4.11)."""
    seen = {}
    for name, window in windows():
        qtbot.addWidget(window)
        window.show()
        for box in window.findChildren(QCheckBox) + window.findChildren(QRadioButton):
            if not box.isChecked():
                picture, middle = box.grab().toImage(), box.height() // 2
                edge = [picture.pixelColor(x, middle) for x in range(6)]
                seen[f"{name}: {box.text()}"] = max(contrast(each, QColor("#2d2d2d")) for each in edge)
    assert len(seen) > 4
    assert {name: ratio for name, ratio in seen.items() if ratio < 3} == {}
