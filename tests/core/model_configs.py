"""Configs of known models, with the keys that the plan reads, and what is built from them."""

from typing import Any

from tests.builders import an_install
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import Report, plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Gpu, Machine
from trayapp.core.settings import Settings
from trayapp.core.units import bytes_from_gib

LLAMA_8B: dict[str, Any] = {
    "model_type": "llama",
    "dtype": "bfloat16",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 8192},
}
QWEN3_8B: dict[str, Any] = {
    "model_type": "qwen3",
    "torch_dtype": "bfloat16",
    "num_hidden_layers": 36,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "hidden_size": 4096,
    "intermediate_size": 12288,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "rope_theta": 1000000,
    "rope_scaling": None,
}
AWQ = {"quantization_config": {"quant_method": "awq", "bits": 4, "group_size": 128}}
FP8 = {"quantization_config": {"quant_method": "fp8", "activation_scheme": "dynamic"}}
QWEN3_8B_AWQ = QWEN3_8B | AWQ
QWEN3_32B_AWQ = QWEN3_8B_AWQ | {
    "num_hidden_layers": 64,
    "num_attention_heads": 64,
    "hidden_size": 5120,
    "intermediate_size": 25600,
}
QWEN25_7B: dict[str, Any] = {
    "model_type": "qwen2",
    "torch_dtype": "bfloat16",
    "num_hidden_layers": 28,
    "num_attention_heads": 28,
    "num_key_value_heads": 4,
    "hidden_size": 3584,
    "intermediate_size": 18944,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
    "sliding_window": 131072,
    "use_sliding_window": False,
    "rope_theta": 1000000.0,
}
QWEN25_14B_AWQ = (
    QWEN25_7B
    | AWQ
    | {
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "hidden_size": 5120,
        "intermediate_size": 13824,
    }
)
MISTRAL_7B: dict[str, Any] = {
    "model_type": "mistral",
    "torch_dtype": "float16",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "vocab_size": 32768,
    "max_position_embeddings": 32768,
    "sliding_window": None,
}
MIXTRAL_AWQ = (
    MISTRAL_7B | AWQ | {"model_type": "mixtral", "num_local_experts": 8, "num_experts_per_tok": 2, "vocab_size": 32000}
)
PHI3_MINI: dict[str, Any] = {
    "model_type": "phi3",
    "torch_dtype": "bfloat16",
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "hidden_size": 3072,
    "intermediate_size": 8192,
    "vocab_size": 32064,
    "max_position_embeddings": 4096,
    "sliding_window": 2047,
}
QWEN3_VL_4B_FP8: dict[str, Any] = {
    "model_type": "qwen3_vl",
    "vision_config": {"depth": 24},
    "video_token_id": 151656,
    **FP8,
    "text_config": QWEN3_8B
    | {
        "model_type": "qwen3_vl_text",
        "hidden_size": 2560,
        "intermediate_size": 9728,
        "max_position_embeddings": 262144,
    },
}
GPT_OSS_20B: dict[str, Any] = {
    "model_type": "gpt_oss",
    "num_hidden_layers": 24,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "hidden_size": 2880,
    "intermediate_size": 2880,
    "num_local_experts": 32,
    "experts_per_token": 4,
    "num_experts_per_tok": 4,
    "vocab_size": 201088,
    "max_position_embeddings": 131072,
    "sliding_window": 128,
    "layer_types": ["sliding_attention", "full_attention"] * 12,
    "rope_scaling": {"rope_type": "yarn", "factor": 32.0, "original_max_position_embeddings": 4096},
    "quantization_config": {"quant_method": "mxfp4"},
}
GEMMA3_12B: dict[str, Any] = {
    "model_type": "gemma3",
    "vision_config": {},
    "text_config": {
        "model_type": "gemma3_text",
        "num_hidden_layers": 48,
        "num_attention_heads": 16,
        "num_key_value_heads": 8,
        "head_dim": 256,
        "hidden_size": 3840,
        "intermediate_size": 15360,
        "vocab_size": 262208,
        "max_position_embeddings": 131072,
        "sliding_window": 1024,
        "sliding_window_pattern": 6,
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
    },
}
DEEPSEEK_V3: dict[str, Any] = {
    "model_type": "deepseek_v3",
    "num_hidden_layers": 61,
    "num_attention_heads": 128,
    "num_key_value_heads": 128,
    "hidden_size": 7168,
    "intermediate_size": 18432,
    "moe_intermediate_size": 2048,
    "n_routed_experts": 256,
    "n_shared_experts": 1,
    "num_experts_per_tok": 8,
    "kv_lora_rank": 512,
    "qk_rope_head_dim": 64,
    "v_head_dim": 128,
    "vocab_size": 129280,
    "max_position_embeddings": 163840,
}
QWEN3_NEXT: dict[str, Any] = {
    "model_type": "qwen3_next",
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "num_key_value_heads": 2,
    "head_dim": 256,
    "hidden_size": 2048,
    "intermediate_size": 5120,
    "moe_intermediate_size": 512,
    "num_experts": 512,
    "num_experts_per_tok": 10,
    "shared_expert_intermediate_size": 512,
    "vocab_size": 151936,
    "max_position_embeddings": 262144,
    "full_attention_interval": 4,
    "linear_num_key_heads": 16,
    "linear_num_value_heads": 32,
    "linear_key_head_dim": 128,
    "linear_value_head_dim": 128,
    "linear_conv_kernel_dim": 4,
}
QWEN35_27B: dict[str, Any] = {
    "model_type": "qwen3_5",
    "text_config": QWEN3_NEXT
    | {
        "model_type": "qwen3_5_text",
        "num_hidden_layers": 64,
        "num_attention_heads": 24,
        "num_key_value_heads": 4,
        "hidden_size": 5120,
        "intermediate_size": 17408,
        "num_experts": None,
        "linear_num_value_heads": 48,
        "mamba_ssm_dtype": "float32",
    },
}


def found(config: dict[str, Any], weights_gib: float | None = 5.0, **changes: Any) -> FoundModel:
    values: dict[str, Any] = {
        "source": "/models/it",
        "name": "it",
        "revision": "r1",
        "config": config,
        "config_path": "/models/it/config.json",
        "folder": "/models/it",
        "weights_bytes": None if weights_gib is None else bytes_from_gib(weights_gib),
    }
    return FoundModel(**(values | changes))


def card(
    total_gib: float, free_gib: float | None = None, capability: str = "8.6", name: str = "GPU", **changes: Any
) -> Gpu:
    major, minor = capability.split(".")
    values: dict[str, Any] = {
        "index": 0,
        "uuid": "GPU-1",
        "name": name,
        "memory_total_bytes": bytes_from_gib(total_gib),
        "memory_free_bytes": bytes_from_gib(total_gib - 0.5 if free_gib is None else free_gib),
        "compute_capability": (int(major), int(minor)),
    }
    return Gpu(**(values | changes))


def report_for(
    config: dict[str, Any],
    weights_gib: float | None,
    *gpus: Gpu,
    version: str = "0.25.0",
    learned: LearnedLimits | None = None,
    model: FoundModel | None = None,
    **settings: Any,
) -> Report:
    machine = Machine(gpus=gpus, memory_total_bytes=bytes_from_gib(32), memory_available_bytes=bytes_from_gib(28))
    return plan_report(
        Settings(**settings),
        machine,
        an_install(version),
        model or found(config, weights_gib),
        learned or LearnedLimits(),
    )
