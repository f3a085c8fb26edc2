"""Run by the Python of a vLLM environment: packs layers with vLLM's own functions, for comparison with ours.

Reads a JSON list of {layers, block_tokens, batched_tokens, longest, available_bytes} on stdin; prints for each
{block_bytes, largest_context}. Only the functions that plan the KV cache run; no model, no GPU.
"""

import json
import sys
from types import SimpleNamespace

import torch
from vllm.v1.core import kv_cache_utils
from vllm.v1.kv_cache_interface import FullAttentionSpec, MambaSpec, MLAAttentionSpec, SlidingWindowSpec
from vllm.v1.kv_cache_layout import KVCacheLayout

LAYOUT = next(layout for layout in KVCacheLayout if not layout.is_block_outermost)


def config(case):
    parallel = {
        "decode_context_parallel_size": 1,
        "prefill_context_parallel_size": 1,
        "tensor_parallel_size": 1,
        "pipeline_parallel_size": 1,
    }
    return SimpleNamespace(
        scheduler_config=SimpleNamespace(disable_hybrid_kv_cache_manager=False),
        cache_config=SimpleNamespace(get_resolved_kv_cache_layout=lambda: LAYOUT, mamba_cache_mode="align"),
        attention_config=SimpleNamespace(hisparse_config=None),
        model_config=SimpleNamespace(max_model_len=case["longest"], hf_config=SimpleNamespace(model_type="")),
        parallel_config=SimpleNamespace(**parallel),
        speculative_config=None,
        max_in_flight_tokens=2 * case["batched_tokens"],
        num_speculative_tokens=0,
    )


def spec(layer, case):
    block = case["block_tokens"]
    if layer["kind"] == "state":
        shapes, dtypes = [], []
        for numbers in (layer["conv_numbers"], layer["state_numbers"]):
            shapes.append((numbers,))
            dtypes.append(torch.bfloat16)
        padded = case["page_bytes"]
        return MambaSpec(
            block_size=block,
            shapes=tuple(shapes),
            dtypes=tuple(dtypes),
            page_size_padded=padded,
            mamba_cache_mode="align",
        )
    common = {"block_size": block, "head_size": layer["key_size"], "dtype": torch.bfloat16}
    if layer["kind"] == "latent":
        return MLAAttentionSpec(num_kv_heads=1, **common)
    if layer["kind"] == "sliding":
        return SlidingWindowSpec(num_kv_heads=layer["kv_heads"], sliding_window=layer["window"], **common)
    return FullAttentionSpec(num_kv_heads=layer["kv_heads"], **common)


for case in json.load(sys.stdin):
    specs = {}
    for layer in case["layers"]:
        for _each in range(layer["count"]):
            specs[f"layer.{len(specs)}"] = spec(layer, case)
    vllm_config = config(case)
    groups = kv_cache_utils.get_kv_cache_groups(vllm_config, specs)
    block_bytes = kv_cache_utils._pool_bytes_per_block(vllm_config, groups)
    available = case["available_bytes"] - block_bytes  # the block that 0.29 and later hold back
    largest = kv_cache_utils._estimate_max_model_len_from_groups(vllm_config, groups, available)
    print(json.dumps({"block_bytes": block_bytes, "largest_context": largest}))
