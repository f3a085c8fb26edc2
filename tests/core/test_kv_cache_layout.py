"""The KV cache of known models, against what vLLM printed or its source says."""

from typing import Any

import pytest

from tests.builders import a_version
from tests.core.model_configs import (
    DEEPSEEK_V3,
    GEMMA3_12B,
    GPT_OSS_20B,
    LLAMA_8B,
    QWEN3_NEXT,
    QWEN25_7B,
    QWEN35_27B,
)
from trayapp.core.config_reader import ConfigReader
from trayapp.core.kv_cache_layout import CacheChoice, KvCacheLayout, plan_layout
from trayapp.core.kv_layers import KvKind, KvLayer, read_kv_layers
from trayapp.core.units import GIB


def layout(
    config: dict[str, Any], version: str = "0.25.0", cache_bytes_each: float = 2, **choice: Any
) -> KvCacheLayout:
    layers = read_kv_layers(ConfigReader(config.get("text_config", config)))
    return plan_layout(layers, CacheChoice(a_version(version), cache_bytes_each, 2, **choice))


@pytest.mark.parametrize(
    ("config", "choice", "bytes_per_token"),
    [
        (LLAMA_8B, {}, 131_072),
        (LLAMA_8B, {"tensor_parallel_size": 2}, 65_536),
        (LLAMA_8B, {"cache_bytes_each": 1}, 65_536),
        (LLAMA_8B, {"tensor_parallel_size": 16}, 16_384),  # 8 heads on 16 ranks: each has a copy of one
        (QWEN25_7B, {}, 57_344),
        (DEEPSEEK_V3, {}, 61 * 1152),
        (DEEPSEEK_V3, {"tensor_parallel_size": 8}, 61 * 1152),  # the compressed vector is not divided
        (DEEPSEEK_V3, {"cache_bytes_each": 1}, 61 * 576),
        (GPT_OSS_20B, {}, 12 * 2 * 8 * 64 * 2),  # only the 12 layers that see everything grow
        (GEMMA3_12B, {}, 8 * 2 * 8 * 256 * 2),
        (QWEN3_NEXT, {}, 12 * 2 * 2 * 256 * 2),
        (QWEN35_27B, {}, 16 * 2 * 4 * 256 * 2),
    ],
)
def test_a_token_costs_what_the_attention_layers_keep(
    config: dict[str, Any], choice: dict[str, Any], bytes_per_token: int
) -> None:
    assert layout(config, **choice).bytes_per_token == pytest.approx(bytes_per_token)


def test_the_whole_context_of_llama_takes_16_gib() -> None:
    assert layout(LLAMA_8B).bytes_for(131_072) == 16 * GIB


@pytest.mark.parametrize(
    ("config", "choice", "block_tokens"),
    [
        (QWEN3_NEXT, {}, 544),  # printed by real starts: "Setting attention block size to 544 tokens"
        (QWEN35_27B, {"tensor_parallel_size": 2, "cache_bytes_each": 1}, 1568),  # likewise, fp8 cache on two GPUs
        (LLAMA_8B, {}, 16),
        (LLAMA_8B, {"on_cpu": True}, 128),
        (DEEPSEEK_V3, {}, 64),
        (DEEPSEEK_V3, {"on_cpu": True}, 16),
    ],
)
def test_blocks_hold_as_many_tokens_as_vllm_says(
    config: dict[str, Any], choice: dict[str, Any], block_tokens: int
) -> None:
    assert layout(config, **choice).block_tokens == block_tokens


def test_a_state_of_qwen3_next_pads_by_the_share_that_was_printed() -> None:
    # printed by real starts: padded by 1.49 %
    state = 32 * 128 * 128 * 2 + (2 * 16 * 128 + 32 * 128) * 3 * 2
    assert layout(QWEN3_NEXT).block_bytes / 12 / state == pytest.approx(1.0149, abs=0.0001)


def test_layers_are_cut_into_groups_of_the_rarer_kind() -> None:
    assert [count for _layer, count, _size in layout(GEMMA3_12B).groups] == [1, 5]
    assert [count for _layer, count, _size in layout(GPT_OSS_20B).groups] == [1, 1]
    assert [count for _layer, count, _size in layout(QWEN3_NEXT).groups] == [1, 3]


def test_kinds_that_are_nearly_as_many_are_filled_up_instead_of_cut() -> None:
    layers = (KvLayer(KvKind.FULL, 13, 8, 64, 64), KvLayer(KvKind.SLIDING, 12, 8, 64, 64, window=128))
    packed = plan_layout(layers, CacheChoice(a_version("0.25.0"), 2, 2))
    assert packed.block_bytes == 13 * 16 * 8 * 128 * 2
    assert [count for _layer, count, _size in packed.groups] == [1, 1]


def test_a_window_costs_no_more_however_long_the_context() -> None:
    gemma = layout(GEMMA3_12B, max_num_batched_tokens=2048)
    window_blocks = 5 * (-(-(1024 - 1 + 2048) // 16) + 1)
    assert gemma.blocks(100_000) == 100_000 // 16 + window_blocks
    assert gemma.blocks(160) == 6 * 10 + 5


def test_a_chunk_of_llama_4_costs_no_more_either() -> None:
    llama4 = {
        **LLAMA_8B,
        "model_type": "llama4_text",
        "num_hidden_layers": 48,
        "attention_chunk_size": 8192,
        "rope_scaling": None,
    }
    packed = layout(llama4, max_num_batched_tokens=2048)
    assert [count for _layer, count, _size in packed.groups] == [1, 3]
    assert packed.blocks(1_000_000) == 62_500 + 3 * (8192 + 2048) // 16


def test_before_0_9_2_a_window_saved_no_memory() -> None:
    old = layout(GEMMA3_12B, version="0.8.5")
    assert old.bytes_per_token == 48 * 2 * 8 * 256 * 2
    assert layout({**GEMMA3_12B["text_config"], "head_dim": 256, "global_head_dim": 512}, version="0.8.5").block_bytes


def test_full_layers_of_different_shapes_lie_in_one_block() -> None:
    layers = (KvLayer(KvKind.FULL, 7, 4, 192, 192), KvLayer(KvKind.FULL, 50, 16, 256, 256))
    packed = plan_layout(layers, CacheChoice(a_version("0.25.0"), 2, 2))
    assert packed.bytes_per_token == pytest.approx(7 * 4 * 384 * 2 + 50 * 16 * 512 * 2)


def test_layers_with_smaller_pages_hold_more_tokens_in_one() -> None:
    layers = (KvLayer(KvKind.FULL, 5, 4, 512, 512), KvLayer(KvKind.SLIDING, 25, 4, 256, 256, window=1024))
    packed = plan_layout(layers, CacheChoice(a_version("0.25.0"), 2, 2))
    assert [size for _layer, _count, size in packed.groups] == [16, 32]


def test_a_sparse_model_keeps_an_index_beside_each_layer() -> None:
    sparse = {**DEEPSEEK_V3, "model_type": "deepseek_v32", "index_head_dim": 128}
    assert layout(sparse).bytes_per_token == pytest.approx(61 * (1152 + 132))


def test_a_model_of_states_only_needs_the_same_for_every_context() -> None:
    mamba = {
        "model_type": "mamba",
        "num_hidden_layers": 64,
        "hidden_size": 2560,
        "intermediate_size": 5120,
        "state_size": 16,
        "conv_kernel": 4,
    }
    packed = layout(mamba)
    assert packed.bytes_per_token == 0
    assert packed.bytes_for(1) == packed.bytes_for(1_000_000)
    assert packed.largest_context(GIB, 4096) == 4096


def test_the_limit_is_the_one_that_a_real_start_found() -> None:
    # 28 layers of 8 heads in 1 GiB: vLLM 0.32 for the processor said 9,216.
    wide = {"num_hidden_layers": 28, "num_attention_heads": 8, "head_dim": 128, "hidden_size": 64}
    assert layout(wide, version="0.32.0", on_cpu=True).largest_context(GIB, 40_960) == 9_216


def test_from_0_29_on_one_block_is_held_back() -> None:
    block = layout(LLAMA_8B).block_bytes
    assert layout(LLAMA_8B, version="0.28.0").largest_context(100 * block, 131_072) == 1600
    assert layout(LLAMA_8B, version="0.29.0").largest_context(100 * block, 131_072) == 1584


def test_no_memory_holds_no_context() -> None:
    assert layout(LLAMA_8B).largest_context(0, 131_072) == 0
    assert layout(LLAMA_8B).tokens(0, 4096) == 0


def test_the_size_in_tokens_is_the_one_that_was_printed() -> None:
    # RTX 3060, Qwen3-8B-AWQ: 3.66 GiB, 26,608 tokens
    qwen = {**LLAMA_8B, "num_hidden_layers": 36}
    assert layout(qwen, version="0.18.0").largest_context(int(3.655 * GIB), 40_960) == 26_608
