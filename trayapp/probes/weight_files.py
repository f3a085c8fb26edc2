"""What the weight files of a folder say: sizes, and the headers of safetensors files. Reads no weights.

The header format: eight bytes with the length of a JSON object, then the object (name -> dtype, shape, data_offsets).
"""

import json
import re
from collections import Counter
from typing import TYPE_CHECKING

from trayapp.core.found_model import TensorSummary
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_HEADER_LIMIT_BYTES = 100_000_000  # safetensors itself refuses longer headers
_MANY_FILES = 80  # beyond this the headers alone would take longer than an answer may; file sizes are used instead

_EMBEDDING = re.compile(r"(^|\.)(embed_tokens|wte|word_embeddings|tok_embeddings|embeddings\.word_embeddings)\.")
_HEAD = re.compile(r"(^|\.)(lm_head|output)\.\w+$")
_OTHER_SENSES = re.compile(r"(^|\.)(visual|vision_\w+|vision|image_\w+|audio_\w+|multi_modal_projector|mm_\w+)\.")


class WeightFiles:
    """The weight files that vLLM would load from a folder, and which of them are missing."""

    def __init__(self, kind: str, paths: "list[Path]", missing: "list[str]", declared_bytes: int | None) -> None:
        self.kind = kind
        self.paths = paths
        self.missing = missing
        self.declared_bytes = declared_bytes


def find_weight_files(folder: "Path") -> WeightFiles | Problem:
    """Return the weight files of a folder: those of its index, else every safetensors, bin or gguf file."""
    for kind, index_name, pattern in (
        ("safetensors", "model.safetensors.index.json", "*.safetensors"),
        ("bin", "pytorch_model.bin.index.json", "*.bin"),
    ):
        index = folder / index_name
        if index.is_file():
            return _files_of_index(kind, index)
        paths = sorted(path for path in folder.glob(pattern) if path.name != "training_args.bin")
        # Mistral's repositories hold the same weights twice: model*.safetensors and consolidated*.safetensors.
        paths = [path for path in paths if not path.name.startswith("consolidated")] or paths
        if paths:
            return WeightFiles(kind, paths, [], None)
    return WeightFiles("gguf", sorted(folder.glob("*.gguf")), [], None)


def _files_of_index(kind: str, index: "Path") -> WeightFiles | Problem:
    content = read_json(index)
    if isinstance(content, Problem):
        return content
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        return Problem(
            ProblemKind.MODEL_FILE_BAD, {"path": str(index), "key": "weight_map", "reason": "is not an object of names"}
        )
    names = sorted({str(name) for name in weight_map.values()})
    metadata = content.get("metadata")
    declared = metadata.get("total_size") if isinstance(metadata, dict) else None
    return WeightFiles(
        kind,
        [index.parent / name for name in names if (index.parent / name).is_file()],
        [name for name in names if not (index.parent / name).is_file()],
        int(declared) if isinstance(declared, int | float) and declared > 0 else None,
    )


def read_json(path: "Path") -> "dict[str, object] | Problem":
    """Return the JSON object in a file, or the problem with it."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        return _bad(path, "", error.strerror or str(error))
    except (ValueError, RecursionError) as error:
        return _bad(path, "", f"is not valid JSON ({error})")
    if not isinstance(content, dict):
        return _bad(path, "", "holds no JSON object")
    return content


def read_headers(paths: "list[Path]") -> TensorSummary | Problem | None:
    """Return what the headers of safetensors files say together; None for so many files that it would take long."""
    if len(paths) > _MANY_FILES:
        return None
    headers = []
    for path in paths:
        header = _read_header(path)
        if isinstance(header, Problem):
            return header
        headers.append(header)
    return summarize_headers(headers)


def _read_header(path: "Path") -> "dict[str, object] | Problem":
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = int.from_bytes(start, "little")
            torn = len(start) < 8 or length > min(_HEADER_LIMIT_BYTES, size - 8)
            content = file.read(40 if torn else length)
        if torn and (start + content).startswith(b"version https://git-lfs"):
            return _bad(path, "", "is only a pointer of Git LFS; the real file was not downloaded")
        header = None if torn else json.loads(content)
    except OSError as error:
        return _bad(path, "", error.strerror or str(error))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict):
        return _bad(path, "", "has a damaged header; the download was probably interrupted")
    header.pop("__metadata__", None)
    return _tensor_problem(path, header, size - 8 - length) or header


def _tensor_problem(path: "Path", header: "dict[str, object]", data_bytes: int) -> Problem | None:
    for name, tensor in header.items():
        offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
        if not (isinstance(offsets, list) and len(offsets) == 2 and all(isinstance(item, int) for item in offsets)):
            return _bad(path, str(name), "has no data_offsets")
        if not 0 <= offsets[0] <= offsets[1] <= data_bytes:
            return _bad(path, str(name), "ends behind the end of the file; the download was probably interrupted")
    return None


def summarize_headers(headers: "Iterable[Mapping[str, object]]") -> TensorSummary:
    """Return the sums over headers that are known to be sound."""
    by_dtype: Counter[str] = Counter()
    suffixes: set[str] = set()
    count = embedding = head = vision = 0
    for header in headers:
        for name, tensor in header.items():
            if not isinstance(tensor, dict):
                continue
            offsets = tensor["data_offsets"]
            size = offsets[1] - offsets[0]
            count += 1
            by_dtype[str(tensor.get("dtype"))] += size
            suffixes.add(name.rpartition(".")[2])
            if _OTHER_SENSES.search(name):
                vision += size
            elif _EMBEDDING.search(name):
                embedding += size
            elif _HEAD.search(name):
                head += size
    return TensorSummary(
        total_bytes=sum(by_dtype.values()),
        count=count,
        bytes_by_dtype=dict(by_dtype),
        suffixes=frozenset(suffixes),
        embedding_bytes=embedding,
        head_bytes=head,
        vision_bytes=vision,
    )


def _bad(path: "Path", key: str, reason: str) -> Problem:
    return Problem(ProblemKind.MODEL_FILE_BAD, {"path": str(path), "key": key, "reason": reason})
