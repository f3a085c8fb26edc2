import os

import pytest

from trayapp.probes.program_names import find_program_name, read_program_name


@pytest.mark.parametrize(
    ("name", "command", "shown"),
    [
        ("VLLM::EngineCor", ["VLLM::EngineCore"], "VLLM::EngineCore"),
        ("VLLM::Worker_TP", ["VLLM::Worker_TP0"], "VLLM::Worker_TP0"),
        ("vllm", ["/opt/vllm/bin/python", "/opt/vllm/bin/vllm", "serve", "Qwen/Qwen3-8B"], "vLLM"),
        ("python3", ["python3", "-m", "vllm.entrypoints.openai.api_server", "--model", "x"], "vLLM"),
        ("ollama", ["/usr/local/bin/ollama", "serve"], "Ollama"),
        ("ollama_llama_se", ["/usr/lib/ollama/runners/ollama_llama_server", "--port", "1"], "Ollama"),
        ("python3.11", ["/usr/bin/python3.11", "-X", "utf8", "-u", "/home/user/train.py", "--lr", "1"], "train.py"),
        ("python3", ["python3", "-m", "comfyui", "--listen"], "comfyui"),
        ("python3", ["python3", "-c", "import time"], "python3"),
        ("python3", ["python3"], "python3"),
        ("firefox", ["/usr/lib/firefox/firefox", "-contentproc"], "firefox"),
        ("kworker/0:1", [], "kworker/0:1"),
        ("vllm-notes", ["vim", "vllm"], "vllm-notes"),
    ],
)
def test_a_program_is_called_what_a_person_calls_it(name: str, command: list[str], shown: str) -> None:
    assert read_program_name(name, command) == shown


def test_a_running_program_has_a_name() -> None:
    assert find_program_name(os.getpid())


def test_a_process_that_is_gone_has_none() -> None:
    assert find_program_name(4_194_304) == ""
