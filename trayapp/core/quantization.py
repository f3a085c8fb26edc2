"""How a model's weights are stored, and which `--quantization` each version of vLLM wants for it.

vLLM finds the method by itself when a checkpoint names it, and refuses a flag that says something else.
The lists of methods by version are from its layers/quantization.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.config_reader import ConfigReader

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.vllm_version import VllmVersion


@dataclass(frozen=True, slots=True)
class Quantization:
    """A method ("" for none), its bits per weight (0 when unknown), and how we know."""

    method: str = ""
    bits: int = 0
    declared: bool = False  # the checkpoint names it, so that vLLM finds it by itself
    kv_cache_dtype: str = "auto"  # "fp8" where the checkpoint was made for such a cache
    scheme: str = ""  # of compressed-tensors: "w8a8_fp8", "w4a16", …


_BITS = {"awq": 4, "gptq": 4, "bitsandbytes": 4, "fp8": 8, "fbgemm_fp8": 8, "mxfp4": 4, "modelopt_fp4": 4, "nvfp4": 4}

_NAMES = (
    (re.compile(r"(?i)(^|[-_/.])awq([-_.]|$)"), "awq"),
    (re.compile(r"(?i)(^|[-_/.])gptq([-_.]|$)"), "gptq"),
    (re.compile(r"(?i)(^|[-_/.])(bnb|bitsandbytes)([-_.]|$)"), "bitsandbytes"),
)


def read_quantization(model: "FoundModel", text: ConfigReader) -> Quantization:
    """Return how the weights are stored: from the config, else from the tensors, else from the name."""
    for part in (ConfigReader(model.config), text):
        for key in ("quantization_config", "compression_config"):
            entry = part.part(key)
            if entry is not None:
                return _from_entry(entry)
    if model.quantization_file is not None:
        entry = ConfigReader(model.quantization_file).part("quantization")
        if entry is not None:
            return _from_modelopt(entry)
    if model.weight_format == "gguf":
        return Quantization("gguf")
    method = _from_tensors(model) or next((name for pattern, name in _NAMES if pattern.search(model.name)), "")
    if model.tensors is not None and not _packed(model):
        method = ""  # the name says it, the tensors do not
    return Quantization(method, _BITS.get(method, 0)) if method else Quantization()


def _from_entry(entry: ConfigReader) -> Quantization:
    method = entry.text("quant_method").lower()
    if method == "modelopt" or entry.has("quant_algo"):
        return _from_modelopt(entry)
    if not method and entry.has("config_groups"):
        method = "compressed-tensors"
    if method == "compressed-tensors":
        return _from_compressed_tensors(entry)
    bits = entry.whole("bits", "w_bit") or (8 if entry.switch("load_in_8bit") else _BITS.get(method, 0))
    return Quantization(method, bits, declared=True)


def _from_modelopt(entry: ConfigReader) -> Quantization:
    algorithm = entry.text("quant_algo").upper()
    fp4 = "FP4" in algorithm
    cache = entry.text("kv_cache_quant_algo").upper()
    scheme = entry.part("kv_cache_scheme")
    fp8_cache = cache == "FP8" or (scheme is not None and scheme.whole("num_bits") == 8)
    return Quantization(
        "modelopt_fp4" if fp4 else "modelopt",
        4 if fp4 else 8,
        declared=True,
        kv_cache_dtype="fp8" if fp8_cache else "auto",
    )


def _from_compressed_tensors(entry: ConfigReader) -> Quantization:
    bits, scheme = 0, ""
    groups = entry.values.get("config_groups")
    for group in groups.values() if isinstance(groups, Mapping) else ():
        weights = ConfigReader(group).part("weights") if isinstance(group, Mapping) else None
        if weights is None:
            continue
        bits = max(bits, weights.whole("num_bits") or 0)
        activations = ConfigReader(group).part("input_activations")
        acts = activations.whole("num_bits") or 16 if activations is not None else 16
        kind = "fp" if weights.text("type") == "float" else "int"
        scheme = f"w{bits}a{acts}_{kind}"
    cache = entry.part("kv_cache_scheme")
    return Quantization(
        "compressed-tensors",
        bits,
        declared=True,
        kv_cache_dtype="fp8" if cache is not None and cache.whole("num_bits") == 8 else "auto",
        scheme=scheme,
    )


def _packed(model: "FoundModel") -> bool:
    return model.tensors is not None and bool(
        model.tensors.suffixes & {"qweight", "qzeros", "absmax", "weight_packed", "weight_scale", "weight_scale_inv"}
    )


def _from_tensors(model: "FoundModel") -> str:
    if model.tensors is None:
        return ""
    suffixes = model.tensors.suffixes
    if "qweight" in suffixes:
        return "gptq" if "g_idx" in suffixes else "awq"
    return "bitsandbytes" if "absmax" in suffixes else ""


def quantization_argument(
    quantization: Quantization, version: "VllmVersion", capability: tuple[int, int] | None
) -> str:
    """Return what `--quantization` must say, or "" when vLLM is to find it by itself.

    From 0.25 on "awq" and "gptq" choose the kernel; before that they pin the slow one, so that the fast one is
    named where the GPU has it: from compute capability 8.0, and from 0.16 on 7.5.
    """
    if quantization.declared or not quantization.method:
        return ""
    if quantization.method in {"awq", "gptq"}:
        if version.at_least(0, 25, 0):
            return quantization.method
        marlin_from = (7, 5) if version.at_least(0, 16, 0) else (8, 0)
        fast = capability is not None and capability >= marlin_from
        return f"{quantization.method}_marlin" if fast else quantization.method
    return quantization.method
