"""Models are found as folders, as files and in the Hugging Face cache; what is wrong with one is said."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trayapp.core.found_model import FoundModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.model_files import find_model

CONFIG = {"model_type": "llama", "num_hidden_layers": 1}


def tensors_file(path: Path, tensors: dict[str, tuple[str, int]], cut_bytes: int = 0) -> None:
    """Write a safetensors file with tensors of so many bytes each, and leave some of the end out."""
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, size) in tensors.items():
        header[name] = {"dtype": dtype, "shape": [size], "data_offsets": [offset, offset + size]}  # type: ignore[dict-item]
        offset += size
    text = json.dumps(header).encode()
    content = struct.pack("<Q", len(text)) + text + bytes(offset)
    path.write_bytes(content[: len(content) - cut_bytes])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Tiny-1B"
    made.mkdir()
    (made / "config.json").write_text(json.dumps(CONFIG))
    return made


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """cache(id, commit, main=True): a snapshot in a Hugging Face cache of its own."""
    from huggingface_hub import constants

    root = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(root))

    def make(name: str, commit: str, *, main: bool = True) -> Path:
        repository = root / f"models--{name.replace('/', '--')}"
        snapshot = repository / "snapshots" / commit
        snapshot.mkdir(parents=True)
        (snapshot / "config.json").write_text(json.dumps(CONFIG))
        tensors_file(snapshot / "model.safetensors", {"lm_head.weight": ("BF16", 64)})
        if main:
            (repository / "refs").mkdir(exist_ok=True)
            (repository / "refs" / "main").write_text(commit)
        return snapshot

    return make


def model(name: str | Path) -> FoundModel:
    found = find_model(str(name))
    assert isinstance(found, FoundModel), found
    return found


def problem(name: str | Path) -> Problem:
    found = find_model(str(name))
    assert isinstance(found, Problem)
    return found


def test_a_folder_is_a_model_under_its_name(folder: Path) -> None:
    tensors_file(folder / "model.safetensors", {"model.embed_tokens.weight": ("BF16", 100), "x.weight": ("F32", 60)})
    found = model(folder)
    assert (found.source, found.name, found.config) == (str(folder), "Tiny-1B", CONFIG)
    assert (found.weights_bytes, found.weight_format, found.complete) == (160, "safetensors", True)
    assert found.tensors is not None
    assert (found.tensors.embedding_bytes, found.tensors.head_bytes) == (100, 0)
    assert found.tensors.bytes_by_dtype == {"BF16": 100, "F32": 60}


def test_a_config_is_taken_for_its_folder(folder: Path) -> None:
    assert model(folder / "config.json").source == str(folder)


def test_a_path_may_start_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder.parent))
    assert model("~/Tiny-1B").source == str(folder)


def test_a_config_alone_has_no_weights(folder: Path) -> None:
    found = model(folder)
    assert (found.weights_bytes, found.weight_format, found.complete) == (None, "", False)


def test_the_revision_of_a_folder_changes_with_its_files(folder: Path) -> None:
    tensors_file(folder / "model.safetensors", {"a.weight": ("BF16", 100)})
    before = model(folder).revision
    assert model(folder).revision == before
    tensors_file(folder / "model.safetensors", {"a.weight": ("BF16", 102)})
    assert model(folder).revision != before


def test_towers_for_images_and_heads_are_told_apart(folder: Path) -> None:
    tensors_file(
        folder / "model.safetensors",
        {"visual.blocks.0.weight": ("BF16", 8), "lm_head.weight": ("BF16", 4), "layers.0.qweight": ("I32", 2)},
    )
    tensors = model(folder).tensors
    assert tensors is not None
    assert (tensors.vision_bytes, tensors.head_bytes, tensors.total_bytes) == (8, 4, 14)
    assert tensors.suffixes == {"weight", "qweight"}


def test_an_index_names_the_files_that_count(folder: Path) -> None:
    for name in ("model-1.safetensors", "model-2.safetensors", "left-over.safetensors"):
        tensors_file(folder / name, {f"{name}.weight": ("BF16", 50)})
    index = {"metadata": {"total_size": 100}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert model(folder).weights_bytes == 100


def test_files_that_an_index_names_and_that_are_missing_make_it_incomplete(folder: Path) -> None:
    tensors_file(folder / "model-1.safetensors", {"a.weight": ("BF16", 50)})
    index = {"metadata": {"total_size": 300}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    found = model(folder)
    assert (found.weights_bytes, found.complete, found.missing_files) == (300, False, 1)


def test_the_same_weights_in_mistrals_form_count_once(folder: Path) -> None:
    tensors_file(folder / "model.safetensors", {"a.weight": ("BF16", 50)})
    tensors_file(folder / "consolidated.safetensors", {"a.weight": ("BF16", 50)})
    assert model(folder).weights_bytes == 50
    (folder / "model.safetensors").unlink()
    assert model(folder).weights_bytes == 50


def test_older_weight_files_count_by_their_size(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(bytes(77))
    (folder / "training_args.bin").write_bytes(bytes(9))
    found = model(folder)
    assert (found.weights_bytes, found.weight_format, found.tensors) == (77, "bin", None)
    index = {"weight_map": {"a": "pytorch_model.bin"}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    assert model(folder).weights_bytes == 77


def test_very_many_files_count_by_their_size(folder: Path) -> None:
    for number in range(81):
        tensors_file(folder / f"model-{number}.safetensors", {f"{number}.weight": ("BF16", 10)})
    found = model(folder)
    assert found.tensors is None
    assert found.weights_bytes == sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def test_a_method_in_a_file_of_its_own_is_read(folder: Path) -> None:
    (folder / "hf_quant_config.json").write_text('{"quantization": {"quant_algo": "FP8"}}')
    assert model(folder).quantization_file == {"quantization": {"quant_algo": "FP8"}}


@pytest.mark.parametrize(
    ("files", "template"),
    [
        ({"chat_template.jinja": "of its own"}, "of its own"),
        ({"tokenizer_config.json": '{"chat_template": "inside"}'}, "inside"),
        (
            {"tokenizer_config.json": '{"chat_template": [{"name": "a", "template": "1"}, {"template": "2"}]}'},
            "1\n2",
        ),
        ({"tokenizer_config.json": '{"chat_template": 7}'}, ""),
        ({"tokenizer_config.json": "rubbish"}, ""),
        ({}, ""),
    ],
)
def test_the_chat_template_is_found_in_its_places(folder: Path, files: dict[str, str], template: str) -> None:
    for name, content in files.items():
        (folder / name).write_text(content)
    assert model(folder).chat_template == template


def test_a_chat_template_that_is_no_text_is_no_template(folder: Path) -> None:
    (folder / "chat_template.jinja").write_bytes(b"\xff\xfe\xff")
    assert model(folder).chat_template == ""


# What is wrong


def bad(folder: Path) -> tuple[str, str, str]:
    found = problem(folder)
    assert found.kind is ProblemKind.MODEL_FILE_BAD
    return Path(str(found.values["path"])).name, str(found.values["key"]), str(found.values["reason"])


@pytest.mark.parametrize(("content", "words"), [("{", "not valid JSON"), ("[1]", "no JSON object"), ("", "JSON")])
def test_a_damaged_config_is_named(folder: Path, content: str, words: str) -> None:
    (folder / "config.json").write_text(content)
    name, _key, reason = bad(folder)
    assert name == "config.json"
    assert words in reason


@pytest.mark.parametrize(
    ("other", "words"),
    [("", "does not exist"), ("adapter_config.json", "adapter"), ("model_index.json", "image generator")],
)
def test_a_folder_without_a_config_says_what_it_is(folder: Path, other: str, words: str) -> None:
    (folder / "config.json").unlink()
    if other:
        (folder / other).write_text("{}")
    assert words in bad(folder)[2]


def test_a_gguf_model_is_told(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "model-Q4.gguf").write_bytes(b"GGUF")
    assert problem(folder).kind is ProblemKind.MODEL_ONLY_GGUF
    assert problem(folder / "model-Q4.gguf").kind is ProblemKind.MODEL_ONLY_GGUF


@pytest.mark.parametrize("cut", [1, 100, 140])
def test_a_torn_weight_file_is_named(folder: Path, cut: int) -> None:
    tensors_file(folder / "model.safetensors", {"a.weight": ("BF16", 100)}, cut_bytes=cut)
    name, _key, reason = bad(folder)
    assert name == "model.safetensors"
    assert "interrupted" in reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "interrupted"),
        (b"\xff" * 30, "interrupted"),
        (struct.pack("<Q", 4) + b"[1] ", "interrupted"),
        (struct.pack("<Q", 4) + b"{no}", "interrupted"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS"),
        (struct.pack("<Q", 8) + b'{"a": 7}', "no data_offsets"),
    ],
)
def test_a_weight_file_that_is_none_is_named(folder: Path, content: bytes, words: str) -> None:
    (folder / "model.safetensors").write_bytes(content)
    assert words in bad(folder)[2]


def test_an_index_without_names_is_named(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": []}')
    assert bad(folder)[:2] == ("model.safetensors.index.json", "weight_map")
    (folder / "model.safetensors.index.json").write_text("rubbish")
    assert bad(folder)[0] == "model.safetensors.index.json"


def test_a_weight_file_that_cannot_be_read_is_named(folder: Path) -> None:
    (folder / "model.safetensors").mkdir()
    name, _key, reason = bad(folder)
    assert name == "model.safetensors"
    assert "directory" in reason


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_no_model_chosen(name: str) -> None:
    assert problem(name).kind is ProblemKind.NO_MODEL_CHOSEN


@pytest.mark.parametrize("name", ["/no/such/folder", "not an id", "a/b/c", "org/name", "\x00", "~nobody-here/x"])
def test_what_is_not_there_is_not_found(name: str, cache: Callable[..., Path]) -> None:
    assert problem(name).kind in {ProblemKind.MODEL_NOT_FOUND, ProblemKind.MODEL_FILE_BAD}


# The cache


def test_an_id_is_found_in_the_cache_and_given_to_vllm_as_it_is(cache: Callable[..., Path]) -> None:
    snapshot = cache("org/Tiny-1B", "abc")
    found = model("org/Tiny-1B")
    assert (found.source, found.name, found.revision) == ("org/Tiny-1B", "Tiny-1B", "abc")
    assert found.folder == str(snapshot)


def test_the_revision_that_the_id_stands_for_is_taken(cache: Callable[..., Path]) -> None:
    cache("org/Tiny-1B", "new")
    os.utime(cache("org/Tiny-1B", "old", main=False))
    assert model("org/Tiny-1B").revision == "new"


def test_a_model_known_by_its_commits_only_is_given_as_a_folder(cache: Callable[..., Path]) -> None:
    os.utime(cache("org/Tiny-1B", "old", main=False), (1, 1))
    newest = cache("org/Tiny-1B", "newer", main=False)
    found = model("org/Tiny-1B")
    assert (found.source, found.name, found.revision) == (str(newest), "Tiny-1B", "newer")


def test_a_snapshot_without_a_config_is_passed_over(cache: Callable[..., Path]) -> None:
    (cache("org/Tiny-1B", "abc") / "config.json").unlink()
    assert problem("org/Tiny-1B").kind is ProblemKind.MODEL_NOT_FOUND


def test_finding_a_model_imports_little() -> None:
    program = (
        "import sys; from trayapp.probes.model_files import find_model; find_model('org/name'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    loaded: Any = done.stdout.split()
    assert "PySide6" not in loaded
    assert "huggingface_hub.hf_api" not in loaded
