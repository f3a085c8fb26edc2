"""Which files a model has: a folder, a config.json, or an id in the Hugging Face cache. Reads, never downloads.

What the files mean is core/model_facts.py; what is on the Hub is hub_models.py.
"""

import hashlib
from pathlib import Path

from trayapp.core.found_model import FoundModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import SELFTEST_MODEL
from trayapp.probes.resources import resource
from trayapp.probes.weight_files import find_weight_files, read_headers, read_json


def find_model(name: str) -> FoundModel | Problem:
    """Return the model of a folder, the path of a config.json, an id in the local cache, or the self-test model."""
    name = name.strip()
    if not name:
        return Problem(ProblemKind.NO_MODEL_CHOSEN)
    if name == SELFTEST_MODEL:
        return read_folder(resource("selftest-model"))
    try:
        path = Path(name).expanduser()
        if path.is_file():
            # An id like "org/name" is never a file; a file is taken for its folder's config.
            return read_folder(path.resolve().parent, config_name=path.name)
        if path.is_dir():
            return read_folder(path.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # no permission, no home folder, a zero byte
        return Problem(ProblemKind.MODEL_FILE_BAD, {"path": name, "key": "", "reason": str(error)})
    return _find_in_cache(name)


def read_folder(
    folder: Path, *, config_name: str = "config.json", source: str = "", name: str = "", revision: str = ""
) -> FoundModel | Problem:
    """Return the model in a folder; source, name and revision are given where it is a snapshot of the cache."""
    config_path = folder / config_name
    if config_path.suffix == ".gguf":
        return Problem(ProblemKind.MODEL_ONLY_GGUF, {"path": str(config_path)})
    if not config_path.is_file():
        return _without_config(folder, config_path)
    config = read_json(config_path)
    if isinstance(config, Problem):
        return config
    weights = find_weight_files(folder)
    if isinstance(weights, Problem):
        return weights
    tensors = read_headers(weights.paths) if weights.kind == "safetensors" and weights.paths else None
    if isinstance(tensors, Problem):
        return tensors
    sizes = sum(path.stat().st_size for path in weights.paths)
    if tensors is not None and not weights.missing:
        weights_bytes: int | None = tensors.total_bytes
    else:
        weights_bytes = weights.declared_bytes or sizes or None
    quantization_file = read_json(folder / "hf_quant_config.json")
    return FoundModel(
        source=source or str(folder),
        name=name or folder.name,
        revision=revision or _digest(config_path, weights.paths),
        config=config,
        config_path=str(config_path),
        folder=str(folder),
        weights_bytes=weights_bytes,
        tensors=tensors,
        weight_format=weights.kind if weights.paths or weights.missing else "",
        quantization_file=None if isinstance(quantization_file, Problem) else quantization_file,
        chat_template=_chat_template(folder),
        complete=bool(weights.paths) and not weights.missing,
        missing_files=len(weights.missing),
        consolidated=any(folder.glob("consolidated*.safetensors")),
    )


def _without_config(folder: Path, config_path: Path) -> Problem:
    gguf = next(iter(sorted(folder.glob("*.gguf"))), None)
    if gguf is not None:
        return Problem(ProblemKind.MODEL_ONLY_GGUF, {"path": str(gguf)})
    reason = "does not exist"
    if (folder / "adapter_config.json").is_file():
        reason = "does not exist: this is an adapter (LoRA), which needs its base model"
    elif (folder / "model_index.json").is_file():
        reason = "does not exist: this is an image generator, which vLLM does not serve"
    return Problem(ProblemKind.MODEL_FILE_BAD, {"path": str(config_path), "key": "", "reason": reason})


def _find_in_cache(name: str) -> FoundModel | Problem:
    # Late and by their modules: the whole of huggingface_hub would take a quarter of the time that an answer may.
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.file_download import repo_folder_name
    from huggingface_hub.utils._validators import validate_repo_id

    not_found = Problem(ProblemKind.MODEL_NOT_FOUND, {"model": name})
    try:
        validate_repo_id(name)
    except HFValidationError:
        return not_found
    repository = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=name, repo_type="model")
    try:
        main = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
    except OSError:
        main = ""
    snapshot = repository / "snapshots" / main
    if main and (snapshot / "config.json").is_file():
        # vLLM resolves the id to this very snapshot.
        return read_folder(snapshot, source=name, name=name.rpartition("/")[2], revision=main)
    try:
        others = sorted((repository / "snapshots").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    except OSError:
        return not_found
    for other in reversed(others):
        if (other / "config.json").is_file():
            # Downloaded by its commit only: under the id vLLM would look for another one, so it is given the folder.
            return read_folder(other, name=name.rpartition("/")[2], revision=other.name)
    return not_found


def _chat_template(folder: Path) -> str:
    template = folder / "chat_template.jinja"
    try:
        if template.is_file():
            return template.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""
    settings = read_json(folder / "tokenizer_config.json")
    text = None if isinstance(settings, Problem) else settings.get("chat_template")
    if isinstance(text, list):  # several by name: [{"name": "default", "template": …}, …]
        return "\n".join(str(item.get("template", "")) for item in text if isinstance(item, dict))
    return text if isinstance(text, str) else ""


def _digest(config_path: Path, weights: list[Path]) -> str:
    """Return a text that changes when the files do; sizes and times stand for the weights, which are too long."""
    digest = hashlib.sha256(config_path.read_bytes())
    for path in weights:
        status = path.stat()
        digest.update(f"{path.name}:{status.st_size}:{status.st_mtime_ns}".encode())
    return digest.hexdigest()[:12]
