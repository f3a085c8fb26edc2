"""What is read from a model's config, in the forms of all families."""

from typing import Any

import pytest

from tests.core.model_configs import DEEPSEEK_V3, GPT_OSS_20B, LLAMA_8B, QWEN3_8B, QWEN3_VL_4B_FP8, found
from trayapp.core.found_model import TensorSummary
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.problems import Problem, ProblemKind

SMALL: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "hidden_size": 64,
    "vocab_size": 1000,
}


def facts(config: dict[str, Any], **model: Any) -> ModelFacts:
    read = read_model_facts(found(config, **model))
    assert isinstance(read, ModelFacts)
    return read


def problem(config: dict[str, Any]) -> Problem:
    read = read_model_facts(found(config))
    assert isinstance(read, Problem)
    return read


@pytest.mark.parametrize(
    ("keys", "length"),
    [
        ({"max_position_embeddings": 4096}, 4096),
        ({"n_positions": 1024}, 1024),
        ({"max_seq_len": 2048}, 2048),
        ({"seq_length": 8192}, 8192),
        ({"max_sequence_length": 512}, 512),
        ({"max_position_embeddings": 4096, "seq_len": 2048}, 2048),  # vLLM takes the smallest
        ({"max_position_embeddings": 8192, "model_max_length": 131072}, 131072),  # but this beats them all
        ({"max_position_embeddings": 4096.0}, 4096),
        ({"max_position_embeddings": 4096, "rope_scaling": {"type": "linear", "factor": 4.0}}, 16384),
        ({"max_position_embeddings": 4096, "rope_scaling": {"type": "dynamic"}}, 4096),
        ({"max_position_embeddings": 131072, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, 131072),
        ({"max_position_embeddings": 131072, "rope_scaling": {"rope_type": "yarn", "factor": 32}}, 131072),
        (
            {
                "max_position_embeddings": 131072,
                "original_max_position_embeddings": 4096,
                "rope_scaling": {"type": "longrope", "factor": 1.0},
            },
            4096,
        ),
        ({"max_position_embeddings": 131072, "rope_scaling": {"type": "longrope"}}, 131072),
        (
            {"model_type": "gemma3_text", "max_position_embeddings": 131072, "rope_scaling": {"type": "linear"}},
            131072,
        ),
    ],
)
def test_the_native_length_is_the_one_that_vllm_derives(keys: dict[str, Any], length: int) -> None:
    read = facts(SMALL | keys)
    assert read.native_context == length
    assert not read.length_is_guessed


def test_without_any_key_the_length_is_what_vllm_assumes() -> None:
    assert facts(SMALL).native_context == 2048
    assert facts(SMALL).length_is_guessed


@pytest.mark.parametrize("nested", ["text_config", "llm_config", "language_config"])
def test_the_part_that_writes_text_is_found_in_multimodal_configs(nested: str) -> None:
    read = facts({"model_type": "sees", "vision_config": {}, nested: QWEN3_8B})
    assert (read.native_context, read.model_type, read.nested, read.multimodal) == (40960, "qwen3", nested, True)


def test_a_part_within_a_part_is_found() -> None:
    read = facts({"thinker_config": {"text_config": QWEN3_8B}})
    assert read.nested == "thinker_config.text_config"
    assert read.multimodal


def test_video_is_told_from_images() -> None:
    assert facts(QWEN3_VL_4B_FP8).watches_video
    assert not facts({"vision_config": {}, "text_config": QWEN3_8B}).watches_video
    assert facts({"video_token_index": 7, "text_config": QWEN3_8B}).watches_video


@pytest.mark.parametrize(
    ("keys", "dtype", "size"),
    [
        ({"torch_dtype": "float16"}, "float16", 2),
        ({"dtype": "bfloat16"}, "bfloat16", 2),
        ({"dtype": "torch.float32"}, "float32", 4),
        ({"dtype": "something new"}, "bfloat16", 2),
        ({}, "bfloat16", 2),
    ],
)
def test_the_precision(keys: dict[str, Any], dtype: str, size: int) -> None:
    read = facts(SMALL | keys)
    assert (read.dtype, read.dtype_bytes) == (dtype, size)


def test_the_experts_that_one_token_passes_through_count_together() -> None:
    read = facts(DEEPSEEK_V3)
    assert read.active_intermediate_size == 8 * 2048 + 2048
    assert (read.experts, read.expert_size) == (256, 2048)
    assert facts(GPT_OSS_20B).active_intermediate_size == 4 * 2880
    assert facts(SMALL | {"num_experts": 4}).active_intermediate_size == 256


def test_rope_keys_come_in_one_form() -> None:
    old = facts(QWEN3_8B | {"rope_scaling": {"type": "linear", "factor": 2.0}, "partial_rotary_factor": 0.5})
    assert old.rope == {"rope_type": "linear", "factor": 2.0, "rope_theta": 1000000, "partial_rotary_factor": 0.5}
    new = facts(SMALL | {"rope_parameters": {"rope_theta": 5.0, "rope_type": "default"}})
    assert new.rope == {"rope_theta": 5.0, "rope_type": "default"}
    by_layer = {"full_attention": {"rope_theta": 1e6}, "sliding_attention": {"rope_theta": 1e4}}
    assert facts(SMALL | {"rope_parameters": by_layer, "rope_theta": 3.0}).rope == by_layer
    assert facts(SMALL | {"rope_scaling": "rubbish"}).rope == {}


def test_code_in_the_repository_is_seen() -> None:
    assert facts(SMALL | {"auto_map": {"AutoConfig": "configuration_x.XConfig"}}).needs_code
    assert not facts(SMALL).needs_code


def test_a_model_without_attention_needs_no_heads() -> None:
    mamba = {"model_type": "mamba", "num_hidden_layers": 2, "hidden_size": 64, "state_size": 16}
    assert facts(mamba).attention_heads == 1


@pytest.mark.parametrize(
    ("config", "key"),
    [
        (SMALL | {"num_hidden_layers": None}, "num_hidden_layers"),
        (SMALL | {"num_hidden_layers": "many"}, "num_hidden_layers"),
        (SMALL | {"num_attention_heads": None}, "num_attention_heads"),
        (SMALL | {"num_attention_heads": 0}, "num_attention_heads"),
        (SMALL | {"hidden_size": None}, "hidden_size"),
        (SMALL | {"hidden_size": 1.5}, "hidden_size"),
        (SMALL | {"vocab_size": True}, "vocab_size"),
        (SMALL | {"max_position_embeddings": -1}, "max_position_embeddings"),
        (SMALL | {"max_position_embeddings": 1 << 60}, "max_position_embeddings"),
        (
            SMALL | {"max_position_embeddings": 1, "rope_scaling": {"type": "linear", "factor": 0}},
            "rope_scaling.factor",
        ),
        ({"text_config": SMALL | {"num_hidden_layers": 10**9}}, "text_config.num_hidden_layers"),
        ({}, "num_attention_heads"),
    ],
)
def test_a_key_that_makes_no_sense_is_named_with_its_file(config: dict[str, Any], key: str) -> None:
    read = problem(config)
    assert read.kind is ProblemKind.MODEL_FILE_BAD
    assert read.values["path"] == "/models/it/config.json"
    assert read.values["key"] == key
    assert len(str(read.values["reason"])) < 80


def test_a_long_value_is_shortened_in_the_message() -> None:
    assert "…" in str(problem(SMALL | {"vocab_size": "x" * 500}).values["reason"])


QUANTIZED = [
    ({"quantization_config": {"quant_method": "awq", "bits": 4}}, ("awq", 4, True)),
    ({"quantization_config": {"quant_method": "AWQ", "w_bit": 4}}, ("awq", 4, True)),
    ({"quantization_config": {"quant_method": "gptq", "bits": 8}}, ("gptq", 8, True)),
    ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}}, ("bitsandbytes", 8, True)),
    ({"quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}, ("bitsandbytes", 4, True)),
    ({"quantization_config": {"quant_method": "mxfp4"}}, ("mxfp4", 4, True)),
    ({"quantization_config": {"quant_method": "new"}}, ("new", 0, True)),
    ({"quantization_config": {"quant_method": "modelopt", "quant_algo": "NVFP4"}}, ("modelopt_fp4", 4, True)),
    ({"quantization_config": {"quant_algo": "FP8"}}, ("modelopt", 8, True)),
    (
        {"compression_config": {"config_groups": {"group_0": {"weights": {"num_bits": 4, "type": "int"}}}}},
        ("compressed-tensors", 4, True),
    ),
    ({"text_config": LLAMA_8B | {"quantization_config": {"quant_method": "fp8"}}}, ("fp8", 8, True)),
    ({}, ("", 0, False)),
]


@pytest.mark.parametrize(("keys", "expected"), QUANTIZED)
def test_how_the_weights_are_stored(keys: dict[str, Any], expected: tuple[str, int, bool]) -> None:
    read = facts(SMALL | keys).quantization
    assert (read.method, read.bits, read.declared) == expected


@pytest.mark.parametrize(
    ("groups", "scheme"),
    [
        ({"a": {"weights": {"num_bits": 4, "type": "int"}}}, "w4a16_int"),
        (
            {"a": {"weights": {"num_bits": 8, "type": "float"}, "input_activations": {"num_bits": 8}}},
            "w8a8_fp",
        ),
        ({"a": {"weights": {"num_bits": 8, "type": "int"}, "input_activations": {}}}, "w8a16_int"),
        ({"a": {"weights": None}}, ""),
        ({"a": 7}, ""),
        ([], ""),
    ],
)
def test_the_scheme_of_compressed_tensors(groups: Any, scheme: str) -> None:
    entry = {"quant_method": "compressed-tensors", "config_groups": groups}
    assert facts(SMALL | {"quantization_config": entry}).quantization.scheme == scheme


def test_a_checkpoint_made_for_an_fp8_cache_says_so() -> None:
    entry: dict[str, Any] = {"quant_method": "compressed-tensors", "kv_cache_scheme": {"num_bits": 8}}
    assert facts(SMALL | {"quantization_config": entry}).quantization.kv_cache_dtype == "fp8"
    entry = {"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_quant_algo": "FP8"}
    assert facts(SMALL | {"quantization_config": entry}).quantization.kv_cache_dtype == "fp8"
    entry = {"quant_method": "modelopt", "quant_algo": "FP8", "kv_cache_scheme": {"num_bits": 8}}
    assert facts(SMALL | {"quantization_config": entry}).quantization.kv_cache_dtype == "fp8"
    assert facts(SMALL).quantization.kv_cache_dtype == "auto"


def test_modelopt_writes_its_method_into_a_file_of_its_own() -> None:
    entry = {"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": "FP8"}}
    read = facts(SMALL, quantization_file=entry).quantization
    assert (read.method, read.declared, read.kv_cache_dtype) == ("modelopt_fp4", True, "fp8")
    assert facts(SMALL, quantization_file={}).quantization.method == ""


@pytest.mark.parametrize(
    ("name", "suffixes", "method"),
    [
        ("Qwen3-8B-AWQ", None, "awq"),
        ("model-GPTQ-Int4", None, "gptq"),
        ("llama-bnb-4bit", None, "bitsandbytes"),
        ("awqward-7b", None, ""),
        ("Qwen3-8B-AWQ", {"weight"}, ""),  # the name says it, the tensors do not
        ("plain", {"qweight", "qzeros"}, "awq"),
        ("plain", {"qweight", "qzeros", "g_idx"}, "gptq"),
        ("plain", {"weight", "absmax"}, "bitsandbytes"),
        ("plain", {"weight"}, ""),
        ("thing-AWQ", {"weight_packed"}, "awq"),
    ],
)
def test_a_method_that_the_config_does_not_name_is_recognised(
    name: str, suffixes: set[str] | None, method: str
) -> None:
    tensors = None if suffixes is None else TensorSummary(10, suffixes=frozenset(suffixes))
    read = facts(SMALL, name=name, tensors=tensors).quantization
    assert (read.method, read.declared) == (method, False)


def test_gguf_weights_are_a_method() -> None:
    assert facts(SMALL, weight_format="gguf").quantization.method == "gguf"
