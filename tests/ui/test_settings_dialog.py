"""The settings window: shows a draft and a plan, tells what is typed, says what is wrong beside the field."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.builders import a_machine, an_install, another_gpu
from tests.core.model_configs import QWEN3_8B, found
from trayapp.core.launch_plan import plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Draft, Gain, Preview
from trayapp.core.vllm_options import UnknownOption
from trayapp.ui.icons import Icons
from trayapp.ui.memory_bar import MemoryBar
from trayapp.ui.settings_dialog import SettingsDialog
from trayapp.wording.settings import page_names

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
ICONS = Icons(Path(__file__).parents[2] / "resources" / "icons")
SAVED = Settings(model="/m/Qwen3-8B")


class Held:
    """A dialog with the draft behind it, as the app has them."""

    def __init__(self) -> None:
        self.dialog = SettingsDialog(ICONS)
        self.draft = Draft(SAVED, SAVED)
        self.dialog.edited.connect(lambda name, value: self.take(self.draft.with_value(name, value)))
        self.dialog.back_wanted.connect(lambda name: self.take(self.draft.without(name)))
        self.dialog.scope_wanted.connect(lambda of_model: self.take(self.draft.for_all(of_model=of_model)))
        self.take(self.draft)

    def take(self, draft: Draft) -> None:
        self.draft = draft
        self.dialog.render_draft(draft, running=True)

    def text(self, name: str) -> str:
        label = self.dialog.findChild(QLabel, name)
        assert label is not None
        return label.text()

    def line(self, name: str) -> QLineEdit:
        line = self.dialog.findChild(QLineEdit, name)
        assert line is not None
        return line

    def button(self, name: str) -> QPushButton:
        button = self.dialog.findChild(QPushButton, name)
        assert button is not None
        return button

    def choice(self, name: str) -> QComboBox:
        choice = self.dialog.findChild(QComboBox, name)
        assert choice is not None
        return choice


@pytest.fixture
def held(qtbot: QtBot) -> Held:
    held = Held()
    qtbot.addWidget(held.dialog)
    held.dialog.show()
    return held


def preview(settings: Settings, problem: Problem | None = None, port: Problem | None = None) -> Preview:
    machine = a_machine(another_gpu())
    report = plan_report(settings, machine, an_install(), found(QWEN3_8B), LearnedLimits())
    gains = {"kv_cache_dtype": Gain("fp8", 9000)}
    return Preview(None if problem else report, problem, port, (an_install(),), gains=gains)


@pytest.mark.parametrize(
    ("page", "name", "typed", "way_out"),
    [
        ("server", "allowed_origins", "my-page", "http://localhost:3000"),
        ("advanced", "extra_arguments", "--chat-template 'unclosed", "quotation mark"),
        ("advanced", "environment", "HF_TOKEN=hf_abcdef\nHF_HOME", "NAME=value"),
        ("advanced", "environment", "=nameless", "NAME=value"),
    ],
)
def test_what_is_wrong_with_a_text_is_said_as_it_is_to_be_typed(
    held: Held, page: str, name: str, typed: str, way_out: str
) -> None:
    held.dialog.show_page(page)
    field = held.dialog.findChild(QPlainTextEdit, name)
    assert field is not None
    field.setPlainText(typed)
    said = held.text(f"{name}_error")
    assert way_out in said
    assert not set("([{}])") & set(said), "no word is Python's"
    assert "hf_abcdef" not in said


@pytest.mark.parametrize("typed", ["70000", "eight"])
def test_what_is_wrong_is_said_beside_the_field_at_once(held: Held, qtbot: QtBot, typed: str) -> None:
    held.dialog.show_page("server")
    held.line("port").clear()
    qtbot.keyClicks(held.line("port"), typed)
    assert typed in held.text("port_error")
    assert "65535" in held.text("port_error")
    assert typed in held.line("port").text(), "what was typed stays"
    assert not held.button("apply").isEnabled()
    assert held.button("port_back").isEnabled()
    held.button("port_back").click()
    assert held.text("port_error") == ""
    assert held.line("port").text() == "8000"


def test_a_change_can_be_applied_with_or_without_a_restart(held: Held, qtbot: QtBot) -> None:
    assert not held.button("apply").isEnabled()
    held.dialog.show_page("context")
    qtbot.keyClicks(held.line("max_model_len"), "8192")
    assert held.button("apply").isEnabled()
    assert held.button("restart").isEnabled()
    with qtbot.waitSignal(held.dialog.apply_wanted, check_params_cb=lambda restart: restart):
        held.button("restart").click()
    held.dialog.render_draft(held.draft, running=False)
    assert not held.button("restart").isEnabled(), "nothing runs"


def test_a_change_is_for_one_model_when_that_is_chosen(held: Held, qtbot: QtBot) -> None:
    held.dialog.show_page("context")
    held.choice("scope").setCurrentIndex(1)
    held.choice("scope").activated.emit(1)
    qtbot.keyClicks(held.line("max_model_len"), "8192")
    assert held.draft.changes() == {"models": {"/m/Qwen3-8B": {"max_model_len": 8192}}}
    assert held.text("max_model_len_about") == "tokens, only this model"
    held.button("max_model_len_back").click()
    assert held.line("max_model_len").text() == ""


def test_the_plan_and_the_picture_follow(held: Held) -> None:
    settings = SAVED.with_changes({"enable_yarn": True, "yarn_factor": 4.0})
    held.take(Draft(SAVED, settings))
    held.dialog.show_page("context")
    held.dialog.render_preview(held.draft, preview(settings))
    facts = held.text("context_facts")
    assert "The model can take 40,960" in facts
    assert "Above 2.0" in facts
    assert re.search(r"A text of that length takes [\d.]+\u00a0GiB\.", facts), "no end of a line within a size"
    assert "Automatic takes 0.9" in held.text("gpu_memory_utilization_note")
    assert "9,000 tokens longer" in held.text("kv_cache_dtype_note")
    bar = held.dialog.findChild(MemoryBar)
    assert bar is not None
    assert not bar.isHidden()
    assert "context: " in bar.accessibleDescription()
    held.dialog.render_gpus((another_gpu(),))
    held.dialog.show_page("gpu")  # made now, it shows what was found before
    assert "RTX 4090" in held.text("gpu_facts")
    assert held.choice("gpu_uuid").count() == 2
    held.dialog.show_page("advanced")
    assert held.choice("vllm_executable").count() == 2


def test_a_value_of_one_model_is_told_from_what_all_share_and_each_keeps_its_unit(held: Held) -> None:
    held.take(held.draft.for_all(of_model=True).with_value("max_model_len", 8192))
    held.dialog.show_page("context")
    assert held.text("max_model_len_about") == "tokens, only this model"
    held.take(held.draft.for_all(of_model=False))
    assert held.text("max_model_len_about") == "tokens, this model has its own"
    assert held.text("memory_reserve_bytes_about") == "GiB"


def test_a_port_is_said_to_be_free_until_another_is_typed(held: Held, qtbot: QtBot) -> None:
    held.dialog.show_page("server")
    assert held.text("port_note") == "", "nobody has looked yet"
    held.dialog.render_preview(held.draft, Preview(free_port=8000))
    assert held.text("port_note") == "This port is free."
    qtbot.keyClicks(held.line("port"), "1")
    assert held.text("port_note") == ""


def test_what_another_choice_would_buy_goes_with_the_plan_that_said_so(held: Held) -> None:
    held.dialog.show_page("context")
    held.dialog.render_preview(held.draft, preview(SAVED))
    assert held.text("kv_cache_dtype_note")
    held.dialog.render_preview(held.draft, Preview(problem=Problem(ProblemKind.MODEL_NOT_FOUND, {"model": "/m"})))
    assert held.text("kv_cache_dtype_note") == ""


def test_the_port_for_every_backend_is_checked_like_the_servers_own(held: Held) -> None:
    held.dialog.show_page("server")
    held.take(held.draft.with_value("one_address_port", 8000))
    assert "another port than the server's" in held.text("one_address_port_error")
    assert not held.button("apply").isEnabled()
    held.take(held.draft.with_value("one_address_port", 9000))
    assert held.button("apply").isEnabled()
    taken = Problem(ProblemKind.PORT_TAKEN, {"host": "127.0.0.1", "port": 9000, "user": "python3"})
    held.dialog.render_preview(held.draft, Preview(one_address_problem=taken))
    assert "python3" in held.text("one_address_port_error")
    assert not held.button("apply").isEnabled()


def test_a_folder_without_a_model_and_a_port_in_use_are_told_beside_their_fields(held: Held) -> None:
    no_model = Problem(ProblemKind.MODEL_NOT_FOUND, {"model": "/m/Qwen3-8B"})
    port = Problem(ProblemKind.PORT_TAKEN, {"host": "127.0.0.1", "port": 8000, "user": "python3"})
    held.dialog.render_preview(held.draft, preview(SAVED, no_model, port))
    assert "/m/Qwen3-8B" in held.text("model_error")
    held.dialog.show_page("server")
    assert "python3" in held.text("port_error")


def test_an_option_that_this_vllm_lacks_is_told_with_the_nearest(held: Held) -> None:
    unknown = UnknownOption("--sead", "--seed")
    held.dialog.show_page("advanced")
    held.dialog.render_preview(held.draft, Preview(unknown=unknown))
    assert held.text("extra_arguments_error") == "This vLLM does not know --sead. Did you mean --seed?"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("extra_arguments", ("--sead", "7"), Preview(unknown=UnknownOption("--sead", "--seed"))),
        ("port", 8001, Preview(port_problem=Problem(ProblemKind.PORT_TAKEN, {"port": 8001}))),
        ("model", "/m/none", Preview(problem=Problem(ProblemKind.MODEL_NOT_FOUND, {"model": "/m/none"}))),
    ],
)
def test_what_a_plan_finds_wrong_with_a_change_cannot_be_applied(
    held: Held, name: str, value: object, found: Preview
) -> None:
    held.take(held.draft.with_value(name, value))
    assert held.button("apply").isEnabled()
    held.dialog.render_preview(held.draft, found)
    assert not held.button("apply").isEnabled()
    assert not held.button("restart").isEnabled()
    assert "red text" in held.text("told")
    held.take(held.draft.with_value("enforce_eager", True))
    assert not held.button("apply").isEnabled(), "something else was changed: this is still as wrong"
    held.take(held.draft.without(name))
    assert held.button("apply").isEnabled(), "taken back; the rest can be applied"


def test_what_was_wrong_before_does_not_keep_a_change_from_being_applied(held: Held) -> None:
    problem = Problem(ProblemKind.MODEL_NOT_FOUND, {"model": SAVED.model})
    held.take(held.draft.with_value("enforce_eager", True))
    held.dialog.render_preview(held.draft, Preview(problem=problem))
    assert SAVED.model in held.text("model_error")
    assert held.button("apply").isEnabled()


def test_a_vllm_that_is_not_there_is_told_beside_its_own_field(held: Held) -> None:
    held.dialog.render_preview(held.draft, Preview(problem=Problem(ProblemKind.VLLM_NOT_FOUND)))
    held.dialog.show_page("advanced")
    assert held.text("model_error") == ""
    assert held.text("vllm_executable_error")


def test_every_widget_has_a_name_and_can_be_reached_by_keyboard(held: Held) -> None:
    for page in page_names():
        held.dialog.show_page(page)
        for kind in (QLineEdit, QComboBox, QPushButton, QCheckBox, QPlainTextEdit):
            for widget in held.dialog.findChildren(kind):
                if widget.isVisible() and isinstance(widget, QWidget):
                    assert widget.accessibleName(), widget.objectName()
                    assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus, widget.objectName()


def test_the_buttons_of_a_page_are_told(held: Held, qtbot: QtBot) -> None:
    held.dialog.show_page("server")
    held.dialog.render_key("Key: none", there=False)
    assert not held.button("copy_key").isEnabled()
    with qtbot.waitSignal(held.dialog.pressed, check_params_cb=lambda name: name == "renew_key"):
        held.button("renew_key").click()


def test_a_page_that_is_no_form_is_made_when_it_is_first_turned_to(qtbot: QtBot) -> None:
    dialog = SettingsDialog(Icons(Path(__file__).parents[2] / "resources" / "icons"))
    qtbot.addWidget(dialog)
    made: list[QWidget] = []

    def make() -> QWidget:
        made.append(QWidget())
        return made[-1]

    dialog.add_page("Models", make)
    assert made == []
    for row in (dialog._list.count() - 1, 0, dialog._list.count() - 1):
        dialog._list.setCurrentRow(row)
    assert len(made) == 1
    assert dialog._names() == ()
    plan = dialog.findChild(QLabel, "plan")
    assert plan is not None
    assert not plan.isVisibleTo(dialog)  # "It fits." says nothing about such a page
    dialog._list.setCurrentRow(0)
    assert plan.isVisibleTo(dialog)
