"""What each layer of a model keeps for a token, read from its config. How vLLM packs it is kv_cache_layout.py."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.config_reader import BadConfigError

if TYPE_CHECKING:
    from trayapp.core.config_reader import ConfigReader


class KvKind(StrEnum):
    """What a layer keeps."""

    FULL = "full"  # keys and values of every token
    SLIDING = "sliding"  # of the last window tokens
    CHUNKED = "chunked"  # of the chunk of window tokens that it is in
    LATENT = "latent"  # one compressed vector a token, the same on every rank (MLA)
    STATE = "state"  # a state of fixed size for a request (Mamba, linear attention)


@dataclass(frozen=True, slots=True)
class KvLayer:
    """Layers that keep the same; counts before tensor parallelism divides them."""

    kind: KvKind
    count: int
    kv_heads: int = 0
    key_size: int = 0  # numbers a head and token; for LATENT the whole vector
    value_size: int = 0
    window: int = 0
    state_numbers: int = 0  # numbers of a STATE layer in the precision of the state
    conv_numbers: int = 0  # and in the model's


def read_kv_layers(text: "ConfigReader") -> tuple[KvLayer, ...]:
    """Return the layers of a model by what they keep. Raises BadConfigError when a key makes no sense."""
    layers = text.whole("num_hidden_layers", "n_layer", "num_layers", "n_layers")
    if layers is None:
        raise BadConfigError(text.prefix + "num_hidden_layers", "is missing")
    heads = text.whole("num_attention_heads", "n_head", "num_heads", "n_heads") or 1
    hidden = text.whole("hidden_size", "n_embd", "d_model") or 1
    size = text.whole("head_dim", "hidden_size_per_head") or max(1, hidden // heads)
    kv_heads = text.whole("num_key_value_heads", "n_head_kv", "num_kv_heads", "multi_query_group_num") or heads
    return (KvLayer(KvKind.FULL, layers, kv_heads, size, size),)
