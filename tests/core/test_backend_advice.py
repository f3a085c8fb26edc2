"""Where a model should run: the cards that people reported of, row by row."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.model_configs import (
    LLAMA_8B,
    MISTRAL_7B,
    MIXTRAL_AWQ,
    PHI3_MINI,
    QWEN3_8B,
    QWEN3_8B_AWQ,
    QWEN3_32B_AWQ,
    QWEN3_VL_4B_FP8,
    QWEN25_7B,
    QWEN25_14B_AWQ,
    card,
    found,
    report_for,
)
from trayapp.core.backend import Backend
from trayapp.core.backend_advice import Advice, Because, advise, layers_on_cpu, ways_elsewhere
from trayapp.core.machine import Gpu
from trayapp.core.remedy import RemedyId
from trayapp.core.units import GIB
from trayapp.wording.backend_advice import advice_words

ADA = card(11.6, 11.1, "8.9", "RTX 3500 Ada")
T4 = card(14.6, 14.4, "7.5", "Tesla T4")
QWEN25_7B_AWQ = QWEN25_7B | {"quantization_config": {"quant_method": "awq", "bits": 4}}
MANY_IMAGES = {
    "gpu_memory_utilization": 0.80,
    "max_model_len": 4096,
    "max_num_seqs": 256,
    "extra_arguments": ("--limit-mm-per-prompt", '{"image":999,"video":999}'),
}
CARDS: list[tuple[int, dict[str, Any], float, Gpu, str, dict[str, Any], Backend, Because]] = [
    (1, QWEN3_8B_AWQ, 5.7, card(23.9, 23.5, "6.1", "Tesla P40"), "", {}, Backend.OLLAMA, Because.GPU_TOO_OLD),
    (2, QWEN3_8B_AWQ, 5.7, card(11.6, 11.1, "8.6"), "", {}, Backend.VLLM, Because.IT_FITS),
    (3, QWEN3_8B_AWQ, 5.7, card(11.6, 10.5), "", {"max_model_len": 16_384}, Backend.VLLM, Because.IT_FITS),
    (4, MISTRAL_7B, 13.5, ADA, "", {"max_model_len": 2048}, Backend.OLLAMA, Because.TOO_LARGE),
    (5, MIXTRAL_AWQ, 23.0, ADA, "", {}, Backend.OLLAMA, Because.TOO_LARGE),
    (6, PHI3_MINI, 7.2, ADA, "", {}, Backend.VLLM, Because.IT_FITS),
    (7, QWEN3_VL_4B_FP8, 4.5, card(7.9, 6.9, "12.0"), "", MANY_IMAGES, Backend.VLLM, Because.OTHER_SETTINGS_FIT),
    (8, QWEN25_14B_AWQ, 9.4, card(15.6, 15.1, "8.9"), "", {}, Backend.VLLM, Because.IT_FITS),
    (9, QWEN3_8B, 15.3, card(23.6, 23.1, "8.9"), "", {}, Backend.VLLM, Because.IT_FITS),
    (10, QWEN3_32B_AWQ, 18.0, card(23.6, 23.2, "8.6"), "", {}, Backend.VLLM, Because.IT_FITS),
    (11, LLAMA_8B, 15.0, card(79.2, 78.7, "8.0"), "", {}, Backend.VLLM, Because.IT_FITS),
    (12, QWEN25_7B, 14.2, card(31.7, 31.3, "7.0"), "0.33.0", {}, Backend.VLLM, Because.OLDER_VLLM),
    (13, QWEN25_7B_AWQ, 5.2, T4, "", {}, Backend.VLLM, Because.IT_FITS),
]


def advice_for(config: dict[str, Any], weights_gib: float, gpu: Gpu, version: str = "", **settings: Any) -> Advice:
    report = report_for(config, weights_gib, gpu, version=version or "0.25.0", **settings)
    return advise(report, found(config, weights_gib), gpu)


@pytest.mark.parametrize(
    ("config", "weights_gib", "gpu", "version", "settings", "backend", "because"),
    [row[1:] for row in CARDS],
    ids=[f"row {row[0]}" for row in CARDS],
)
def test_a_card_that_somebody_has(
    config: dict[str, Any],
    weights_gib: float,
    gpu: Gpu,
    version: str,
    settings: dict[str, Any],
    backend: Backend,
    because: Because,
) -> None:
    advice = advice_for(config, weights_gib, gpu, version, **settings)
    assert (advice.backend, advice.because) == (backend, because)
    assert advice_words(advice)


@pytest.mark.parametrize(
    ("config", "weights_gib", "gpu", "version", "settings", "backend", "because"),
    [row[1:] for row in CARDS],
    ids=[f"row {row[0]}" for row in CARDS],
)
def test_a_refused_start_leads_to_ollama_exactly_where_that_is_the_advice(
    config: dict[str, Any],
    weights_gib: float,
    gpu: Gpu,
    version: str,
    settings: dict[str, Any],
    backend: Backend,
    because: Because,
) -> None:
    report = report_for(config, weights_gib, gpu, version=version or "0.25.0", **settings)
    ids = [remedy.id for remedy in ways_elsewhere(report.problems)]
    assert ids == ([RemedyId.USE_OLLAMA, RemedyId.OTHER_PLACE] if backend is Backend.OLLAMA else []), because


def test_a_7b_in_16_bits_on_12_gb_is_told_with_its_figures() -> None:
    words = advice_words(advice_for(MISTRAL_7B, 13.5, ADA, max_model_len=2048))
    assert words == (
        "The weights are 13.5 GiB, and the GPU has 11.1 GiB free. Take a 4-bit variant with vLLM. "
        "Or run it with Ollama. It puts about 9 of 32 layers on the processor, and is slower for it. "
        "A server elsewhere is the other way."
    )


def test_a_pascal_card_with_room_holds_all_layers_in_ollama() -> None:
    words = advice_words(advice_for(QWEN3_8B_AWQ, 5.7, card(23.9, 23.5, "6.1", "Tesla P40")))
    assert words == "Run it with Ollama: no vLLM supports this GPU. All of its layers fit onto the GPU there."


def test_what_is_not_known_is_not_told() -> None:
    advice = advice_for(MISTRAL_7B, 13.5, ADA, max_model_len=2048)
    assert "processor" not in advice_words(replace(advice, layers=0, layers_on_cpu=0, four_bits_fit=False))
    unknown = advise(report_for(MISTRAL_7B, 13.5, ADA, max_model_len=2048), found(MISTRAL_7B, None), None)
    assert (unknown.layers, unknown.weights_bytes, unknown.free_bytes) == (0, 0, 0)


def test_without_a_gpu_the_processor_serves() -> None:
    report = report_for(QWEN3_8B_AWQ, 5.7, card(11.6, 11.1))
    advice = advise(report, found(QWEN3_8B_AWQ, 5.7), None)
    assert (advice.backend, advice.because) == (Backend.VLLM, Because.NO_GPU)
    assert "processor" in advice_words(advice)


@pytest.mark.parametrize(("free_gib", "on_cpu"), [(0, 32), (1, 32), (100, 0)])
def test_layers_that_do_not_fit(free_gib: int, on_cpu: int) -> None:
    assert layers_on_cpu(32, 14 * GIB, free_gib * GIB) == on_cpu
