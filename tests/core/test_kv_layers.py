"""Which key of which family says what a layer keeps."""

from typing import Any

import pytest

from trayapp.core.config_reader import BadConfigError, ConfigReader
from trayapp.core.kv_layers import KvKind, KvLayer, read_kv_layers

BASE: dict[str, Any] = {
    "num_hidden_layers": 12,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "hidden_size": 512,
}


def layers(**keys: Any) -> tuple[KvLayer, ...]:
    return read_kv_layers(ConfigReader(BASE | keys))


def counts(**keys: Any) -> dict[KvKind, int]:
    return {layer.kind: layer.count for layer in layers(**keys)}


def test_a_family_that_names_nothing_has_full_attention() -> None:
    assert layers() == (KvLayer(KvKind.FULL, 12, 2, 64, 64),)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"layer_types": ["full_attention", "sliding_attention"] * 6, "sliding_window": 9}, {"full": 6, "sliding": 6}),
        ({"layer_types": ["chunked_attention"] * 12, "attention_chunk_size": 64}, {"chunked": 12}),
        ({"layer_types": ["sliding_attention"] * 12}, {"full": 12}),  # no window given: nothing slides
        ({"sliding_window": 64}, {"sliding": 12}),
        ({"sliding_window": 64, "use_sliding_window": False}, {"full": 12}),
        ({"sliding_window": None}, {"full": 12}),
        ({"sliding_window": 64, "sliding_window_pattern": 4}, {"full": 3, "sliding": 9}),
        ({"sliding_window": 64, "model_type": "gemma2"}, {"full": 6, "sliding": 6}),
        ({"sliding_window": 64, "model_type": "cohere2"}, {"full": 3, "sliding": 9}),
        ({"attention_chunk_size": 64}, {"full": 3, "chunked": 9}),
        ({"num_kv_shared_layers": 4}, {"full": 8}),
        ({"full_attention_interval": 4, "linear_num_value_heads": 4}, {"full": 3, "state": 9}),
        ({"attn_layer_period": 6, "attn_layer_offset": 2, "mamba_d_state": 16}, {"full": 2, "state": 10}),
        ({"attn_layer_period": 6, "mamba_d_state": 16}, {"full": 2, "state": 10}),
        ({"linear_attn_config": {"full_attn_layers": [4, 8, 12]}}, {"full": 3, "state": 9}),
        ({"attn_type_list": [0, 0, 1] * 4}, {"full": 4, "state": 8}),
        ({"hybrid_override_pattern": "M-M-*-M-M-*-"}, {"full": 2, "state": 4}),
        ({"layers_block_type": ["mamba", "hybrid", "moe"] * 4, "mamba_n_heads": 4}, {"full": 4, "state": 8}),
        ({"layer_types": ["conv"] * 9 + ["full_attention"] * 3, "conv_L_cache": 3}, {"full": 3, "state": 9}),
        ({"model_type": "falcon_h1", "mamba_n_heads": 4}, {"full": 12, "state": 12}),
        ({"model_type": "mamba2", "num_heads": 8, "state_size": 16}, {"state": 12}),
        ({"model_type": "deepseek_v3", "kv_lora_rank": 512, "qk_rope_head_dim": 64}, {"latent": 12}),
        ({"model_type": "other", "kv_lora_rank": 512}, {"full": 12}),
        ({"layer_types": ["brand_new_attention"] * 12}, {"full": 12}),
        ({"model_type": "glm_moe_dsa", "kv_lora_rank": 512, "index_head_dim": 128}, {"latent": 12, "index": 12}),
    ],
)
def test_the_keys_of_the_families(keys: dict[str, Any], expected: dict[str, int]) -> None:
    assert counts(**keys) == {KvKind(kind): count for kind, count in expected.items()}


def test_one_key_and_value_for_all_heads() -> None:
    one = read_kv_layers(ConfigReader({k: v for k, v in BASE.items() if k != "num_key_value_heads"}))
    assert one[0].kv_heads == 8
    shared = {k: v for k, v in BASE.items() if k != "num_key_value_heads"} | {"multi_query": True}
    assert read_kv_layers(ConfigReader(shared))[0].kv_heads == 1


def test_gemma_4_has_other_heads_in_the_layers_that_see_everything() -> None:
    keys = {
        "layer_types": ["sliding_attention"] * 5 + ["full_attention"],
        "num_hidden_layers": 6,
        "sliding_window": 64,
        "head_dim": 256,
        "num_key_value_heads": 16,
        "global_head_dim": 512,
        "num_global_key_value_heads": 4,
    }
    full, sliding = layers(**keys)
    assert (full.kv_heads, full.key_size, full.value_size) == (4, 512, 512)
    assert (sliding.kv_heads, sliding.key_size) == (16, 256)
    assert layers(**(keys | {"global_head_dim": None}))[0].key_size == 256
    assert layers(**(keys | {"num_global_key_value_heads": None}))[0].kv_heads == 16


def test_mimo_has_other_heads_in_the_layers_with_a_window_and_shorter_values() -> None:
    keys = {
        "model_type": "mimo_v2",
        "layer_types": ["sliding_attention", "full_attention"] * 6,
        "sliding_window": 128,
        "head_dim": 192,
        "v_head_dim": 128,
        "swa_head_dim": 96,
        "swa_v_head_dim": 64,
        "swa_num_key_value_heads": 8,
    }
    full, sliding = layers(**keys)
    assert (full.key_size, full.value_size) == (192, 128)
    assert (sliding.kv_heads, sliding.key_size, sliding.value_size) == (8, 96, 64)
    plain = layers(**(keys | {"swa_num_key_value_heads": None, "swa_v_head_dim": None}))[1]
    assert (plain.kv_heads, plain.value_size) == (2, 96)


@pytest.mark.parametrize(
    ("keys", "numbers", "bytes_each", "conv"),
    [
        (
            {
                "full_attention_interval": 4,
                "linear_num_key_heads": 16,
                "linear_num_value_heads": 32,
                "linear_key_head_dim": 128,
                "linear_value_head_dim": 128,
                "linear_conv_kernel_dim": 4,
            },
            32 * 128 * 128,
            0,
            8192 * 3,
        ),
        ({"full_attention_interval": 4, "linear_num_value_heads": 2, "mamba_ssm_dtype": "float32"}, 32768, 4, 1536),
        (
            {
                "linear_attn_config": {
                    "full_attn_layers": [],
                    "num_heads": 2,
                    "head_dim": 8,
                    "short_conv_kernel_size": 4,
                }
            },
            128,
            4,
            144,
        ),
        (
            {
                "hybrid_override_pattern": "M",
                "mamba_num_heads": 4,
                "mamba_head_dim": 8,
                "ssm_state_size": 16,
                "n_groups": 2,
                "conv_kernel": 4,
                "model_type": "nemotron_h",
            },
            512,
            4,
            (32 + 64) * 3,
        ),
        (
            {"layers_block_type": ["mamba"], "mamba_n_heads": 4, "mamba_expand": 2, "mamba_d_state": 16},
            4 * 256 * 16,
            0,
            (1024 + 32) * 3,
        ),
        ({"model_type": "falcon_h1", "mamba_n_heads": 4, "mamba_d_ssm": 64, "mamba_d_state": 16}, 1024, 0, 96 * 3),
        ({"attn_layer_period": 8, "mamba_d_state": 16, "mamba_d_conv": 4, "mamba_expand": 2}, 1024 * 16, 0, 3072),
        ({"model_type": "mamba", "intermediate_size": 100, "state_size": 16}, 1600, 0, 300),
        ({"attn_type_list": [0]}, 8 * 64 * 64, 4, 0),
        ({"layer_types": ["conv"], "conv_dim": 100, "conv_L_cache": 4}, 0, 0, 300),
        ({"layer_types": ["conv"]}, 0, 0, 1024),
    ],
)
def test_the_size_of_a_state(keys: dict[str, Any], numbers: int, bytes_each: int, conv: int) -> None:
    state = next(layer for layer in layers(**keys) if layer.kind is KvKind.STATE)
    assert (state.state_numbers, state.state_bytes_each, state.conv_numbers) == (numbers, bytes_each, conv)


@pytest.mark.parametrize("count", [None, 20_000])
def test_a_number_of_layers_that_cannot_be_is_named(count: int | None) -> None:
    with pytest.raises(BadConfigError) as error:
        read_kv_layers(ConfigReader(BASE | {"num_hidden_layers": count}, "text_config."))
    assert error.value.key == "text_config.num_hidden_layers"


def test_layers_of_which_none_keeps_anything_are_named() -> None:
    with pytest.raises(BadConfigError) as error:
        layers(layer_types=["moe"] * 12)
    assert error.value.key == "layer_types"
