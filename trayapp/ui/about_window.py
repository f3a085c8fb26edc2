"""What this app is, and what was found on this computer. Renders findings, tells again_wanted."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import about
from trayapp.wording.checkup import finding_words, topic_words
from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from trayapp.core.checkup import Finding
    from trayapp.ui.icons import Icons

_PICTURE_PX = 48


class AboutWindow(QWidget):
    """Signal: again_wanted."""

    again_wanted = Signal()

    def __init__(self, icons: "Icons", version: str) -> None:
        super().__init__()
        self.setWindowTitle(about.window_title())
        self.setWindowIcon(icons.icon(APP))
        self.resize(640, 560)
        self._intro = about.about_words(version)
        self._findings: tuple[Finding, ...] = ()
        picture = QLabel()
        picture.setPixmap(icons.icon(APP).pixmap(_PICTURE_PX, _PICTURE_PX))
        head = QHBoxLayout()
        head.setSpacing(2 * GAP)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.addWidget(text_label("vLLM Tray", heading=True))
        texts.addWidget(text_label(self._intro, name="about"))
        head.addLayout(texts, 1)
        self._summary = text_label(about.examining_words(), name="summary")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        named(self._scroll, "findings", about.findings_label())
        self._again = QPushButton(about.again_label())
        self._again.setEnabled(False)
        self._again.clicked.connect(self.again_wanted)
        named(self._again, "again", about.again_label())
        self._copy = QPushButton(about.copy_label())
        self._copy.setEnabled(False)
        self._copy.clicked.connect(self._put)
        named(self._copy, "copy", about.copy_label())
        close = QPushButton(about.close_label())
        close.setDefault(True)
        close.clicked.connect(self.close)
        named(close, "close", about.close_label())
        buttons = QHBoxLayout()
        buttons.addWidget(self._again)
        buttons.addWidget(self._copy)
        buttons.addStretch(1)
        buttons.addWidget(close)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        whole.addLayout(head)
        whole.addWidget(self._summary)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(buttons)

    def render_examining(self) -> None:
        """Show that the computer is being examined."""
        self._summary.setText(about.examining_words())
        self._again.setEnabled(False)

    def render_findings(self, findings: "tuple[Finding, ...]") -> None:
        """Show what was found."""
        self._findings = findings
        self._summary.setText(about.summary_words(findings))
        self._scroll.setWidget(findings_list(findings))
        self._again.setEnabled(True)
        self._copy.setEnabled(True)

    def _put(self) -> None:
        lines = [self._intro, *(line for each in self._findings for line in about.finding_lines(each))]
        QGuiApplication.clipboard().setText("\n".join(lines))


def findings_list(findings: "tuple[Finding, ...]") -> QWidget:
    """Return the findings below each other, each with what is wrong and what to do."""
    inside = QWidget()
    rows = QVBoxLayout(inside)
    rows.setContentsMargins(GAP, GAP, GAP, GAP)
    rows.setSpacing(GAP)
    for number, finding in enumerate(findings):
        if number:
            line = QFrame()
            line.setFrameShape(QFrame.Shape.HLine)
            line.setFrameShadow(QFrame.Shadow.Sunken)
            rows.addWidget(line)
        mark = "✗" if finding.problems else "✓"
        head = text_label(f"{mark} {topic_words(finding.topic)}")
        font = head.font()
        font.setBold(True)
        head.setFont(font)
        rows.addWidget(head)
        texts = [finding_words(finding), *(text for each in finding.problems for text in problem_words(each))]
        for text in filter(None, texts):
            rows.addWidget(text_label(text))
    rows.addStretch(1)
    return inside
