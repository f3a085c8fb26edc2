"""What the tests on the real vLLM share: its command, and models that are made once."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.supervision.story import Story
from trayapp.probes.resources import resource

CACHE_GIB = "1"


@pytest.fixture(scope="session")
def vllm(vllm_runtime: Path) -> Path:
    """The `vllm` command."""
    command = vllm_runtime / "bin" / "vllm"
    assert command.exists(), f"there is no vLLM at {command}"
    return command


@pytest.fixture(scope="session")
def wide_model(vllm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model whose 40,960 tokens do not fit into 1 GiB of KV cache: 112 KiB a token."""
    folder = tmp_path_factory.mktemp("models") / "wide"
    program = resource("selftest-model/make_model.py")
    subprocess.run([vllm.with_name("python"), program, folder, "--wide"], check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture
def story(qtbot: QtBot, tmp_path: Path, free_port: int, vllm: Path) -> Iterator[Callable[..., Story]]:
    """story(model, use_auto_length=True, **settings): a controller above the real vLLM."""
    made: list[Story] = []

    def make(model: str = "selftest", *, use_auto_length: bool = True, **settings: Any) -> Story:
        fixed = {
            "model": model,
            "port": free_port,
            "vllm_executable": str(vllm),
            "environment": {"VLLM_CPU_KVCACHE_SPACE": CACHE_GIB},
            **settings,
        }
        made.append(Story(qtbot, tmp_path, fixed, use_auto_length=use_auto_length))
        return made[-1]

    yield make
    for each in made:
        each.end()
