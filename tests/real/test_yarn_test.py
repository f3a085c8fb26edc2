"""The test of YaRN on the real vLLM: while a model runs, and with it running again afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from tests.supervision.story import SLOW_MS, Story
from trayapp.core.settings import Settings
from trayapp.core.states import Ready
from trayapp.desktop.secrets import Secrets
from trayapp.presenters.yarn_test import YarnTest
from trayapp.storage.folders import Folders

pytestmark = [pytest.mark.real, pytest.mark.long]


def test_a_longer_context_is_tried_out_and_what_ran_runs_again(
    story: Callable[..., Story], qtbot: QtBot, tmp_path: Path, vllm: Path
) -> None:
    """Three starts."""
    told = story()
    before = told.start()
    stretched = Settings(
        model="selftest",
        vllm_executable=str(vllm),
        enable_yarn=True,
        yarn_factor=2.0,
        environment={"VLLM_CPU_KVCACHE_SPACE": "1"},
    )
    place = QObject()
    folders = Folders(tmp_path / "config", tmp_path / "data", tmp_path / "logs")
    test = YarnTest(stretched, folders, told.controller, Secrets(), place)
    with qtbot.waitSignal(test.over, timeout=2 * SLOW_MS) as over:
        test.start()
    native = before.plan.native_context
    assert native is not None
    assert over.args is not None
    assert f"{2 * native:,} tokens" in over.args[0]
    qtbot.waitUntil(lambda: _holds(isinstance(told.controller.state, Ready)), timeout=SLOW_MS)
    again = told.controller.state
    assert isinstance(again, Ready)
    assert again.max_model_len == before.max_model_len


def _holds(it_is_so: bool) -> None:
    assert it_is_so
