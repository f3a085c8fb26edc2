"""The models on this computer: of the cache and of named folders; removing frees what it says."""

import json
import struct
from pathlib import Path

from trayapp.core.found_model import FoundModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.local_models import find_local_models, remove_from_cache, remove_unfinished

FIRST, SECOND = "a" * 40, "b" * 40


def tensors(size: int) -> bytes:
    header = json.dumps({"a.weight": {"dtype": "BF16", "shape": [size // 2], "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(size)


def put(cache: Path, model: str, commit: str, files: dict[str, bytes], *, main: bool = True) -> Path:
    """Put a model into the cache; the same content is one blob, as on the Hub."""
    repository = cache / ("models--" + model.replace("/", "--"))
    snapshot = repository / "snapshots" / commit
    for folder in (snapshot, repository / "refs", repository / "blobs"):
        folder.mkdir(parents=True, exist_ok=True)
    if main:
        (repository / "refs" / "main").write_text(commit)
    for name, content in files.items():
        blob = repository / "blobs" / f"{abs(hash(content))}"
        blob.write_bytes(content)
        (snapshot / name).symlink_to(Path("..") / ".." / "blobs" / blob.name)
    return repository


def test_an_empty_or_missing_cache_holds_nothing(tmp_path: Path) -> None:
    assert find_local_models(cache=tmp_path / "none") == ()
    assert find_local_models([str(tmp_path / "nowhere")], tmp_path) == ()


def test_every_revision_is_a_model_and_only_main_is_its_id(tmp_path: Path) -> None:
    config = b'{"model_type": "llama"}'
    put(tmp_path, "org/m", FIRST, {"config.json": config, "model.safetensors": tensors(1000)}, main=False)
    put(tmp_path, "org/m", SECOND, {"config.json": config, "model.safetensors": tensors(2000)})
    by_revision = {local.revision: local for local in find_local_models(cache=tmp_path)}
    old, new = by_revision[FIRST], by_revision[SECOND]
    assert (new.model, new.main, new.size_bytes) == ("org/m", True, len(config) + len(tensors(2000)))
    assert (old.model.startswith(str(tmp_path)), old.main) == (True, False)
    assert isinstance(new.found, FoundModel)
    assert (new.found.source, new.found.weights_bytes) == ("org/m", 2000)
    assert new.last_used_s > 0


def test_parts_of_a_download_alone_are_told(tmp_path: Path) -> None:
    blobs = tmp_path / "models--org--half" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "abc.incomplete").write_bytes(bytes(500))
    (local,) = find_local_models(cache=tmp_path)
    assert (local.model, local.found, local.unfinished_bytes) == ("org/half", None, 500)
    assert remove_unfinished("org/half", tmp_path) == 500
    assert find_local_models(cache=tmp_path) == ()


def test_parts_beside_a_whole_model_go_alone(tmp_path: Path) -> None:
    repository = put(tmp_path, "org/m", FIRST, {"config.json": b"{}", "model.safetensors": tensors(10)})
    (repository / "blobs" / "abc.incomplete").write_bytes(bytes(500))
    (local,) = find_local_models(cache=tmp_path)
    assert local.unfinished_bytes == 500
    assert remove_unfinished("org/m", tmp_path) == 500
    (local,) = find_local_models(cache=tmp_path)
    assert isinstance(local.found, FoundModel)


def test_folders_are_looked_through_for_models(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "maker" / "one"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(tensors(100))
    (local,) = find_local_models([str(tmp_path / "models")], tmp_path / "cache")
    assert (local.model, local.in_cache) == (str(folder), False)
    assert local.size_bytes == 2 + len(tensors(100))


def test_removing_frees_what_it_says(tmp_path: Path) -> None:
    config, weights = b'{"model_type": "llama"}', tensors(5000)
    repository = put(tmp_path, "org/m", FIRST, {"config.json": config, "model.safetensors": weights})
    put(tmp_path, "org/other", FIRST, {"config.json": config})
    before = sum(path.lstat().st_size for path in repository.rglob("*") if path.is_file() and not path.is_symlink())
    freed = remove_from_cache("org/m", cache=tmp_path)
    assert freed == len(config) + len(weights) == before - 40  # and the file that names main
    assert not repository.exists()
    assert [local.model for local in find_local_models(cache=tmp_path)] == ["org/other"]


def test_one_revision_goes_and_what_another_uses_stays(tmp_path: Path) -> None:
    config = b'{"model_type": "llama"}'
    put(tmp_path, "org/m", FIRST, {"config.json": config, "model.safetensors": tensors(1000)}, main=False)
    put(tmp_path, "org/m", SECOND, {"config.json": config, "model.safetensors": tensors(2000)})
    assert remove_from_cache("org/m", FIRST, tmp_path) == len(tensors(1000))
    (local,) = find_local_models(cache=tmp_path)
    assert isinstance(local.found, FoundModel)
    assert local.revision == SECOND


def test_what_is_not_there_is_not_removed(tmp_path: Path) -> None:
    put(tmp_path, "org/m", FIRST, {"config.json": b"{}"})
    for model, revision in (("org/none", ""), ("org/m", SECOND), ("../m", ""), ("", ""), ("m", "")):
        problem = remove_from_cache(model, revision, tmp_path)
        assert isinstance(problem, Problem)
        assert problem.kind is ProblemKind.MODEL_NOT_FOUND
    assert len(find_local_models(cache=tmp_path)) == 1
