"""The words of the command line: `vllm serve MODEL …`, with the flags that this version has. Decides no value."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.settings import Settings
    from trayapp.core.vllm_version import VllmVersion


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values that the plan chose; None and "" leave a flag out."""

    max_model_len: int | None  # None: auto
    gpu_memory_utilization: float | None
    max_num_seqs: int
    tensor_parallel_size: int = 1
    dtype: str = ""
    quantization: str = ""
    kv_cache_dtype: str = ""
    stretch: tuple[str, ...] = ()  # from core/rope.py
    parsers: tuple[str, ...] = ()  # from core/tool_parsers.py
    weights: tuple[str, ...] = ()  # from core/model_code.py


def launch_arguments(
    settings: "Settings", model: "FoundModel", version: "VllmVersion", chosen: Chosen
) -> tuple[str, ...]:
    """Return the arguments behind the executable; what the user adds comes last, so that it wins."""
    words = [
        "serve",
        model.source,
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--served-model-name",
        settings.served_model_name or model.name,
        "--max-model-len",
        "auto" if chosen.max_model_len is None else str(chosen.max_model_len),
        "--max-num-seqs",
        str(chosen.max_num_seqs),
        # vLLM's default allows every page in the browser to talk to a server on this computer.
        "--allowed-origins",
        json.dumps([*_own_origins(settings), *settings.allowed_origins]),
    ]
    if chosen.gpu_memory_utilization is not None:
        words += ["--gpu-memory-utilization", f"{chosen.gpu_memory_utilization:g}"]
    if settings.max_num_batched_tokens:
        words += ["--max-num-batched-tokens", str(settings.max_num_batched_tokens)]
    if chosen.tensor_parallel_size > 1:
        words += ["--tensor-parallel-size", str(chosen.tensor_parallel_size)]
    for flag, value in (
        ("--dtype", chosen.dtype),
        ("--quantization", chosen.quantization),
        ("--kv-cache-dtype", chosen.kv_cache_dtype),
    ):
        if value:
            words += [flag, value]
    if settings.enforce_eager:
        words.append("--enforce-eager")
    words += chosen.stretch
    words += chosen.parsers
    words += chosen.weights
    if version.at_least(0, 8, 5):  # absent in 0.7.3
        words.append("--disable-uvicorn-access-log")  # the app asks /health every few seconds
    return (*words, *settings.extra_arguments)


def _own_origins(settings: "Settings") -> list[str]:
    """Return the origins of pages that the server itself serves (its documentation), as a browser names them."""
    return [f"http://{host}:{settings.port}" for host in ("localhost", "127.0.0.1")]
