"""The model runs here, then elsewhere, then in Ollama, behind the same icon and the same address."""

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.elsewhere import Elsewhere, Manner
from tests.fakes.fake_ollama import FakeOllama
from tests.fakes.nvml_library import FakeNvml
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.running_app import RunningApp

KEY = "key-of-the-remote-0123456789"


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    server = Elsewhere(Manner(key=KEY))
    yield server
    server.close()


@pytest.fixture
def ollama() -> Iterator[FakeOllama]:
    fake = FakeOllama("qwen3:8b").start()
    yield fake
    fake.close()


def served(port: int) -> list[str]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=10) as reply:
        return [model["id"] for model in json.load(reply)["data"]]


def test_one_address_leads_to_wherever_the_model_runs(
    tmp_path: Path,
    fake_vllm: Callable[..., FakeVllmFolder],
    fake_nvml: FakeNvml,
    elsewhere: Elsewhere,
    ollama: FakeOllama,
    port_numbers: Iterator[int],
) -> None:
    port, own = next(port_numbers), next(port_numbers)
    servers = [{"name": "house", "url": elsewhere.url}]
    app = RunningApp(
        tmp_path, fake_vllm(), fake_nvml, model="selftest", port=port, one_address_port=own, remote_servers=servers
    )
    app.environment |= {"VLLM_TRAY_REMOTE_KEY": KEY, "OLLAMA_HOST": f"127.0.0.1:{ollama.port}"}
    app.start()
    try:
        assert app.run("start", "--wait", "20").returncode == 0
        here = app.status()
        assert (here["backend"], here["endpoint"]) == ("vllm", f"http://127.0.0.1:{port}/v1")
        assert served(own) == [here["model"]]

        done = app.run("start", "--backend", "remote", "--wait", "20")
        assert done.returncode == 0, done.stderr
        there = app.status()
        assert (there["backend"], there["model"], there["max_model_len"]) == ("remote", "big", 32_768)
        assert (there["pid"], there["native_context"], there["diagnosis"]) == (None, None, None)
        assert served(own) == ["big", "small"]
        assert not Path(f"/proc/{here['pid']}").exists(), "nothing of the first stays"

        done = app.run("start", "--backend", "ollama", "--model", "qwen3:8b", "--wait", "20")
        assert done.returncode == 0, done.stderr
        assert app.status()["backend"] == "ollama"
        assert list(ollama.loaded) == ["qwen3:8b"]
        assert served(own) == ["qwen3:8b"]
        assert KEY not in app.settings_file.read_text()
        assert KEY not in app.run("logs", "-n", "500").stdout
    finally:
        app.run("quit")
        assert app.process is not None
        app.process.wait(30)
    assert ollama.loaded == {}


def test_what_is_no_place_is_refused_by_the_command_line(
    tmp_path: Path, fake_vllm: Callable[..., FakeVllmFolder], fake_nvml: FakeNvml
) -> None:
    app = RunningApp(tmp_path, fake_vllm(), fake_nvml)
    assert app.run("start", "--backend", "moon").returncode == 2
