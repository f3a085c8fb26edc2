"""A model as it was found on this computer or on the Hub: its config and what its weight files say, still unread.

probes/model_files.py fills this in; model_facts.py makes sense of it.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TensorSummary:
    """What the headers of the weight files say, all files together."""

    total_bytes: int
    count: int = 0
    bytes_by_dtype: "Mapping[str, int]" = field(default_factory=lambda: MappingProxyType({}))  # "BF16", "I32", …
    suffixes: frozenset[str] = frozenset()  # last parts of the names: "weight", "qweight", "weight_scale", …
    embedding_bytes: int = 0  # the token embedding
    head_bytes: int = 0  # lm_head; 0 when it is tied to the embedding
    vision_bytes: int = 0  # towers that look at images or listen


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model's files. weights_bytes is None where nothing says how large the weights are."""

    source: str  # what vLLM is given: an absolute folder, or an id on the Hub
    name: str  # what people and clients see
    revision: str  # commit of the cached snapshot; for a folder a digest that changes with its files
    config: "Mapping[str, object]"
    config_path: str  # for messages
    folder: str = ""  # where the files lie; "" when they are on the Hub only
    weights_bytes: int | None = None
    tensors: TensorSummary | None = None  # None when no header was read
    weight_format: str = ""  # "safetensors", "bin", "gguf", "" when there are none
    quantization_file: "Mapping[str, object] | None" = None  # hf_quant_config.json
    chat_template: str = ""
    complete: bool = True  # every weight file is here, so that vLLM needs no network
    missing_files: int = 0  # weight files that the index names and that are not here
    consolidated: bool = False  # it has weights in Mistral's own form
