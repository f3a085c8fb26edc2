"""A variable that the chosen vLLM does not list is said beside the environment, which can be kept all the same."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPlainTextEdit
from pytestqt.qtbot import QtBot

from tests.fakes.vllm_folder import make_vllm_folder
from tests.presenters.settings_desk import PATIENCE_MS, Desk, holds
from trayapp.presenters.settings import show
from trayapp.storage.settings_file import change_settings, load_settings

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")


@pytest.mark.parametrize("model", ["selftest", ""])
def test_a_variable_that_this_vllm_does_not_list_is_told_and_can_be_kept(
    desk: Desk, qtbot: QtBot, tmp_path: Path, model: str
) -> None:
    fake = make_vllm_folder(tmp_path / "env")
    package = next((tmp_path / "env").glob("lib/python3*/site-packages")) / "vllm"
    package.mkdir()
    (package / "envs.py").write_text("environment_variables = {'VLLM_LOGGING_LEVEL': str}\n")
    assert change_settings(desk.folders.settings_file, {"vllm_executable": fake.executable, "model": model}) is None
    dialog = show(desk.behind)
    dialog.show_page("advanced")
    field = dialog.findChild(QPlainTextEdit, "environment")
    error = dialog.findChild(QLabel, "environment_error")
    assert field is not None
    assert error is not None
    wrong = "This vLLM does not know VLLM_LOGING_LEVEL. Did you mean VLLM_LOGGING_LEVEL?"
    field.setPlainText("LD_PRELOAD=/x.so\nVLLM_LOGING_LEVEL=INFO")
    qtbot.waitUntil(lambda: holds(error.text() == wrong), timeout=PATIENCE_MS)
    desk.button(dialog, "apply").click()
    qtbot.waitUntil(lambda: holds(desk.read_again == 1), timeout=PATIENCE_MS)
    kept = load_settings(desk.folders.settings_file).settings.environment
    assert kept == {"LD_PRELOAD": "/x.so", "VLLM_LOGING_LEVEL": "INFO"}
    field.setPlainText("VLLM_LOGGING_LEVEL=INFO")
    assert not error.text(), "what was wrong with a value goes with it"
    with qtbot.waitSignal(desk.behind.windows.all_closed):
        dialog.close()
