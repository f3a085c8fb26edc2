"""Which files of a model's repository vLLM needs, and which repositories it is better not to download at all.

Names and sizes in, a choice or a problem out. jobs/model_download.py fetches what is chosen here.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

INDEX = "model.safetensors.index.json"

_PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".msgpack", ".h5")
# Configs, tokenizers (merges.txt, tokenizer.model, *.tiktoken, tekken.json) and templates; nothing below a folder:
# original/, onnx/, gguf/ and metal/ hold the same weights once more.
_WANTED = re.compile(r"[^/]+\.(safetensors|json|jinja|txt|model|tiktoken)|LICEN[CS]E[^/]*", re.IGNORECASE)
_OTHERS_INDEX = re.compile(r"(pytorch_model|tf_model|flax_model|consolidated).*\.json$")


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file of a repository at one commit."""

    name: str
    size_bytes: int
    etag: str  # the name of its content: SHA-256 where it is large (LFS), else git's SHA-1
    is_large: bool = False


def choose_files(
    model: str, revision: str, files: "Sequence[HubFile]", config: "Mapping[str, object]", *, code_allowed: bool
) -> "tuple[HubFile, ...] | Problem":
    """Return the files that vLLM needs, small ones first, or why this model is not to be downloaded.

    Problems: MODEL_ONLY_GGUF, MODEL_PICKLED, MODEL_WITHOUT_SAFETENSORS, MODEL_CODE_NOT_ALLOWED.
    """
    weights = [file for file in files if file.name.endswith(".safetensors") and "/" not in file.name]
    if not weights:
        return _without_safetensors(model, files)
    code = [file for file in files if file.name.endswith(".py") and "/" not in file.name]
    needs_code = bool(code) and "auto_map" in config
    if needs_code and not code_allowed:
        return Problem(ProblemKind.MODEL_CODE_NOT_ALLOWED, {"model": model, "revision": revision})
    # Mistral's repositories hold the same weights twice; an adapter beside a whole model is not loaded.
    plain = [file for file in weights if not file.name.startswith(("consolidated", "adapter_model"))] or weights
    doubled = {file.name for file in weights} - {file.name for file in plain}
    chosen = [
        file
        for file in files
        if _WANTED.fullmatch(file.name) and file.name not in doubled and not _OTHERS_INDEX.match(file.name)
    ]
    chosen += code if needs_code else []
    return tuple(sorted(chosen, key=lambda file: (file.name.endswith(".safetensors"), file.name)))


def _without_safetensors(model: str, files: "Sequence[HubFile]") -> Problem:
    gguf = next((file.name for file in files if file.name.endswith(".gguf")), "")
    if gguf:
        return Problem(ProblemKind.MODEL_ONLY_GGUF, {"path": f"{model}/{gguf}"})
    pickled = next((file.name for file in files if file.name.endswith(_PICKLED)), "")
    if pickled:
        return Problem(ProblemKind.MODEL_PICKLED, {"model": model, "file": pickled})
    return Problem(ProblemKind.MODEL_WITHOUT_SAFETENSORS, {"model": model})


def index_problem(model: str, index: object, files: "Sequence[HubFile]") -> Problem | None:
    """Return the problem of an index that names weight files which the repository does not have."""
    weight_map = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(weight_map, dict) or not weight_map:
        return Problem(ProblemKind.MODEL_INDEX_WRONG, {"model": model, "file": ""})
    there = {file.name for file in files}
    missing = sorted({str(name) for name in weight_map.values()} - there)
    if missing:
        return Problem(ProblemKind.MODEL_INDEX_WRONG, {"model": model, "file": missing[0]})
    return None
