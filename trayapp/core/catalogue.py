"""The catalogue of well-known models: what an entry says, and what it must say. The entries: resources/catalogue.json.

An entry holds the keys of config.json that the plan reads, so that its verdict needs no network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import cast

from trayapp.core.found_model import FoundModel, TensorSummary

VARIANTS = ("bf16", "fp8", "awq", "gptq", "mxfp4")
GOOD_AT = ("chat", "code", "reasoning", "tools", "languages", "quick")

_QUANTIZATION: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "bf16": {},
        "fp8": {"quant_method": "fp8", "activation_scheme": "dynamic"},
        "awq": {"quant_method": "awq", "bits": 4, "group_size": 128},
        "gptq": {"quant_method": "gptq", "bits": 4, "group_size": 128},
        "mxfp4": {"quant_method": "mxfp4"},
    }
)


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """One variant of one model."""

    model: str
    variant: str
    parameters: int
    weights_bytes: int
    approximate: bool  # the size was computed, not read from the files
    licence: str
    gated: bool
    context: int
    languages: tuple[str, ...]
    good_at: tuple[str, ...]
    tool_call_parser: str
    reasoning_parser: str
    config: "Mapping[str, object]"

    def found_model(self) -> FoundModel:
        """Return it as the plan takes a model."""
        quantization = _QUANTIZATION[self.variant]
        extra = {"quantization_config": dict(quantization)} if quantization else {}
        return FoundModel(
            source=self.model,
            name=self.model.rpartition("/")[2],
            revision="",
            config={**self.config, "max_position_embeddings": self.context, **extra},
            config_path=f"{self.model}/config.json",
            weights_bytes=self.weights_bytes,
            tensors=TensorSummary(self.weights_bytes),
            weight_format="safetensors",
            complete=False,
        )


def read_catalogue(content: "Mapping[str, object]") -> tuple[CatalogueEntry, ...]:
    """Return the entries; raises ValueError naming the entry and the key where one is not as it must be."""
    configs, models = content.get("configs"), content.get("models")
    if not isinstance(configs, dict) or not isinstance(models, list):
        raise ValueError("the catalogue needs configs and models")  # noqa: TRY004 - a file that is not as it must be
    return tuple(_entry(item, configs) for item in models)


def _entry(item: object, configs: "Mapping[str, object]") -> CatalogueEntry:
    if not isinstance(item, dict):
        raise ValueError(f"{item!r} is no entry")  # noqa: TRY004 - as above
    model = str(item.get("model"))

    def need(key: str, kind: type) -> object:
        value = item.get(key)
        if not isinstance(value, kind) or (kind is int and (isinstance(value, bool) or int(str(value)) <= 0)):
            raise ValueError(f"{model}: {key} is {value!r}")
        return value

    def names(key: str) -> tuple[str, ...]:
        value = need(key, list)
        return tuple(map(str, cast("list[object]", value)))

    config = configs.get(str(need("config", str)))
    entry = CatalogueEntry(
        model=str(need("model", str)),
        variant=str(need("variant", str)),
        parameters=int(str(need("parameters", int))),
        weights_bytes=int(str(need("weights_bytes", int))),
        approximate=bool(item.get("approximate", False)),
        licence=str(need("licence", str)),
        gated=bool(item.get("gated", False)),
        context=int(str(need("context", int))),
        languages=names("languages"),
        good_at=names("good_at"),
        tool_call_parser=str(item.get("tool_call_parser", "")),
        reasoning_parser=str(item.get("reasoning_parser", "")),
        config=config if isinstance(config, dict) else {},
    )
    if not entry.config:
        raise ValueError(f"{model}: config names nothing")
    if entry.variant not in VARIANTS:
        raise ValueError(f"{model}: variant is {entry.variant!r}")
    if not set(entry.good_at) <= set(GOOD_AT):
        raise ValueError(f"{model}: good_at is {entry.good_at!r}")
    return entry
