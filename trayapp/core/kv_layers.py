"""What each layer of a model keeps for a request, read from its config. How vLLM packs it is kv_cache_layout.py.

Which keys say what was read in vLLM's models and in transformers' configs; a family that names nothing special has
full attention in every layer.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.config_reader import BadConfigError
from trayapp.core.state_sizes import state_layer

if TYPE_CHECKING:
    from trayapp.core.config_reader import ConfigReader


class KvKind(StrEnum):
    """What a layer keeps."""

    FULL = "full"  # keys and values of every token
    SLIDING = "sliding"  # of the last window tokens
    CHUNKED = "chunked"  # of the chunk of window tokens that it is in
    LATENT = "latent"  # one compressed vector a token, the same on every rank (MLA)
    INDEX = "index"  # a short key a token, by which a sparse layer finds what to look at
    STATE = "state"  # a state of fixed size for a request (Mamba, linear attention, short convolution)


@dataclass(frozen=True, slots=True)
class KvLayer:
    """Layers that keep the same; sizes are counts of numbers before tensor parallelism divides them."""

    kind: KvKind
    count: int
    kv_heads: int = 0
    key_size: int = 0  # of one head and token; of LATENT and INDEX the whole vector
    value_size: int = 0
    window: int = 0
    state_numbers: int = 0  # of a STATE layer, in the precision of the state
    state_bytes_each: int = 0  # 0: the model's precision
    conv_numbers: int = 0  # of a STATE layer, in the model's precision


# vLLM's own list (model_arch_config_convertor.py, is_deepseek_mla), as far as they are language models of their own.
_LATENT_TYPES = frozenset(
    {
        "axk1",
        "deepseek_v2",
        "deepseek_v3",
        "deepseek_v32",
        "glm4_moe_lite",
        "glm_moe_dsa",
        "kimi_k2",
        "kimi_linear",
        "longcat_flash",
        "pangu_ultra_moe",
    }
)
_INDEX_SCALE_BYTES = 4  # one float32 for each 128 numbers of an index key, which are one byte each

WITHOUT_ATTENTION = frozenset({"mamba", "mamba2", "falcon_mamba"})
"""Families that have no attention heads at all."""

_FULL, _SLIDING, _CHUNKED, _STATE, _CONV, _BOTH = "full", "sliding", "chunked", "state", "conv", "both"
_KIND_OF_NAME = {
    "full_attention": _FULL,
    "attention": _FULL,
    "global": _FULL,
    "sliding_attention": _SLIDING,
    "sliding_window": _SLIDING,
    "local": _SLIDING,
    "chunked_attention": _CHUNKED,
    "linear_attention": _STATE,
    "lightning_attention": _STATE,
    "mamba": _STATE,
    "mamba2": _STATE,
    "recurrent": _STATE,
    "conv": _CONV,
    "hybrid": _BOTH,
}
# Families whose configs name a window but not which layers have it: every one but each n-th.
_SLIDING_EXCEPT_EACH = {"gemma2": 2, "gemma3": 6, "gemma3_text": 6, "cohere2": 4, "gpt_oss": 2}


def read_kv_layers(text: "ConfigReader") -> tuple[KvLayer, ...]:
    """Return the layers of a model by what they keep. Raises BadConfigError when a key makes no sense."""
    layers = text.whole("num_hidden_layers", "n_layer", "num_layers", "n_layers")
    if layers is None:
        raise BadConfigError(text.prefix + "num_hidden_layers", "is missing")
    if layers > 10_000:
        raise BadConfigError(text.prefix + "num_hidden_layers", f"is {layers}, which cannot be")
    kinds = _kinds(text, layers)
    shared = text.whole("num_kv_shared_layers", least=0) or 0
    kinds = kinds[: max(1, layers - shared)]  # the last ones look into the caches of those before
    found = [
        *_full_layers(text, kinds.count(_FULL) + kinds.count(_BOTH)),
        *_window_layers(text, KvKind.SLIDING, kinds.count(_SLIDING), text.whole("sliding_window") or 0),
        *_window_layers(text, KvKind.CHUNKED, kinds.count(_CHUNKED), text.whole("attention_chunk_size") or 0),
    ]
    states = kinds.count(_STATE) + kinds.count(_BOTH)
    for count, short in ((states, False), (kinds.count(_CONV), True)):
        if count:
            numbers, bytes_each, conv = state_layer(text, short_convolution=short)
            layer = KvLayer(KvKind.STATE, count, state_numbers=numbers, state_bytes_each=bytes_each, conv_numbers=conv)
            found.append(layer)
    if not found:
        raise BadConfigError(text.prefix + "layer_types", "names no layer that is known")
    return tuple(found)


def _full_layers(text: "ConfigReader", count: int) -> list[KvLayer]:
    if not count:
        return []
    rank = text.whole("kv_lora_rank")
    if rank is not None and text.text("model_type") in _LATENT_TYPES:
        layer = KvLayer(KvKind.LATENT, count, key_size=rank + (text.whole("qk_rope_head_dim", least=0) or 0))
        index = text.whole("index_head_dim")
        if index is None:
            return [layer]
        return [layer, KvLayer(KvKind.INDEX, count, key_size=index + _INDEX_SCALE_BYTES * -(-index // 128))]
    layer = _attention(text, KvKind.FULL, count)
    # Gemma 4: the layers that see everything have fewer, longer heads.
    heads = text.whole("num_global_key_value_heads")
    size = text.whole("global_head_dim")
    if heads or size:
        size = size or layer.key_size
        return [replace(layer, kv_heads=heads or layer.kv_heads, key_size=size, value_size=size)]
    return [layer]


def _window_layers(text: "ConfigReader", kind: KvKind, count: int, window: int) -> list[KvLayer]:
    if not count:
        return []
    layer = _attention(text, kind, count)
    if kind is KvKind.SLIDING and text.has("swa_head_dim"):  # MiMo: short-sighted layers of another shape
        size = text.whole("swa_head_dim") or layer.key_size
        heads = text.whole("swa_num_key_value_heads") or layer.kv_heads
        layer = replace(layer, kv_heads=heads, key_size=size, value_size=text.whole("swa_v_head_dim") or size)
    return [replace(layer, window=window) if window else replace(layer, kind=KvKind.FULL)]


def _attention(text: "ConfigReader", kind: KvKind, count: int) -> KvLayer:
    heads = text.whole("num_attention_heads", "n_head", "num_heads", "n_heads") or 1
    hidden = text.whole("hidden_size", "n_embd", "d_model") or 1
    size = text.whole("head_dim", "hidden_size_per_head", least=0) or max(1, hidden // heads)
    kv_heads = text.whole("num_key_value_heads", "n_head_kv", "num_kv_heads", "multi_query_group_num")
    if kv_heads is None:
        kv_heads = 1 if text.switch("multi_query") else heads
    value = text.whole("v_head_dim") or size if text.text("model_type").startswith("mimo") else size
    return KvLayer(kind, count, kv_heads, size, value)


def _kinds(text: "ConfigReader", layers: int) -> list[str]:
    """Return what each layer is; layers that keep nothing (experts of Nemotron-H) are "none"."""
    names = text.names("layer_types") or text.names("layers_block_type")
    if names:
        # A kind of attention that is new to us is taken for full: that promises too little rather than too much.
        return [_KIND_OF_NAME.get(name, _FULL if "attention" in name else "none") for name in names[:layers]]
    pattern = text.text("hybrid_override_pattern")
    if pattern:
        return [{"M": _STATE, "*": _FULL}.get(letter, "none") for letter in pattern[:layers]]
    return _kinds_by_rule(text, layers)


def _kinds_by_rule(text: "ConfigReader", layers: int) -> list[str]:
    interval = text.whole("full_attention_interval")
    if interval:
        return [_FULL if (index + 1) % interval == 0 else _STATE for index in range(layers)]
    period = text.whole("attn_layer_period")
    if period:
        offset = text.whole("attn_layer_offset", least=0) or 0
        return [_FULL if index % period == offset else _STATE for index in range(layers)]
    linear = text.part("linear_attn_config")
    if linear is not None:
        full = set(linear.names("full_attn_layers"))  # counted from 1
        return [_FULL if str(index + 1) in full else _STATE for index in range(layers)]
    types = text.names("attn_type_list")
    if types:
        return [_FULL if kind == "1" else _STATE for kind in types[:layers]]
    model_type = text.text("model_type")
    if model_type in WITHOUT_ATTENTION:
        return [_STATE] * layers
    if model_type == "falcon_h1":
        return [_BOTH] * layers
    if text.has("attention_chunk_size"):
        return [_FULL if (index + 1) % 4 == 0 else _CHUNKED for index in range(layers)]
    if not text.has("sliding_window") or text.values.get("use_sliding_window") is False:
        return [_FULL] * layers
    each = text.whole("sliding_window_pattern", "_sliding_window_pattern") or _SLIDING_EXCEPT_EACH.get(model_type)
    if each:
        return [_FULL if (index + 1) % each == 0 else _SLIDING for index in range(layers)]
    return [_SLIDING] * layers
