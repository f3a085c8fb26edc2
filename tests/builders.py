"""Values for tests, whole and sensible; a test names only what it is about."""

from types import MappingProxyType
from typing import Any

from trayapp.core.found_model import FoundModel
from trayapp.core.launch import OllamaPlan, RemotePlan
from trayapp.core.launch_plan import LaunchPlan, LengthSource
from trayapp.core.learned_limits import LimitKey
from trayapp.core.machine import Gpu, Machine, VllmInstall
from trayapp.core.settings import Settings
from trayapp.core.units import GIB, MIB
from trayapp.core.vllm_version import VllmVersion, parse_vllm_version


def a_version(text: str = "0.32.0") -> VllmVersion:
    version = parse_vllm_version(text)
    assert version is not None
    return version


def an_install(version: str = "0.32.0", executable: str = "/opt/vllm/bin/vllm") -> VllmInstall:
    return VllmInstall(executable, a_version(version))


def a_cpu_install() -> VllmInstall:
    return an_install("0.32.0+cpu")


def a_gpu(**changes: Any) -> Gpu:
    """An RTX 3060 with a desktop on it."""
    values: dict[str, Any] = {
        "index": 0,
        "uuid": "GPU-3060aaaa-0000-0000-0000-000000000001",
        "name": "NVIDIA GeForce RTX 3060",
        "memory_total_bytes": 11_990 * MIB,
        "memory_free_bytes": 11_400 * MIB,
        "compute_capability": (8, 6),
        "display_attached": True,
        "memory_reserved_bytes": 298 * MIB,
    }
    return Gpu(**{**values, **changes})


def another_gpu(**changes: Any) -> Gpu:
    """An RTX 4090."""
    values: dict[str, Any] = {
        "uuid": "GPU-4090bbbb-0000-0000-0000-000000000002",
        "name": "NVIDIA GeForce RTX 4090",
        "memory_total_bytes": 24_080 * MIB,
        "memory_free_bytes": 23_400 * MIB,
        "compute_capability": (8, 9),
        "memory_reserved_bytes": 484 * MIB,
    }
    return a_gpu(**{**values, **changes})


def a_machine(*gpus: Gpu, **changes: Any) -> Machine:
    """A computer with 32 GiB of RAM and these GPUs (one RTX 3060 when none is named)."""
    values: dict[str, Any] = {
        "gpus": gpus or (a_gpu(),),
        "driver_version": "570.86.16",
        "cuda_version": "12.8",
        "memory_total_bytes": 32 * GIB,
        "memory_available_bytes": 26 * GIB,
    }
    return Machine(**{**values, **changes})


def a_machine_without_gpu(**changes: Any) -> Machine:
    return a_machine(**{"gpus": (), "driver_version": "", "cuda_version": "", **changes})


def some_settings(**changes: Any) -> Settings:
    """The defaults with a model chosen."""
    return Settings(model="/models/Qwen3-0.6B").with_changes(changes)


def a_model(**changes: Any) -> FoundModel:
    """A small dense model in a folder, as probes/model_files.py finds it."""
    config = {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "max_position_embeddings": 40_960,
        "num_hidden_layers": 28,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "hidden_size": 1024,
        "intermediate_size": 3072,
        "vocab_size": 151_936,
        "torch_dtype": "bfloat16",
    }
    values: dict[str, Any] = {
        "source": "/models/Qwen3-0.6B",
        "name": "Qwen3-0.6B",
        "revision": "0123456789abcdef",
        "config": MappingProxyType(config),
        "config_path": "/models/Qwen3-0.6B/config.json",
        "folder": "/models/Qwen3-0.6B",
        "weights_bytes": 1_503_264_768,
        "weight_format": "safetensors",
    }
    return FoundModel(**{**values, **changes})


def a_limit_key(**changes: Any) -> LimitKey:
    values = {
        "gpu": a_gpu().uuid,
        "model": "/models/Qwen3-0.6B@0123456789abcdef",
        "vllm_version": "0.32.0",
        "flags": "",
    }
    return LimitKey(**{**values, **changes})


def a_plan(**changes: Any) -> LaunchPlan:
    """A launch in which vLLM finds the context length itself."""
    values: dict[str, Any] = {
        "executable": "/opt/vllm/bin/vllm",
        "arguments": ("serve", "/models/Qwen3-0.6B", "--port", "8000", "--max-model-len", "auto"),
        "environment": MappingProxyType({}),
        "model": "/models/Qwen3-0.6B",
        "model_name": "Qwen3-0.6B",
        "host": "127.0.0.1",
        "port": 8000,
        "native_context": 40_960,
        "max_model_len": None,
        "length_source": LengthSource.AUTO,
        "vllm_version": a_version(),
        "on_cpu": False,
        "limit_key": a_limit_key(),
    }
    return LaunchPlan(**{**values, **changes})


def a_plan_for(executable: str, port: int, *more_arguments: str, **changes: Any) -> LaunchPlan:
    """A launch of a program that stands in for vLLM, at a port of this computer."""
    arguments = ("serve", "/models/tiny", "--host", "127.0.0.1", "--port", str(port), "--served-model-name", "tiny")
    values: dict[str, Any] = {
        "executable": executable,
        "arguments": (*arguments, *(more_arguments or ("--max-model-len", "auto"))),
        "model": "/models/tiny",
        "model_name": "tiny",
        "port": port,
        "on_cpu": True,
    }
    return a_plan(**{**values, **changes})


def a_remote_plan(**changes: Any) -> RemotePlan:
    """A server elsewhere that has passed every check."""
    values: dict[str, Any] = {
        "server": "house",
        "url": "https://house.example",
        "ca_file": "",
        "model": "Qwen3-32B-AWQ",
        "max_model_len": 32_768,
        "version": "0.32.0",
    }
    return RemotePlan(**{**values, **changes})


def an_ollama_plan(**changes: Any) -> OllamaPlan:
    """A model that Ollama is to load."""
    values: dict[str, Any] = {
        "model": "qwen3:8b",
        "model_name": "qwen3:8b-8192-tokens",
        "url": "http://127.0.0.1:11434",
        "executable": "",
        "native_context": 40_960,
        "max_model_len": 8192,
        "length_source": LengthSource.USER,
    }
    return OllamaPlan(**{**values, **changes})
