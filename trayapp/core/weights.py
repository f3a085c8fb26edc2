"""How large the weights are in memory: from the files, or computed from the config where there are none."""

from typing import TYPE_CHECKING

from trayapp.core.kv_layers import KvKind

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.model_facts import ModelFacts

_HALVED_WHILE_LOADING = ("fp8", "mxfp8", "int8")
_QUARTERED_WHILE_LOADING = ("bitsandbytes", "nvfp4", "mxfp4")
_PROJECTIONS = {True: 0.77, False: 2.0}
"""Weights of a layer without attention, for each number that its convolution keeps and each of the hidden size.

With a state (Mamba, gated delta net) 2.2 to 2.7 times the channels, of which three steps are kept; without one four
times, of which two are kept.
"""
_SCALES = 1.08  # of a 4-bit format: a scale and a zero for each 128 numbers, and layers that stay as they are


def weights_bytes(model: "FoundModel", facts: "ModelFacts", quantization: str, bytes_each: int) -> int:
    """Return bytes of the weights of a model in memory, all GPUs together.

    quantization is the setting; bytes_each what a number of the unquantized parts takes once it is loaded.
    """
    stored = model.weights_bytes
    if stored is None:
        return estimate_weights(facts, bytes_each)
    if facts.quantization.method:
        return stored
    stored = int(stored * bytes_each / facts.dtype_bytes)
    whole = _unquantized_bytes(model, facts, bytes_each)
    if quantization.startswith(_HALVED_WHILE_LOADING):
        return whole + max(0, stored - whole) // bytes_each
    if quantization.startswith(_QUARTERED_WHILE_LOADING):
        return whole + int(max(0, stored - whole) * _SCALES) // (2 * bytes_each)
    return stored


def _unquantized_bytes(model: "FoundModel", facts: "ModelFacts", bytes_each: int) -> int:
    if model.tensors is not None and model.tensors.embedding_bytes:
        stored = model.tensors.embedding_bytes + model.tensors.head_bytes
        return int(stored * bytes_each / facts.dtype_bytes)
    return _embedding_numbers(facts) * bytes_each


def _embedding_numbers(facts: "ModelFacts") -> int:
    return facts.vocab_size * facts.hidden_size * (1 if facts.tied_embeddings else 2)


def estimate_weights(facts: "ModelFacts", bytes_each: int) -> int:
    """Return bytes of the weights as the config lets expect them, within some 10 % for the usual families."""
    hidden = facts.hidden_size
    layers = sum(layer.count for layer in facts.kv_layers if layer.kind is not KvKind.INDEX)
    attention = 0
    for layer in facts.kv_layers:
        if layer.conv_numbers:
            attention += layer.count * int(hidden * layer.conv_numbers * _PROJECTIONS[layer.state_numbers > 0])
            continue
        size = layer.key_size if layer.kv_heads else hidden // facts.attention_heads
        queries = facts.attention_heads * size
        attention += layer.count * hidden * (2 * queries + layer.kv_heads * (layer.key_size + layer.value_size))
    width = facts.expert_size * facts.experts if facts.experts else facts.active_intermediate_size
    linear = attention + layers * 3 * hidden * width
    bits = facts.quantization.bits or 8 * bytes_each
    scales = _SCALES if facts.quantization.bits == 4 else 1
    return int(linear * bits / 8 * scales) + _embedding_numbers(facts) * bytes_each
