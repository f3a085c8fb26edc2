"""A field of a form: label, editor, unit, a sentence of help with the default, and what is wrong with it below."""

import shlex
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from trayapp.core.units import GIB
from trayapp.ui.buttons import outlined
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import settings as words
from trayapp.wording.units import figure_words, read_number, read_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_OF_A_FIELD = 6
"""In its grid: itself, its help, what a choice would change, what is wrong, one for the page, and the room below."""
_LINES_SHOWN = 3
_DECIMALS_OF_GIB = 3  # a MiB
_ERROR_LIGHT, _ERROR_DARK = "#b00020", "#ff8a80"  # at least 4.5 : 1 on the background of either
_MIDDLE = 128


class Kind(Enum):
    """How a value is typed."""

    TEXT = auto()
    WHOLE = auto()
    NUMBER = auto()
    GIB = auto()  # bytes, shown in GiB
    SWITCH = auto()
    CHOICE = auto()
    ARGUMENTS = auto()  # as on a command line
    PAIRS = auto()  # NAME=value, one a line
    LINES = auto()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field: the setting, how it is typed, and what can be chosen."""

    name: str
    kind: Kind
    choices: tuple[tuple[str, object], ...] = ()  # (label, value)


def read_text(kind: Kind, text: str) -> object:
    """Return the value that a text means; what is no number stays a text, and is said to be wrong."""
    text = text.strip()
    try:
        match kind:
            case Kind.WHOLE:
                return read_whole(text) if text else 0
            case Kind.NUMBER:
                return read_number(text) if text else 0.0
            case Kind.GIB:
                return round(read_number(text) * GIB) if text else 0
            case Kind.ARGUMENTS:
                return tuple(shlex.split(text))
            case Kind.PAIRS:
                return dict(_pair(line) for line in text.splitlines() if line.strip())
            case Kind.LINES:
                return tuple(line.strip() for line in text.splitlines() if line.strip())
            case _:
                return text
    except (ValueError, OverflowError):
        return text


def write_text(kind: Kind, value: object) -> str:
    """Return the text of a value; 0 is empty, which means that the app decides."""
    if kind is Kind.GIB and isinstance(value, int):
        return figure_words(value / GIB, _DECIMALS_OF_GIB)
    if kind is Kind.ARGUMENTS and isinstance(value, list | tuple):
        return shlex.join(value)
    if kind is Kind.PAIRS and hasattr(value, "items"):
        return "\n".join(f"{key}={each}" for key, each in value.items())
    if kind is Kind.LINES and isinstance(value, list | tuple):
        return "\n".join(map(str, value))
    if value in {0, ""}:
        return ""
    return figure_words(value) if isinstance(value, float) else str(value)


def _pair(line: str) -> tuple[str, str]:
    name, _equals, value = line.strip().partition("=")
    if not _equals:
        raise ValueError(line)
    return name.strip(), value.strip()


class Field(QObject):
    """Puts itself into a grid. Signals: edited(name, value), back_wanted(name)."""

    edited = Signal(str, object)
    back_wanted = Signal(str)

    def __init__(self, spec: FieldSpec, grid: QGridLayout, row: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.spec = spec
        self._rendering = False
        said = words.field_words(spec.name)
        self.editor = self._make_editor()
        named(self.editor, spec.name, said.label)
        help_text = words.help_and_default(spec.name)
        self.editor.setAccessibleDescription(help_text)
        self._label = QLabel(said.label)
        self._label.setBuddy(self.editor)
        self._about = text_label(said.unit, name=f"{spec.name}_about")
        self._back = QPushButton(words.back_label())
        self._back.setAutoDefault(False)
        named(self._back, f"{spec.name}_back", words.back_what(said.label))
        self._back.clicked.connect(lambda: self.back_wanted.emit(spec.name))
        self._help = text_label(help_text, name=f"{spec.name}_help")
        self._note = text_label(name=f"{spec.name}_note")
        self._error = text_label(name=f"{spec.name}_error")
        grid.addWidget(self._label, row, 0)
        grid.addWidget(self.editor, row, 1)
        grid.addWidget(self._about, row, 2)
        grid.addWidget(self._back, row, 3)
        for below, label in enumerate((self._help, self._note, self._error), 1):
            grid.addWidget(label, row + below, 1, 1, 3)
        grid.setRowMinimumHeight(row + ROWS_OF_A_FIELD - 1, GAP)
        self._note.hide()
        self._error.hide()

    def render_value(self, value: object, about: str, *, default: bool) -> None:
        """Show a value, unless it is what has been typed already; about: its unit, and whose it is."""
        self._rendering = True
        if isinstance(self.editor, QCheckBox):
            self.editor.setChecked(bool(value))
        elif isinstance(self.editor, QComboBox):
            self._render_choice(self.editor, value)
        elif self._typed() != value:
            text = write_text(self.spec.kind, value)
            if isinstance(self.editor, QLineEdit):
                self.editor.setText(text)
            elif isinstance(self.editor, QPlainTextEdit):
                self.editor.setPlainText(text)
        self._rendering = False
        self._about.setText(about)
        self._back.setEnabled(not default)

    def render_error(self, text: str) -> None:
        """Show what is wrong, "" for nothing."""
        dark = self._error.palette().window().color().lightness() < _MIDDLE
        self._error.setStyleSheet(f"color: {_ERROR_DARK if dark else _ERROR_LIGHT}")
        self._error.setText(text)
        self._error.setVisible(bool(text))
        if text:
            self._back.setEnabled(True)
        self.editor.setAccessibleDescription(f"{text} {words.help_and_default(self.spec.name)}".strip())

    def render_note(self, text: str) -> None:
        """Show what this choice would change, "" for nothing."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def render_choices(self, choices: "Sequence[tuple[str, object]]") -> None:
        """Show what can be chosen now; what is chosen stays."""
        if isinstance(self.editor, QComboBox) and tuple(choices) != self.spec.choices:
            value = self._typed()
            self._rendering = True
            self.spec = FieldSpec(self.spec.name, self.spec.kind, tuple(choices))
            self.editor.clear()
            for label, each in choices:
                self.editor.addItem(label, each)
            self._render_choice(self.editor, value)
            self._rendering = False

    def _make_editor(self) -> QWidget:
        if self.spec.kind is Kind.SWITCH:
            switch = outlined(QCheckBox(words.on_label()))
            switch.toggled.connect(self._tell)
            return switch
        if self.spec.kind is Kind.CHOICE:
            choice = QComboBox()
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            choice.setMinimumContentsLength(8)
            for label, value in self.spec.choices:
                choice.addItem(label, value)
            choice.currentIndexChanged.connect(self._tell)
            return choice
        if self.spec.kind in {Kind.ARGUMENTS, Kind.PAIRS, Kind.LINES}:
            text = QPlainTextEdit()
            text.setTabChangesFocus(True)
            text.setFixedHeight(text.fontMetrics().lineSpacing() * _LINES_SHOWN + 2 * GAP)
            text.textChanged.connect(self._tell)
            return text
        line = QLineEdit()
        line.setPlaceholderText(words.placeholder(self.spec.name))
        line.textEdited.connect(self._tell)
        return line

    def _tell(self) -> None:
        if not self._rendering:
            self.edited.emit(self.spec.name, self._typed())

    def _typed(self) -> object:
        if isinstance(self.editor, QCheckBox):
            return self.editor.isChecked()
        if isinstance(self.editor, QComboBox):
            return self.editor.currentData()
        if isinstance(self.editor, QPlainTextEdit):
            return read_text(self.spec.kind, self.editor.toPlainText())
        return read_text(self.spec.kind, self.editor.text()) if isinstance(self.editor, QLineEdit) else None

    @staticmethod
    def _render_choice(choice: QComboBox, value: object) -> None:
        place = next((at for at in range(choice.count()) if choice.itemData(at) == value), -1)
        if place < 0:
            choice.addItem(write_text(Kind.NUMBER, value), value)
            place = choice.count() - 1
        choice.setCurrentIndex(place)
