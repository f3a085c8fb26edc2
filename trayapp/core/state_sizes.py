"""How large the state of a layer is that keeps no tokens: Mamba, gated delta net, linear attention, convolutions.

The shapes are those of vLLM's MambaStateShapeCalculator, before tensor parallelism divides them.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.config_reader import ConfigReader

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}


def state_layer(text: "ConfigReader", *, short_convolution: bool = False) -> tuple[int, int, int]:
    """Return (numbers of the state, bytes of each or 0 for the model's, numbers of the convolution)."""
    if short_convolution:
        width = text.whole("conv_dim") or _hidden(text)
        return 0, 0, width * ((text.whole("conv_L_cache") or 3) - 1)
    if text.has("linear_num_value_heads"):
        return _gated_delta_net(text)
    linear = text.part("linear_attn_config")
    if linear is not None:
        return _kimi_delta(linear)
    if text.has("mamba_num_heads") or text.has("mamba_n_heads") or text.has("n_mamba_heads"):
        return _mamba2(text)
    if text.has("mamba_d_state") or text.has("state_size"):
        return _mamba1(text)
    # Lightning attention (MiniMax, Ling): a matrix for each head.
    heads = text.whole("num_attention_heads") or 1
    size = text.whole("head_dim") or max(1, _hidden(text) // heads)
    return heads * size * size, 4, 0


def _gated_delta_net(text: "ConfigReader") -> tuple[int, int, int]:
    key_heads, value_heads = text.whole("linear_num_key_heads") or 1, text.whole("linear_num_value_heads") or 1
    key, value = text.whole("linear_key_head_dim") or 128, text.whole("linear_value_head_dim") or 128
    width = 2 * key_heads * key + value_heads * value
    conv = width * ((text.whole("linear_conv_kernel_dim") or 4) - 1)
    # Qwen3.5 names the precision of its state; Qwen3-Next does not, and has the model's.
    return value_heads * value * key, _BYTES.get(text.text("mamba_ssm_dtype"), 0), conv


def _kimi_delta(linear: "ConfigReader") -> tuple[int, int, int]:
    heads, size = linear.whole("num_heads") or 1, linear.whole("head_dim") or 128
    conv = 3 * heads * size * ((linear.whole("short_conv_kernel_size") or 4) - 1)
    return heads * size * size, 4, conv


def _mamba2(text: "ConfigReader") -> tuple[int, int, int]:
    heads = text.whole("mamba_num_heads", "mamba_n_heads", "n_mamba_heads") or 1
    size = text.whole("mamba_head_dim", "mamba_d_head", "mamba_headdim", least=0)
    width = text.whole("mamba_d_ssm") or (heads * size if size else _expanded(text))
    size = size or max(1, width // heads)
    state = text.whole("ssm_state_size", "mamba_d_state") or 128
    groups = text.whole("n_groups", "mamba_n_groups", "mamba_ngroups") or 1
    kernel = text.whole("conv_kernel", "mamba_d_conv") or 4
    # Nemotron-H is only exact with a float32 state, so vLLM gives it one unless the config says otherwise.
    each = _BYTES.get(text.text("mamba_ssm_cache_dtype"), 4 if text.text("model_type").startswith("nemotron") else 0)
    return heads * size * state, each, (width + 2 * groups * state) * (kernel - 1)


def _mamba1(text: "ConfigReader") -> tuple[int, int, int]:
    width = text.whole("intermediate_size") if text.text("model_type").endswith("mamba") else None
    width = width or _expanded(text)
    state = text.whole("mamba_d_state", "state_size") or 16
    kernel = text.whole("mamba_d_conv", "conv_kernel") or 4
    return width * state, 0, width * (kernel - 1)


def _expanded(text: "ConfigReader") -> int:
    return (text.whole("mamba_expand", "expand") or 2) * _hidden(text)


def _hidden(text: "ConfigReader") -> int:
    return text.whole("hidden_size", "d_model", "n_embd") or 1
