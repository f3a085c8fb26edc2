"""How other programs reach the running model: address, name and key to copy, and ready texts. Renders an Access."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import snippets as words

if TYPE_CHECKING:
    from trayapp.core.access import Access
    from trayapp.ui.icons import Icons


class ConnectWindow(QWidget):
    """Shows the key as dots; what is copied has the key itself."""

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(words.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(640, 480)
        self._access: Access | None = None
        self._fields: dict[str, QLineEdit] = {}
        self._copies: list[QPushButton] = []
        self._intro = text_label(name="intro")
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP)
        labels = (("address", words.address_label()), ("model", words.model_label()), ("key", words.key_label()))
        for row, (name, text) in enumerate(labels):
            self._add_field(grid, row, name, text)
        self._program = QComboBox()
        named(self._program, "program", words.program_label())
        self._program.currentIndexChanged.connect(self._render_snippet)
        program_label = QLabel(words.program_label())
        program_label.setBuddy(self._program)
        grid.addWidget(program_label, len(labels), 0)
        grid.addWidget(self._program, len(labels), 1)
        self._where = text_label(name="where")
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._text.setTabChangesFocus(True)
        named(self._text, "snippet", words.program_label())
        self._copy = self._copy_button("copy_snippet", words.program_label(), self._snippet)
        self._copy.setDefault(True)
        self._told = text_label(name="told")
        buttons = QHBoxLayout()
        buttons.addWidget(self._told, 1)
        buttons.addWidget(self._copy)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        whole.addWidget(self._intro)
        whole.addLayout(grid)
        whole.addWidget(self._where)
        whole.addWidget(self._text, 1)
        whole.addLayout(buttons)

    def render_access(self, access: "Access | None") -> None:
        """Show this address, name and key; None: no model is running."""
        self._access = access
        self._intro.setText(words.intro_words(access is not None))
        shown = access.with_hidden_key() if access else None
        self._fields["address"].setText(shown.endpoint if shown else "")
        self._fields["model"].setText(shown.model_name if shown else "")
        self._fields["key"].setText((shown.key or words.no_key_words()) if shown else "")
        for button in self._copies:
            button.setEnabled(access is not None and (bool(access.key) or button.objectName() != "copy_key"))
        self._told.clear()
        chosen = max(0, self._program.currentIndex())
        self._program.blockSignals(True)
        self._program.clear()
        self._program.addItems([each.program for each in words.snippets(access)] if access else [])
        self._program.setCurrentIndex(chosen if access else -1)
        self._program.blockSignals(False)
        self._program.setEnabled(access is not None)
        self._render_snippet()

    def _add_field(self, grid: QGridLayout, row: int, name: str, text: str) -> None:
        field = self._fields[name] = QLineEdit()
        field.setReadOnly(True)
        named(field, name, text)
        label = QLabel(text)
        label.setBuddy(field)
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(self._copy_button(f"copy_{name}", text, lambda: self._value(name)), row, 2)

    def _copy_button(self, name: str, what: str, value: object) -> QPushButton:
        button = QPushButton(words.copy_label())
        named(button, name, words.copy_what(what))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self._put(value() if callable(value) else "", what))
        self._copies.append(button)
        return button

    def _value(self, name: str) -> str:
        access = self._access
        if access is None:
            return ""
        return {"address": access.endpoint, "model": access.model_name, "key": access.key}[name]

    def _snippet(self) -> str:
        chosen = self._program.currentIndex()
        return words.snippets(self._access)[chosen].text if self._access is not None and chosen >= 0 else ""

    def _put(self, text: str, what: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._told.setText(words.copied_words(self._program.currentText() if what == words.program_label() else what))

    def _render_snippet(self) -> None:
        chosen = self._program.currentIndex()
        if self._access is None or chosen < 0:
            self._where.clear()
            self._text.clear()
            return
        snippet = words.snippets(self._access.with_hidden_key())[chosen]
        self._where.setText(snippet.where)
        self._text.setPlainText(snippet.text)
        self._told.clear()
