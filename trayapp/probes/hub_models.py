"""A model on the Hugging Face Hub: its config.json and the headers of its weight files, without the weights."""

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.core.found_model import FoundModel, TensorSummary
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.weight_files import summarize_headers

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_MOST_HEADERS = 40  # one request for each file; beyond this the sizes of the files say enough
_SMALL_FILES = ("config.json", "hf_quant_config.json", "tokenizer_config.json")


def find_hub_model(name: str, endpoint: str | None = None) -> FoundModel | Problem:
    """Return a model by its id on the Hub. Needs the network, takes seconds, and leaves nothing in the cache.

    endpoint is the address of another Hub; None means the one that huggingface_hub is set to.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    try:
        with tempfile.TemporaryDirectory() as folder:
            return _ask(HfApi(endpoint=endpoint), name, folder)
    except GatedRepoError:
        reason = "gated"
    except (RepositoryNotFoundError, HFValidationError):
        reason = "unknown"
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        return Problem(ProblemKind.MODEL_FILE_BAD, {"path": name, "key": "", "reason": str(error)})
    except Exception:  # noqa: BLE001 - its network library, and so the errors, change with its version
        reason = "network"
    return Problem(ProblemKind.MODEL_NOT_ON_HUB, {"model": name, "reason": reason})


def _ask(api: "HfApi", name: str, folder: str) -> FoundModel | Problem:
    info = api.model_info(name, files_metadata=True)
    sizes = {item.rfilename: item.size or 0 for item in info.siblings or []}
    contents = {
        file: json.loads(Path(api.hf_hub_download(name, file, revision=info.sha, local_dir=folder)).read_text("utf-8"))
        for file in _SMALL_FILES
        if file in sizes
    }
    config = contents.get("config.json")
    if not isinstance(config, dict):
        reason = "does not exist" if config is None else "holds no JSON object"
        return Problem(ProblemKind.MODEL_FILE_BAD, {"path": f"{name}/config.json", "key": "", "reason": reason})
    weights = sorted(file for file in sizes if file.endswith(".safetensors") and "/" not in file)
    weights = [file for file in weights if not file.startswith("consolidated")] or weights
    tensors = _headers(api, name, info.sha, weights)
    template = contents.get("tokenizer_config.json", {}).get("chat_template")
    return FoundModel(
        source=name,
        name=name.rpartition("/")[2],
        revision=info.sha or "",
        config=config,
        config_path=f"{name}/config.json",
        weights_bytes=tensors.total_bytes if tensors else sum(sizes[file] for file in weights) or None,
        tensors=tensors,
        weight_format="safetensors" if weights else "",
        quantization_file=contents.get("hf_quant_config.json"),
        chat_template=template if isinstance(template, str) else "",
        complete=False,
    )


def _headers(api: "HfApi", name: str, revision: str | None, files: list[str]) -> TensorSummary | None:
    if not 0 < len(files) <= _MOST_HEADERS:
        return None
    found = (api.parse_safetensors_file_metadata(name, file, revision=revision) for file in files)
    return summarize_headers(
        {
            tensor: {"dtype": item.dtype, "data_offsets": list(item.data_offsets)}
            for tensor, item in metadata.tensors.items()
        }
        for metadata in found
    )
