"""One download: how far it is, with pause and cancel; and what it needs from the person when it cannot go on."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from trayapp.core.download import DownloadStep
from trayapp.core.problems import ProblemKind
from trayapp.ui.labels import GAP, PERCENT, named, text_label
from trayapp.wording import models_page as words
from trayapp.wording.models import download_words
from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from trayapp.core.download import DownloadProgress
    from trayapp.core.problems import Problem

_PARTS = 1000
_NEEDS_TOKEN = {ProblemKind.MODEL_GATED, ProblemKind.HUB_TOKEN_REFUSED}
_NEVER_AGAIN = {
    ProblemKind.MODEL_PICKLED,
    ProblemKind.MODEL_WITHOUT_SAFETENSORS,
    ProblemKind.MODEL_ONLY_GGUF,
    ProblemKind.MODEL_INDEX_WRONG,
    ProblemKind.MODEL_FILE_BAD,
    ProblemKind.MODEL_CODE_NOT_ALLOWED,
    ProblemKind.DOWNLOAD_RUNNING,
}


class DownloadPanel(QWidget):
    """Hidden while there is nothing to say. The token that is typed is told once and forgotten."""

    pause_wanted = Signal()
    resume_wanted = Signal()
    cancel_wanted = Signal()
    licence_page_wanted = Signal()
    token_given = Signal(str)
    code_allowed = Signal(str)  # model@commit

    def __init__(self) -> None:
        super().__init__()
        self._code = ""
        self._text = text_label(name="download_text")
        self._bar = QProgressBar()
        self._bar.setFormat(PERCENT)
        self._bar.setRange(0, _PARTS)
        named(self._bar, "download_bar", words.progress_name())
        self._pause = self._button("pause", words.pause_label(), self.pause_wanted)
        self._resume = self._button("resume", words.resume_label(), self.resume_wanted)
        self._cancel = self._button("cancel_download", words.cancel_label(), self.cancel_wanted)
        self._page = self._button("licence_page", words.page_label(), self.licence_page_wanted)
        self._allow = QPushButton(words.allow_code_label())
        self._allow.setAutoDefault(False)
        self._allow.clicked.connect(lambda: self.code_allowed.emit(self._code))
        named(self._allow, "allow_code", words.allow_code_label())
        self._token = QLineEdit()
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.setPlaceholderText(words.token_hint())
        self._token.returnPressed.connect(self._token_pressed)
        named(self._token, "token", words.token_hint())
        self._use_token = QPushButton(words.token_label())
        self._use_token.setAutoDefault(False)
        self._use_token.clicked.connect(self._token_pressed)
        named(self._use_token, "use_token", words.token_label())
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GAP)
        whole.addWidget(self._text)
        first = QHBoxLayout()
        first.setSpacing(GAP)
        first.addWidget(self._bar, 100)
        first.addWidget(self._token, 100)
        first.addWidget(self._use_token)
        for button in (self._allow, self._page, self._pause, self._resume, self._cancel):
            first.addWidget(button)
        first.addStretch(1)
        whole.addLayout(first)
        self.render_nothing()

    def render_nothing(self) -> None:
        """Show nothing: there is no download."""
        self.hide()

    def render_progress(self, progress: "DownloadProgress") -> None:
        """Show how far it is."""
        done = progress.step is DownloadStep.DONE
        words_ = download_words(progress)
        self._say(words_ if progress.model in words_ else f"{progress.model}: {words_}")
        self._show_only(*([] if done else [self._bar, self._pause, self._cancel]))
        if progress.total_bytes:
            self._bar.setValue(_PARTS * progress.done_bytes // progress.total_bytes)
        elif progress.step is DownloadStep.LOOKING:
            self._bar.setValue(0)

    def render_paused(self, model: str) -> None:
        """Show that it pauses."""
        self._say(words.paused_words(model))
        self._show_only(self._bar, self._resume, self._cancel)

    def render_trouble(self, problem: "Problem", note: str = "") -> None:
        """Show why it cannot go on, with what would help; note is one sentence more."""
        said = problem_words(problem)
        self._say(" ".join(filter(None, (f"{said.title}.", said.detail, said.remedy, note))))
        self._code = f"{problem.values.get('model')}@{problem.values.get('revision')}"
        shown: list[QWidget] = [self._cancel]
        if problem.kind in _NEEDS_TOKEN:
            shown += [self._page, self._token, self._use_token]
        elif problem.kind is ProblemKind.MODEL_CODE_NOT_ALLOWED:
            shown.append(self._allow)
        elif problem.kind not in _NEVER_AGAIN:
            shown.append(self._resume)
        self._show_only(*shown)

    def _say(self, text: str) -> None:
        self._text.setText(text)
        self.show()

    def _show_only(self, *shown: QWidget) -> None:
        buttons = (self._pause, self._resume, self._cancel, self._page, self._allow)
        for widget in (self._bar, self._token, self._use_token, *buttons):
            widget.setVisible(widget in shown)

    def _token_pressed(self) -> None:
        token = self._token.text().strip()
        self._token.clear()
        if token:
            self.token_given.emit(token)

    @staticmethod
    def _button(name: str, label: str, signal: SignalInstance) -> QPushButton:
        button = QPushButton(label)
        button.setAutoDefault(False)
        button.clicked.connect(lambda _checked: signal.emit())
        named(button, name, label)
        return button
