"""The parts that run a model, put together."""

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.fakes.vllm_folder import FakeVllmFolder
from tests.supervision.story import Story


def test_a_key_of_the_settings_is_in_no_line_of_the_log(
    qtbot: QtBot, tmp_path: Path, free_port: int, fake_vllm: Callable[..., FakeVllmFolder]
) -> None:
    key = "sesame of my own"
    vllm = fake_vllm()
    settings = {"model": "selftest", "port": free_port, "vllm_executable": vllm.executable}
    story = Story(qtbot, tmp_path, {**settings, "environment": {"VLLM_API_KEY": key}})
    story.start(15_000)
    story.log_book.add([f"somebody prints {key}"])
    story.stop(15_000)
    story.end()
    assert key not in "".join(story.log_book.lines())
    assert key not in story.log_book.file.read_text()
