"""The pages of the settings: which fields each has, in which order. A page shows a draft and tells what is typed."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from trayapp.ui.fields import ROWS_OF_A_FIELD, Field, FieldSpec, Kind
from trayapp.ui.labels import GAP, named, text_label
from trayapp.wording import settings as words
from trayapp.wording.units import number_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.settings_draft import Draft

_DTYPES = tuple((name, name) for name in ("auto", "float16", "bfloat16", "float32"))
_CACHES = tuple((name, name) for name in ("auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2"))


def page_fields() -> dict[str, tuple[FieldSpec, ...]]:
    """Return the fields of each page."""
    said = words.choice_labels()
    crowds = ((said["automatic"], 0), *((said[str(count)], count) for count in (1, 4, 16, 64, 256)))
    factors = tuple((number_words(half / 2, 1), half / 2) for half in range(2, 17))
    hosts = ((said["here"], "127.0.0.1"), (said["network"], "0.0.0.0"))  # noqa: S104 - offered, with what it means
    languages = ((said["system"], ""), ("English", "en"), ("Deutsch", "de"))
    automatic = ((said["automatic"], ""),)
    return {
        "model": (
            FieldSpec("model", Kind.TEXT),
            FieldSpec("served_model_name", Kind.TEXT),
            FieldSpec("dtype", Kind.CHOICE, _DTYPES),
            FieldSpec("quantization", Kind.TEXT),
        ),
        "context": (
            FieldSpec("max_model_len", Kind.WHOLE),
            FieldSpec("enable_yarn", Kind.SWITCH),
            FieldSpec("yarn_factor", Kind.CHOICE, factors),
            FieldSpec("gpu_memory_utilization", Kind.NUMBER),
            FieldSpec("memory_reserve_bytes", Kind.GIB),
            FieldSpec("max_num_seqs", Kind.CHOICE, crowds),
            FieldSpec("kv_cache_dtype", Kind.CHOICE, _CACHES),
            FieldSpec("enforce_eager", Kind.SWITCH),
        ),
        "server": (
            FieldSpec("host", Kind.CHOICE, hosts),
            FieldSpec("port", Kind.WHOLE),
            FieldSpec("one_address_port", Kind.WHOLE),
            FieldSpec("allowed_origins", Kind.LINES),
        ),
        "gpu": (FieldSpec("gpu_uuid", Kind.CHOICE, automatic), FieldSpec("tensor_parallel_size", Kind.WHOLE)),
        "start": (
            FieldSpec("start_on_login", Kind.SWITCH),
            FieldSpec("start_model_on_launch", Kind.SWITCH),
            FieldSpec("language", Kind.CHOICE, languages),
        ),
        "advanced": (
            FieldSpec("vllm_executable", Kind.CHOICE, automatic),
            FieldSpec("extra_arguments", Kind.ARGUMENTS),
            FieldSpec("environment", Kind.PAIRS),
            FieldSpec("max_num_batched_tokens", Kind.WHOLE),
            FieldSpec("model_folders", Kind.LINES),
        ),
    }


PAGE_BUTTONS = {
    "model": ("choose_folder", "choose_model"),
    "context": ("test_yarn",),
    "server": ("show_key", "copy_key", "renew_key", "remove_key"),
    "gpu": (),
    "start": (),
    "advanced": ("open_settings", "open_logs", "open_data"),
}


class SettingsPage(QScrollArea):
    """Signals: edited(name, value), back_wanted(name), pressed(name of a button)."""

    edited = Signal(str, object)
    back_wanted = Signal(str)
    pressed = Signal(str)

    def __init__(self, page: str) -> None:
        super().__init__()
        self.name = page
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        named(self, f"page_{page}", words.page_names()[page])
        inside = QWidget()
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP // 2)
        grid.setColumnStretch(1, 1)
        self.fields = {
            spec.name: Field(spec, grid, place * ROWS_OF_A_FIELD, inside)
            for place, spec in enumerate(page_fields()[page])
        }
        for field in self.fields.values():
            field.edited.connect(self.edited)
            field.back_wanted.connect(self.back_wanted)
        self.heading = text_label(words.page_names()[page], heading=True)
        self.facts = text_label(name=f"{page}_facts")
        self.facts.hide()
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        row.setSpacing(GAP)
        for name in PAGE_BUTTONS[page]:
            button = self.buttons[name] = QPushButton(words.button_words()[name])
            button.setAutoDefault(False)
            named(button, name, words.button_words()[name])
            button.clicked.connect(lambda _checked, name=name: self.pressed.emit(name))
            row.addWidget(button)
        row.addStretch(1)
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(GAP, GAP, 2 * GAP, GAP)
        whole.setSpacing(GAP)
        whole.addWidget(self.heading)
        whole.addLayout(grid)
        if "yarn_factor" in self.fields:  # the length and the test stand where YaRN is switched on: the page is long
            last = (list(self.fields).index("yarn_factor") + 1) * ROWS_OF_A_FIELD - 1
            row.setContentsMargins(0, 0, 0, GAP)
            grid.addWidget(self.facts, last - 1, 1, 1, 3)
            grid.addLayout(row, last, 1, 1, 3)
        else:
            whole.addWidget(self.facts)
            whole.addLayout(row)
        whole.addStretch(1)
        self.setWidget(inside)

    def render_draft(self, draft: "Draft", errors: "Mapping[str, str]") -> None:
        """Show the values, and what is wrong with each."""
        for name, field in self.fields.items():
            if name not in draft.wrong:
                about = words.about_words(name, own=draft.is_own(name), passed_over=draft.is_passed_over(name))
                field.render_value(draft.value(name), about, default=draft.is_default(name))
            field.render_error(errors.get(name, ""))

    def render_facts(self, text: str) -> None:
        """Show what was found out about the page's matter."""
        self.facts.setText(text)
        self.facts.setVisible(bool(text))
