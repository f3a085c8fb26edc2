"""How large the weights are once they are loaded."""

from typing import Any

import pytest

from tests.core.model_configs import (
    DEEPSEEK_V3,
    GEMMA3_12B,
    LLAMA_8B,
    MIXTRAL_AWQ,
    QWEN3_8B,
    QWEN3_8B_AWQ,
    QWEN25_7B,
    QWEN35_27B,
    found,
)
from trayapp.core.found_model import TensorSummary
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.units import GIB, bytes_from_gib
from trayapp.core.weights import weights_bytes


def size(config: dict[str, Any], gib: float | None, quantization: str = "auto", each: int = 2, **model: Any) -> float:
    found_model = found(config, gib, **model)
    facts = read_model_facts(found_model)
    assert isinstance(facts, ModelFacts)
    return weights_bytes(found_model, facts, quantization, each) / GIB


def test_the_files_say_it() -> None:
    assert size(QWEN3_8B, 15.3) == pytest.approx(15.3)
    assert size(QWEN3_8B_AWQ, 5.7, each=4) == pytest.approx(5.7)


def test_float32_files_are_halved_while_loading() -> None:
    assert size(LLAMA_8B | {"dtype": "float32"}, 30.0) == pytest.approx(15.0)
    assert size(LLAMA_8B, 15.0, each=4) == pytest.approx(30.0)


def test_quantizing_while_loading_leaves_the_embeddings_as_they_are() -> None:
    embeddings = 2 * 128256 * 4096 * 2 / GIB
    assert size(LLAMA_8B, 15.0, "fp8") == pytest.approx(embeddings + (15.0 - embeddings) / 2)
    assert 5.0 < size(LLAMA_8B, 15.0, "bitsandbytes") < 6.0
    tensors = TensorSummary(15 * GIB, embedding_bytes=GIB, head_bytes=GIB)
    assert size(LLAMA_8B, 15.0, "fp8", tensors=tensors) == pytest.approx(2 + 13 / 2)


@pytest.mark.parametrize(
    ("config", "gib"),
    [
        (LLAMA_8B, 15.0),
        (QWEN3_8B, 15.3),
        (QWEN25_7B, 14.2),
        (QWEN3_8B_AWQ, 5.7),
        (MIXTRAL_AWQ, 23.0),
        (DEEPSEEK_V3 | {"quantization_config": {"quant_method": "fp8"}}, 641.0),
        (QWEN35_27B, 48.3),
    ],
)
def test_without_files_the_config_says_it_roughly(config: dict[str, Any], gib: float) -> None:
    assert size(config, None) == pytest.approx(gib, rel=0.12)


def test_tied_embeddings_are_there_once() -> None:
    assert size(LLAMA_8B, None) - size(LLAMA_8B | {"tie_word_embeddings": True}, None) == pytest.approx(
        128256 * 4096 * 2 / GIB
    )


def test_gemma_ties_its_embeddings_without_saying_so() -> None:
    assert size(GEMMA3_12B, None) == pytest.approx(22.0, rel=0.03), "23.8 GiB were it not so"
    untied = GEMMA3_12B["text_config"] | {"tie_word_embeddings": False}
    assert size(GEMMA3_12B | {"text_config": untied}, None) > 23.5


def test_gib_of_the_command_line_are_whole_bytes() -> None:
    assert bytes_from_gib(1.5) == 3 << 29
