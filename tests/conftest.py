"""What all tests share: the --long option, folders that are not the user's, and the fakes."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from tests.desktop.browser import find_chromium
from tests.fakes.nvml_library import FakeNvml, build_nvml
from tests.fakes.vllm_folder import FakeVllmFolder, make_vllm_folder
from tests.faults.table import Table
from trayapp.core.server_mark import MARK_VARIABLE
from trayapp.probes.ports import find_free_port

# Widgets are drawn into memory; what needs a real desktop starts a program there (tests/desktop).
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


class PatientBot(QtBot):
    """Waits longer than its parent: a busy computer takes its time, and what never comes fails all the same."""

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = 30_000) -> None:  # noqa: N802 - Qt's name
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = 30_000, **how: Any) -> Any:  # noqa: N802 - Qt's name
        return super().waitSignal(signal, timeout=timeout, **how)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run what takes many minutes")


def pytest_configure(config: pytest.Config) -> None:
    """Have what was survived said at the end of every run that tried some of it."""
    if not any(isinstance(plugin, Table) for plugin in config.pluginmanager.get_plugins()):
        config.pluginmanager.register(Table())


def pytest_report_header() -> str:
    return f"browser: {find_chromium() or 'no Chromium here, so that the tests of web pages are left out'}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, visibly, the long tests, and those in a browser where there is none: they count as deselected."""
    marks = {*(() if config.getoption("--long") else ("long",)), *(() if find_chromium() else ("browser",))}
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in marks)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep every test away from the settings and data of whoever runs it. Caches stay: the real vLLM needs its own."""
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / "xdg" / name.lower()))
    monkeypatch.delenv(MARK_VARIABLE, raising=False)


@pytest.fixture
def qtbot(qapp: object, request: pytest.FixtureRequest) -> QtBot:
    """What pytest-qt offers under this name, with more patience."""
    return PatientBot(request)


@pytest.fixture(scope="session")
def port_numbers() -> Iterator[int]:
    """Port numbers below those that the kernel gives to outgoing connections, each one once."""
    return itertools.count(12_000 + os.getpid() % 2_000 * 10)


@pytest.fixture
def free_port(port_numbers: Iterator[int]) -> int:
    """A port that nobody has and no test before this one has used: ended connections hold a port for a minute."""
    return find_free_port("127.0.0.1", next(port_numbers))


@pytest.fixture
def fake_vllm(tmp_path: Path) -> Iterator[Callable[..., FakeVllmFolder]]:
    """Make environments with a fake vLLM: fake_vllm(version, *launches, **always). Nothing of it outlives the test."""
    made: list[FakeVllmFolder] = []

    def make(version: str = "0.32.0+cpu", *launches: dict[str, Any], **always: Any) -> FakeVllmFolder:
        made.append(make_vllm_folder(tmp_path / f"vllm{len(made)}", version, *launches, **always))
        return made[-1]

    yield make
    for fake in made:
        fake.end_all()


@pytest.fixture(scope="session")
def nvml_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_nvml(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def fake_nvml(nvml_library: Path, tmp_path: Path) -> FakeNvml:
    """A driver with one RTX 3060; describe() says otherwise."""
    return FakeNvml(nvml_library, tmp_path / "gpus.txt")


@pytest.fixture(scope="session")
def vllm_runtime() -> Path:
    """The environment with the real vLLM that the tests marked `real` start."""
    folder = os.environ.get("VLLM_TRAY_TEST_RUNTIME", "")
    if not folder:
        pytest.fail("VLLM_TRAY_TEST_RUNTIME names no environment with vLLM: run installer/test.sh, or -m 'not real'")
    return Path(folder)
