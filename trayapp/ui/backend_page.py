"""Where the model runs: a choice of three places, and what each of them needs. Renders values and tells wishes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from trayapp.core.backend import Backend
from trayapp.core.remote_server import RemoteServer
from trayapp.ui.buttons import outlined
from trayapp.ui.labels import GAP, PERCENT, named, text_label
from trayapp.wording import places as words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.ollama import OllamaModel

_PER_MILLE = 1000
_MODEL_LETTERS = 16


@dataclass(frozen=True, slots=True)
class PlacesView:
    """What is known: the place of now, the servers that are kept, and the chosen ones."""

    backend: Backend
    servers: tuple[RemoteServer, ...] = ()
    server: str = ""
    ollama_model: str = ""


class BackendPage(QWidget):
    """A page for a window or a dialog."""

    use_wanted = Signal(str, str, str)
    """The backend, the server elsewhere and the model of Ollama; the last two may be empty."""
    check_wanted = Signal(object, str)
    """A RemoteServer, and its key as it was typed ("" for the one that is kept)."""
    keep_wanted = Signal(object, str)
    remove_wanted = Signal(str)
    pull_wanted = Signal(str)
    cancel_wanted = Signal()
    shown = Signal(str)
    """The backend whose part is seen now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._servers: tuple[RemoteServer, ...] = ()
        self._choices: dict[Backend, QRadioButton] = {}
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        for backend in Backend:
            choice = outlined(QRadioButton(words.backend_words(backend)))
            named(choice, f"place_{backend}", words.backend_words(backend))
            choice.toggled.connect(lambda on, backend=backend: self._chosen(backend) if on else None)
            self._choices[backend] = choice
            whole.addWidget(choice)
        self._help = text_label(name="help")
        whole.addWidget(self._help)
        whole.addSpacing(GAP)
        self._parts = {Backend.OLLAMA: self._ollama_part(), Backend.REMOTE: self._remote_part()}
        for part in self._parts.values():
            part.hide()
            whole.addWidget(part)
        self._told = text_label(name="told")
        whole.addWidget(self._told)
        whole.addStretch(1)
        self._use = self._button("use", words.use_label(), self._tell_use)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._use)
        whole.addLayout(buttons)

    def render_places(self, view: PlacesView) -> None:
        """Show what is kept, and the chosen server."""
        self._fill_servers(view.servers, view.server or next((server.name for server in view.servers), ""))
        self._server_chosen()
        if view.ollama_model:
            self._model.setEditText(view.ollama_model)
        if not any(choice.isChecked() for choice in self._choices.values()):  # later, what is looked at stays
            self._choices[view.backend].setChecked(True)

    def look_at(self, backend: Backend) -> None:
        """Show the part for this place."""
        self._choices[backend].setChecked(True)

    def render_servers(self, servers: tuple[RemoteServer, ...]) -> None:
        """Show the servers that are kept now; one that is being described stays as it is."""
        if servers == self._servers:
            return
        is_typed = self._described() != self._known_server() or bool(self._key.text())
        self._fill_servers(servers, self._server.currentText())
        if is_typed:
            self._enable()
        else:
            self._server_chosen()

    def _fill_servers(self, servers: tuple[RemoteServer, ...], chosen: str) -> None:
        self._servers = servers
        self._server.blockSignals(True)
        self._server.clear()
        self._server.addItems([*(server.name for server in servers), words.new_server_words()])
        found = self._server.findText(chosen)
        self._server.setCurrentIndex(found if found >= 0 else len(servers))
        self._server.blockSignals(False)

    def render_ollama(self, models: "Sequence[OllamaModel]") -> None:
        """Show what Ollama has on the disk."""
        typed = self._model.currentText()
        self._model.clear()
        for model in models:
            self._model.addItem(model.name, words.ollama_model_words(model))
        self._model.setEditText(typed or (models[0].name if models else ""))

    def render_pull(self, done_bytes: int, total_bytes: int, *, under_way: bool) -> None:
        """Show how far a download is."""
        self._progress.setVisible(under_way)
        self._cancel.setVisible(under_way)
        self._pull.setVisible(not under_way)
        self._progress.setRange(0, _PER_MILLE if total_bytes else 0)
        self._progress.setValue(_PER_MILLE * done_bytes // total_bytes if total_bytes else 0)

    def tell(self, text: str) -> None:
        """Say something below: the steps of a check, why something did not go."""
        self._told.setText(text)

    def _ollama_part(self) -> QWidget:
        part = QWidget()
        form = QFormLayout(part)
        form.setContentsMargins(0, 0, 0, 0)
        self._model = QComboBox()
        self._model.setEditable(True)
        self._model.setMinimumContentsLength(_MODEL_LETTERS)
        self._model.setLineEdit(line := QLineEdit())
        for widget, name in ((self._model, "ollama_model"), (line, "ollama_model_name")):
            named(widget, name, words.ollama_model_label())
        self._model.editTextChanged.connect(self._enable)
        self._pull = self._button("pull", words.pull_label(), lambda: self.pull_wanted.emit(self._model_name()))
        self._cancel = self._button("cancel", words.cancel_label(), self.cancel_wanted.emit)
        self._cancel.hide()
        self._progress = QProgressBar()
        self._progress.setFormat(PERCENT)
        named(self._progress, "progress", words.pull_label())
        self._progress.hide()
        row = QHBoxLayout()
        row.addWidget(self._model, 1)
        row.addWidget(self._pull)
        row.addWidget(self._cancel)
        label = QLabel(words.ollama_model_label())
        label.setBuddy(self._model)
        form.addRow(label, row)
        form.addRow(self._progress)
        return part

    def _remote_part(self) -> QWidget:
        part = QWidget()
        form = QFormLayout(part)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._server = QComboBox()
        named(self._server, "server", words.server_label())
        self._server.currentIndexChanged.connect(self._server_chosen)
        form.addRow(words.server_label(), self._server)
        self._name = self._field(form, "name", words.name_label())
        self._address = self._field(form, "address", words.address_label(), "https://…")
        self._key = self._field(form, "key", words.key_label(), words.key_hint())
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._authority = self._field(form, "authority", words.authority_label(), words.authority_hint())
        self._check = self._button("check", words.check_label(), lambda: self._tell_server(self.check_wanted))
        self._keep = self._button("keep", words.keep_label(), lambda: self._tell_server(self.keep_wanted))
        self._remove = self._button(
            "remove", words.remove_label(), lambda: self.remove_wanted.emit(self._server.currentText())
        )
        row = QHBoxLayout()
        for button in (self._check, self._keep, self._remove):
            row.addWidget(button)
        row.addStretch(1)
        form.addRow("", row)
        return part

    def _field(self, form: QFormLayout, name: str, label: str, hint: str = "") -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(hint)
        named(field, name, label)
        field.textChanged.connect(self._enable)
        form.addRow(label, field)
        return field

    def _button(self, name: str, label: str, slot: object) -> QPushButton:
        button = QPushButton(label)
        named(button, name, label)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _chosen(self, backend: Backend) -> None:
        self._help.setText(words.backend_help(backend))
        for place, part in self._parts.items():
            part.setVisible(place is backend)
        self._told.setText("")
        self._enable()
        self.shown.emit(backend.value)

    def _server_chosen(self) -> None:
        known = self._known_server()
        self._name.setText(known.name)
        self._name.setReadOnly(bool(known.name))
        self._address.setText(known.url)
        self._authority.setText(known.ca_file)
        self._key.clear()
        self._enable()

    def _known_server(self) -> RemoteServer:
        index = self._server.currentIndex()
        return self._servers[index] if 0 <= index < len(self._servers) else RemoteServer("", "")

    def _described(self) -> RemoteServer:
        name, url, ca_file = (field.text().strip() for field in (self._name, self._address, self._authority))
        return RemoteServer(name, url, ca_file, self._known_server().model)

    def _enable(self) -> None:
        described = bool(self._name.text().strip() and self._address.text().strip())
        kept = self._server.currentIndex() < len(self._servers)
        self._check.setEnabled(described)
        self._keep.setEnabled(described)
        self._remove.setEnabled(kept)
        backend = self._backend()
        ready = {Backend.VLLM: True, Backend.OLLAMA: bool(self._model_name()), Backend.REMOTE: kept}
        self._use.setEnabled(ready[backend])

    def _backend(self) -> Backend:
        return next((backend for backend, choice in self._choices.items() if choice.isChecked()), Backend.VLLM)

    def _model_name(self) -> str:
        return self._model.currentText().strip()

    def _tell_use(self) -> None:
        backend = self._backend()
        server = self._server.currentText() if backend is Backend.REMOTE else ""
        self.use_wanted.emit(backend.value, server, self._model_name() if backend is Backend.OLLAMA else "")

    def _tell_server(self, signal: object) -> None:
        signal.emit(self._described(), self._key.text().strip())  # type: ignore[attr-defined]
