"""The settings: pages of fields, what a start with them would be, and the buttons. Shows a draft, tells wishes."""

from functools import partial
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
from trayapp.ui.settings_facts import Known, plan_words, render_gpus, render_page
from trayapp.ui.settings_pages import SettingsPage, page_fields
from trayapp.wording import settings as words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QResizeEvent

    from trayapp.core.folder_trouble import FolderTrouble
    from trayapp.core.machine import Gpu
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
    turned = Signal(str)
    """The name of the page that is shown now, "" for one that is no form."""

    def __init__(self, icons: "Icons") -> None:
        super().__init__()
        self.setWindowTitle(words.window_title())
        self.setWindowIcon(icons.icon(APP))
        room = self.screen().availableSize()
        self.resize(QSize(920, 640).boundedTo(room))
        self._known = Known()
        self._running, self._told_before = False, ""
        self._pages: dict[str, SettingsPage] = {}  # those that somebody turned to
        self._list = QListWidget()
        named(self._list, "pages", words.pages_label())
        self._stack = QStackedWidget()
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
        for name, title in words.page_names().items():
            self._add_place(title, partial(self._make_page, name))
        self._list.setFixedWidth(self._list.sizeHintForColumn(0) + 5 * GAP)
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
        self._add_place(title, lambda: scrolled(make()))

    def _add_place(self, title: str, make: "Callable[[], QWidget]") -> None:
        place = QWidget()
        layout = QVBoxLayout(place)
        layout.setContentsMargins(0, 0, 0, 0)
        number = self._stack.count()

        def turned(to: int) -> None:
            if to == number and not layout.count():
                layout.addWidget(make())

        self._stack.currentChanged.connect(turned)
        self._list.addItem(title)
        self._stack.addWidget(place)

    def _make_page(self, name: str) -> SettingsPage:
        page = self._pages[name] = SettingsPage(name)
        page.edited.connect(self.edited)
        page.back_wanted.connect(self.back_wanted)
        page.pressed.connect(self.pressed)
        render_page(page, self._known)
        return page

    def _turned(self) -> None:
        """Leave the room to a page that is no form: what concerns the fields says nothing about it."""
        names, number = list(words.page_names()), self._stack.currentIndex()
        for widget in (*self._of_forms, self._plan, self._reset):
            widget.setVisible(number < len(names))
        self.turned.emit(names[number] if number < len(names) else "")

    def resizeEvent(self, event: "QResizeEvent") -> None:  # noqa: N802 - Qt's name
        """Leave the room to the fields where there is little; the sizes are told on hover all the same."""
        super().resizeEvent(event)
        self._bar.set_legend_visible(self.height() >= _HIGH_ENOUGH_PX)
        self._of_forms[1].updateGeometry()  # its room is the fields' now, and not only after the next resize

    def show_page(self, page: str) -> None:
        """Turn to a page."""
        self._list.setCurrentRow(list(words.page_names()).index(page))

    def show_added_page(self, title: str) -> None:
        """Turn to a page that was added, by its title."""
        self._list.setCurrentRow([self._list.item(row).text() for row in range(self._list.count())].index(title))

    def render_draft(self, draft: "Draft", *, running: bool, told: str = "") -> None:
        """Show these values; running: a model runs, which knows nothing of the changes."""
        self._running, self._told_before = running, told
        self._known.take_draft(draft)
        model = draft.now.model.rstrip("/").rpartition("/")[2]
        for place, text in enumerate(words.scope_choices(model)):
            self._scope.setItemText(place, text)
        self._scope.setCurrentIndex(int(draft.of_model))
        self._scope.setEnabled(bool(draft.now.model))
        self._render_known()

    def render_preview(self, draft: "Draft", preview: "Preview") -> None:
        """Show what a start with the draft would be."""
        self._known.take_preview(draft, preview)
        report = preview.report
        on_gpu = report is not None and report.launch is not None and not report.launch.on_cpu
        picture = memory_picture(report.memory, of_gpu=on_gpu) if report is not None and report.memory else None
        self._bar.render_picture(picture)
        self._plan.setText(plan_words(preview))
        self._render_known()

    def render_folders(self, folders: tuple[str, ...], troubles: "Sequence[FolderTrouble]") -> None:
        """Show which of these folders cannot be looked through."""
        self._known.take_folders(folders, troubles)
        self._render_known()

    def render_gpus(self, gpus: "Sequence[Gpu]") -> None:
        """Show what the GPUs have free now, and who uses them."""
        self._known.gpus = tuple(gpus)
        if "gpu" in self._pages:
            render_gpus(self._pages["gpu"], gpus)

    def render_key(self, text: str, *, there: bool) -> None:
        """Show the key of the server, or dots in its place."""
        self._known.key, self._known.key_there = text, there
        self._render_known()

    def render_test(self, text: str, *, busy: bool) -> None:
        """Show how the test of YaRN goes, above its button."""
        self._known.test, self._known.testing = text, busy
        self._render_known()

    def _render_known(self) -> None:
        """Show what is known on the pages there are, and let only what is right be applied."""
        for page in self._pages.values():
            render_page(page, self._known)
        draft, may_apply = self._known.draft, self._known.may_apply()
        if draft is None:
            return
        self._apply.setEnabled(may_apply)
        self._restart.setEnabled(may_apply and self._running and draft.needs_restart)
        changed = bool(draft.changes())
        wrong = bool(draft.doubts()) or (changed and not may_apply)
        self._told.setText(self._told_before or words.unsaved_words(wrong=wrong, changed=changed))

    def _names(self) -> tuple[str, ...]:
        names = list(words.page_names())
        number = self._stack.currentIndex()
        return tuple(spec.name for spec in page_fields()[names[number]]) if number < len(names) else ()
