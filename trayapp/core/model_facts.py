"""What a model's config says, in one form for all families: lengths, layers, heads, precision.

What a token costs in the KV cache is kv_layers.py and kv_cache_layout.py; how the weights are stored quantization.py.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.config_reader import BadConfigError, ConfigReader
from trayapp.core.kv_layers import WITHOUT_ATTENTION, KvLayer, read_kv_layers
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.quantization import Quantization, read_quantization

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.found_model import FoundModel

# Where multimodal models keep the part that writes text.
_NESTED = ("text_config", "llm_config", "language_config", "thinker_config")

# vLLM takes the smallest of these (model_arch_config_convertor.py); model_max_length beats them all.
_LENGTH_KEYS = (
    "max_position_embeddings",
    "n_positions",
    "max_seq_len",
    "seq_length",
    "max_sequence_length",
    "max_seq_length",
    "seq_len",
)
LENGTH_WHEN_UNKNOWN = 2048
"""The length that vLLM assumes for a config without any of the keys."""

_DTYPES = {"float16": 2, "half": 2, "bfloat16": 2, "float32": 4, "float": 4}


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model as the plan sees it; the lengths are in tokens."""

    model_type: str
    architectures: tuple[str, ...]
    native_context: int
    dtype: str  # of the unquantized parts: "bfloat16", "float16", "float32"
    attention_heads: int
    hidden_size: int
    active_intermediate_size: int  # of the experts that one token passes through, together
    vocab_size: int
    kv_layers: tuple[KvLayer, ...]
    quantization: Quantization
    text: "Mapping[str, object]"  # the part of the config that describes the language model
    nested: str = ""  # the name of that part, "" when it is the config itself
    rope: "Mapping[str, object]" = field(default_factory=lambda: MappingProxyType({}))
    tied_embeddings: bool = False
    experts: int = 0
    expert_size: int = 0  # how wide one expert is
    multimodal: bool = False
    watches_video: bool = False
    needs_code: bool = False  # the repository brings its own Python, and vLLM has none for it
    length_is_guessed: bool = False

    @property
    def dtype_bytes(self) -> int:
        """Bytes of one number of the unquantized parts."""
        return _DTYPES[self.dtype]


def read_model_facts(model: "FoundModel") -> ModelFacts | Problem:
    """Return the facts of a found model, or the problem that names the file and the key that makes no sense."""
    try:
        return _read(model)
    except BadConfigError as error:
        return Problem(
            ProblemKind.MODEL_FILE_BAD, {"path": model.config_path, "key": error.key, "reason": error.reason}
        )


def _read(model: "FoundModel") -> ModelFacts:
    whole = ConfigReader(model.config)
    text = text_part(whole)
    nested = text.prefix.rstrip(".")
    heads = text.whole("num_attention_heads", "n_head", "num_heads", "n_heads")
    hidden = text.whole("hidden_size", "n_embd", "d_model")
    if heads is None and text.text("model_type") not in WITHOUT_ATTENTION:
        raise BadConfigError(text.prefix + "num_attention_heads", "is missing")
    if hidden is None:
        raise BadConfigError(text.prefix + "hidden_size", "is missing")
    experts = text.whole("num_local_experts", "n_routed_experts", "num_experts", "moe_num_experts", least=0) or 0
    native = native_length(text)
    return ModelFacts(
        model_type=text.text("model_type") or whole.text("model_type"),
        architectures=whole.names("architectures"),
        native_context=native or LENGTH_WHEN_UNKNOWN,
        length_is_guessed=native is None,
        dtype=_dtype(text) or _dtype(whole) or "bfloat16",
        attention_heads=heads or 1,
        hidden_size=hidden,
        active_intermediate_size=_active_intermediate(text, hidden, experts),
        expert_size=_expert_size(text, hidden),
        vocab_size=text.whole("vocab_size") or whole.whole("vocab_size") or 32000,
        kv_layers=read_kv_layers(text),
        quantization=read_quantization(model, text),
        text=text.values,
        nested=nested,
        rope=rope_parameters(text),
        tied_embeddings=_ties_embeddings(text, whole),
        experts=experts,
        multimodal=_is_multimodal(whole),
        watches_video=whole.has("video_token_id") or whole.has("video_token_index"),
        needs_code=whole.part("auto_map") is not None,
    )


def text_part(whole: ConfigReader) -> ConfigReader:
    """Return the part of a config that describes the language model."""
    for key in _NESTED:
        part = whole.part(key)
        if part is not None:
            inner = part.part("text_config")
            return inner or part
    return whole


def native_length(text: ConfigReader) -> int | None:
    """Return the length that the model was made for, as vLLM derives it; None when no key says it."""
    command_r = text.whole("model_max_length")
    lengths = [length for key in _LENGTH_KEYS if (length := text.whole(key)) is not None]
    length = command_r or (min(lengths) if lengths else None)
    if length is None:
        return None
    rope = rope_parameters(text)
    kind = rope.get("rope_type", rope.get("type"))
    if "gemma3" in text.text("model_type"):
        return length  # its factor is already in the length
    if kind in {"linear", "dynamic", "ntk"}:
        return int(length * (ConfigReader(rope, text.prefix + "rope_scaling.").number("factor") or 1.0))
    if kind == "longrope":
        # The longer length costs quality on short texts, so vLLM starts with the original one.
        return text.whole("original_max_position_embeddings") or length
    return length


def rope_parameters(text: ConfigReader) -> "Mapping[str, object]":
    """Return the rope keys in the form of transformers 5, whichever form the config has."""
    found = text.values.get("rope_parameters") or text.values.get("rope_scaling") or {}
    rope = {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
    if any(isinstance(value, dict) for value in rope.values()):
        return rope  # one object for each kind of layer
    for key in ("rope_theta", "partial_rotary_factor"):
        if key not in rope and text.has(key):
            rope[key] = text.values[key]
    if "type" in rope:
        rope.setdefault("rope_type", rope.pop("type"))
    return rope


def _dtype(part: ConfigReader) -> str:
    name = part.text("dtype", "torch_dtype").removeprefix("torch.")
    return name if name in _DTYPES else ""


def _ties_embeddings(text: ConfigReader, whole: ConfigReader) -> bool:
    key = "tie_word_embeddings"
    # Gemma's are tied by default, and its configs leave the key out.
    silent = not text.has(key) and not whole.has(key)
    return text.switch(key) or whole.switch(key) or (silent and text.text("model_type").startswith("gemma"))


def _active_intermediate(text: ConfigReader, hidden: int, experts: int) -> int:
    """Return how wide the feed-forward part is for one token; with experts, those that it is sent to together."""
    if not experts:
        return _dense_size(text, hidden)
    chosen = text.whole("num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk") or 1
    width = _expert_size(text, hidden)
    shared = text.whole("shared_expert_intermediate_size", least=0) or 0
    shared += (text.whole("n_shared_experts", least=0) or 0) * width
    return chosen * width + shared


def _expert_size(text: ConfigReader, hidden: int) -> int:
    return text.whole("moe_intermediate_size", "expert_ffn_hidden_size", least=0) or _dense_size(text, hidden)


def _dense_size(text: ConfigReader, hidden: int) -> int:
    return text.whole("intermediate_size", "n_inner", "ffn_hidden_size", "ffn_dim", least=0) or 4 * hidden


def _is_multimodal(whole: ConfigReader) -> bool:
    return any(whole.part(key) is not None for key in ("vision_config", "audio_config", "thinker_config", "visual"))
