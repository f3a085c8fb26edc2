"""The settings: pages of fields, what a start with them would be, and the buttons. Shows a draft, tells wishes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from trayapp.core.memory_picture import memory_picture
from trayapp.ui.buttons import button
from trayapp.ui.icons import APP
from trayapp.ui.labels import GAP, named, text_label
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.scrolling import scrolled
from trayapp.ui.settings_pages import SettingsPage
from trayapp.wording import settings as words
from trayapp.wording.details import gpu_users_words
from trayapp.wording.plan import verdict_words
from trayapp.wording.problems import problem_words
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

    from trayapp.core.launch_plan import Report
    from trayapp.core.settings_draft import Draft, Preview
    from trayapp.ui.icons import Icons

_HIGH_ENOUGH_PX = 480


class SettingsDialog(QDialog):
    """Tells each edit, each field taken back, for whom edits are, what to reset, Apply, and the pages' own buttons."""

    edited = Signal(str, object)
    back_wanted = Signal(str)
    scope_wanted = Signal(bool)
    apply_wanted = Signal(bool)
    reset_wanted = Signal(object)
    pressed = Signal(str)

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(words.window_title())
        self.setWindowIcon(icons.icon(APP))
        room = self.screen().availableSize()
        self.resize(QSize(920, 640).boundedTo(room))
        self._testing = False
        self._pages = {name: SettingsPage(name) for name in words.page_names()}
        self._list = QListWidget()
        named(self._list, "pages", words.pages_label())
        self._list.addItems(list(words.page_names().values()))
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + 5 * GAP)
        self._stack = QStackedWidget()
        for page in self._pages.values():
            self._stack.addWidget(page)
            page.edited.connect(self.edited)
            page.back_wanted.connect(self.back_wanted)
            page.pressed.connect(self.pressed)
        self._list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self._scope = QComboBox()
        self._scope.addItems(list(words.scope_choices("")))
        named(self._scope, "scope", words.scope_label())
        self._scope.activated.connect(lambda place: self.scope_wanted.emit(bool(place)))
        scope_label = QLabel(words.scope_label())
        scope_label.setBuddy(self._scope)
        self._of_forms = QWidget(), QWidget()
        self._bar = MemoryBar()
        self._bar.hide()
        self._plan = text_label(words.planning_words(), name="plan")
        self._told = text_label(name="told")
        self._apply = button("apply", words.apply_label(), lambda: self.apply_wanted.emit(False))
        self._restart = button("restart", words.apply_and_restart_label(), lambda: self.apply_wanted.emit(True))
        self._reset = button("reset_page", words.reset_page_label(), lambda: self.reset_wanted.emit(self._names()))
        self._close = button("close", words.close_label(), self.close)
        self._apply.setDefault(True)
        self._lay_out(scope_label)
        self._stack.currentChanged.connect(self._turned)
        self._list.setCurrentRow(0)

    def _lay_out(self, scope_label: QLabel) -> None:
        head, memory = self._of_forms
        scope = QHBoxLayout(head)
        scope.setContentsMargins(0, 0, 0, 0)
        scope.addWidget(scope_label)
        scope.addWidget(self._scope, 1)
        below = QVBoxLayout(memory)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(self._bar)
        middle = QHBoxLayout()
        middle.setSpacing(GAP)
        middle.addWidget(self._list)
        middle.addWidget(self._stack, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GAP)
        buttons.addWidget(self._reset)
        buttons.addWidget(self._told, 1)
        for each in (self._restart, self._apply, self._close):
            buttons.addWidget(each)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * GAP, 2 * GAP, 2 * GAP, 2 * GAP)
        whole.setSpacing(GAP)
        whole.addWidget(head)
        whole.addLayout(middle, 1)
        whole.addWidget(memory)
        whole.addWidget(self._plan)
        whole.addLayout(buttons)

    def add_page(self, title: str, make: "Callable[[], QWidget]") -> None:
        """Add a page that is no form; it is made when somebody first turns to it."""
        place = QWidget()
        QVBoxLayout(place).setContentsMargins(0, 0, 0, 0)
        self._list.addItem(title)
        number = self._stack.addWidget(place)

        def turned(to: int) -> None:
            layout = place.layout()
            if to == number and layout is not None and not layout.count():
                layout.addWidget(scrolled(make()))

        self._stack.currentChanged.connect(turned)

    def _turned(self) -> None:
        """Leave the room to a page that is no form: what concerns the fields says nothing about it."""
        for widget in (*self._of_forms, self._reset):
            widget.setVisible(isinstance(self._stack.currentWidget(), SettingsPage))

    def resizeEvent(self, event: "QResizeEvent") -> None:  # noqa: N802 - Qt's name
        """Leave the room to the fields where there is little; the sizes are told on hover all the same."""
        super().resizeEvent(event)
        self._bar.set_legend_visible(self.height() >= _HIGH_ENOUGH_PX)
        self._of_forms[1].updateGeometry()  # its room is the fields' now, and not only after the next resize

    def show_page(self, page: str) -> None:
        """Turn to a page."""
        self._list.setCurrentRow(list(self._pages).index(page))

    def show_added_page(self, title: str) -> None:
        """Turn to a page that was added, by its title."""
        self._list.setCurrentRow([self._list.item(row).text() for row in range(self._list.count())].index(title))

    def render_draft(self, draft: "Draft", *, running: bool, told: str = "") -> None:
        """Show these values; running: a model runs, which knows nothing of the changes."""
        for page in self._pages.values():
            page.render_draft(draft)
        model = draft.now.model.rstrip("/").rpartition("/")[2]
        for place, text in enumerate(words.scope_choices(model)):
            self._scope.setItemText(place, text)
        self._scope.setCurrentIndex(int(draft.of_model))
        self._scope.setEnabled(bool(draft.now.model))
        changed, wrong = bool(draft.changes()), bool(draft.doubts())
        self._apply.setEnabled(changed and not wrong)
        self._restart.setEnabled(changed and not wrong and running and draft.needs_restart)
        can_test = draft.in_force.enable_yarn and not wrong and not self._testing
        self._pages["context"].buttons["test_yarn"].setEnabled(can_test)
        self._told.setText(told or words.unsaved_words(wrong=wrong, changed=changed))

    def render_preview(self, draft: "Draft", preview: "Preview") -> None:
        """Show what a start with the draft would be."""
        report = preview.report
        on_gpu = report is not None and report.launch is not None and not report.launch.on_cpu
        picture = memory_picture(report.memory, of_gpu=on_gpu) if report is not None and report.memory else None
        self._bar.render_picture(picture)
        self._plan.setText(_plan_words(preview))
        context, server, gpu = (self._pages[name] for name in ("context", "server", "gpu"))
        context.render_facts(_length_words(draft, report))
        for name, tokens in preview.gains.items():
            context.fields[name].render_note(words.gain_words(name, tokens))
        gpu.render_facts(gpu_users_words(preview.gpus))
        automatic = words.choice_labels()["automatic"]
        gpus = ((f"{each.name} ({bytes_words(each.memory_total_bytes)})", each.uuid) for each in preview.gpus)
        gpu.fields["gpu_uuid"].render_choices(((automatic, ""), *gpus))
        installs = ((f"{each.version}: {each.executable}", each.executable) for each in preview.installs)
        self._pages["advanced"].fields["vllm_executable"].render_choices(((automatic, ""), *installs))
        if preview.unknown is not None and "extra_arguments" not in draft.doubts():
            said = words.unknown_option_words(preview.unknown.option, preview.unknown.nearest)
            self._pages["advanced"].fields["extra_arguments"].render_error(said)
        if preview.port_problem is not None and "port" not in draft.wrong:
            server.fields["port"].render_error(words.field_error(preview.port_problem))
        if preview.problem is not None and "model" not in draft.wrong and draft.now.model:
            self._pages["model"].fields["model"].render_error(words.field_error(preview.problem))

    def render_key(self, text: str, *, there: bool) -> None:
        """Show the key of the server, or dots in its place."""
        page = self._pages["server"]
        page.render_facts(f"{text}\n{words.key_guards_words()}")
        for name in ("show_key", "copy_key", "remove_key"):
            page.buttons[name].setEnabled(there)

    def render_test(self, text: str, *, busy: bool) -> None:
        """Show how the test of YaRN goes, above its button."""
        self._pages["context"].fields["yarn_factor"].render_note(text)
        self._testing = busy
        self._pages["context"].buttons["test_yarn"].setEnabled(not busy)

    def _names(self) -> tuple[str, ...]:
        page = self._stack.currentWidget()
        return tuple(page.fields) if isinstance(page, SettingsPage) else ()


def _plan_words(preview: "Preview") -> str:
    report = preview.report
    problems = (preview.problem,) if preview.problem is not None else ()
    if report is None:
        return " ".join(f"{said.title}. {said.remedy}" for said in map(problem_words, problems))
    said = map(problem_words, (*problems, *report.problems))
    sentences = [f"{verdict_words(report.verdict)}."] if report.memory is not None else []
    return " ".join((*sentences, *(f"{each.title}: {each.detail}" for each in said)))


def _length_words(draft: "Draft", report: "Report | None") -> str:
    if report is None or report.memory is None:
        return ""
    asked = report.launch.max_model_len if report.launch is not None else None
    sentences = [words.length_words(report.memory, asked or report.memory.planned_context)]
    settings = draft.in_force
    if settings.enable_yarn:
        sentences += [words.factor_words(settings.yarn_factor), words.yarn_test_words()]
        sentences += [problem_words(each).detail for each in report.warnings if each.kind.value == "yarn_buys_nothing"]
    return "\n".join(filter(None, sentences))
