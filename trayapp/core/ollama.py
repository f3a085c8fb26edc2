"""Ollama's answers as values: its models, what it holds in memory, how far a pull is. No network in here.

From its documented interface (docs/api.md): fields may be missing, and an error may come after a good status.
"""

import re
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.endpoint import reachable_host

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DEFAULT_PORT = 11434
_HOST = re.compile(r"(?:(https?)://)?(\[[^\]]+\]|[^:/\s]*)(?::(\d{1,5}))?/?", re.ASCII)


def read_ollama_host(value: str) -> str:
    """Return where Ollama is, from the variable OLLAMA_HOST; without a port it depends on whether a scheme is given."""
    match = _HOST.fullmatch(value.strip())
    if match is None:
        return f"http://127.0.0.1:{DEFAULT_PORT}"
    scheme, host, port = match.groups()
    number = port or {"http": "80", "https": "443"}.get(scheme or "", str(DEFAULT_PORT))
    return f"{scheme or 'http'}://{reachable_host((host or '127.0.0.1').strip('[]'))}:{number}"


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model that Ollama has on the disk; bytes is 0 and quantization "" where it does not tell."""

    name: str
    size_bytes: int = 0
    parameters: str = ""
    quantization: str = ""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that Ollama holds in memory; on_gpu_bytes of size_bytes lie on the GPU."""

    name: str
    size_bytes: int
    on_gpu_bytes: int
    context_length: int | None = None  # older versions do not tell

    @property
    def gpu_percent(self) -> int:
        """How much of it is on the GPU."""
        return round(100 * self.on_gpu_bytes / self.size_bytes) if self.size_bytes else 0


def read_tags(document: object) -> tuple[OllamaModel, ...]:
    """Return the models on the disk, from /api/tags."""
    found = []
    for entry in _models(document):
        details = entry.get("details")
        details = details if isinstance(details, dict) else {}
        texts = [str(details.get(name) or "") for name in ("parameter_size", "quantization_level")]
        found.append(OllamaModel(str(entry["name"]), _bytes(entry, "size"), *texts))
    return tuple(found)


def read_loaded(document: object) -> tuple[LoadedModel, ...]:
    """Return the models in memory, from /api/ps."""
    found = []
    for entry in _models(document):
        length = _bytes(entry, "context_length") or None
        found.append(LoadedModel(str(entry["name"]), _bytes(entry, "size"), _bytes(entry, "size_vram"), length))
    return tuple(found)


def read_native_context(document: object) -> int | None:
    """Return the length that a model was trained for, from /api/show, or None."""
    info = document.get("model_info") if isinstance(document, dict) else None
    if not isinstance(info, dict):
        return None
    return next((_bytes(info, key) or None for key in info if str(key).endswith(".context_length")), None)


def same_model(one: str, other: str) -> bool:
    """Whether two names mean one model: without a tag it is the latest."""
    return _with_tag(one) == _with_tag(other)


def named(models: "Sequence[OllamaModel] | Sequence[LoadedModel]", name: str) -> "OllamaModel | LoadedModel | None":
    """Return the model with this name, or None."""
    return next((model for model in models if same_model(model.name, name)), None)


def name_with_context(model: str, tokens: int) -> str:
    """Return the name of a model that is the same with another context length.

    Ollama's /v1 loads a model anew, with its own length, whatever was loaded through /api (ollama issue 9440); a length
    that holds for every request belongs to a model of its own, which shares all files with the first.
    """
    return f"{_with_tag(model)}-{tokens}-tokens"


def _with_tag(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _models(document: object) -> "list[dict[str, object]]":
    models = document.get("models") if isinstance(document, dict) else None
    entries = models if isinstance(models, list) else []
    return [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("name"), str)]


def _bytes(entry: "Mapping[str, object]", name: str) -> int:
    value = entry.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


@dataclass(frozen=True, slots=True)
class Pull:
    """How far a download by Ollama is: a sum over its parts; total_bytes grows while parts become known."""

    status: str = ""
    finished: bool = False
    error: str = ""
    parts: "Mapping[str, tuple[int, int]]" = field(default_factory=lambda: MappingProxyType({}))

    @property
    def done_bytes(self) -> int:
        """What is there."""
        return sum(done for done, _ in self.parts.values())

    @property
    def total_bytes(self) -> int:
        """What is known to be needed."""
        return sum(total for _, total in self.parts.values())


def pulled(pull: Pull, line: object) -> Pull:
    """Return a pull after one more line of its answer; a line without sense changes nothing."""
    if not isinstance(line, dict):
        return pull
    if line.get("error"):
        return replace(pull, error=str(line["error"]))
    status, digest = str(line.get("status") or pull.status), line.get("digest")
    parts = dict(pull.parts)
    if isinstance(digest, str):
        known_done, known_total = parts.get(digest, (0, 0))
        total = _bytes(line, "total") or known_total
        parts[digest] = (min(max(_bytes(line, "completed"), known_done), total), total)
    return Pull(status, status == "success", pull.error, MappingProxyType(parts))
