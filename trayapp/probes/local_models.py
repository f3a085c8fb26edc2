"""The models on this computer: those in the Hugging Face cache, and those in folders that the user names.

Asks huggingface_hub's own scan for the cache. Removing is here, too, since it is the scan's counterpart: what is
removed, and how much that frees, is huggingface_hub's strategy.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.home_path import home_path
from trayapp.probes.model_files import read_folder

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel

_INCOMPLETE = ".incomplete"
_DEEPEST = 3  # folders below a named one: maker, model, revision


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model on the disk. found is what was read of it, or why it cannot be used."""

    model: str
    name: str
    found: "FoundModel | Problem | None"  # None: only parts of a download
    in_cache: bool
    revision: str = ""
    size_bytes: int = 0
    last_used_s: float = 0.0
    unfinished_bytes: int = 0
    main: bool = True


def find_local_models(folders: Sequence[str] = (), cache: Path | None = None) -> tuple[LocalModel, ...]:
    """Return every model of the cache (None: where huggingface_hub keeps it) and of the folders."""
    own = map(home_path, folders)
    return (*_in_cache(cache), *(model for folder in own for model in _below(folder, _DEEPEST)))


def _in_cache(cache: Path | None) -> Iterator[LocalModel]:
    from huggingface_hub.errors import CacheNotFound
    from huggingface_hub.utils._cache_manager import scan_cache_dir

    try:
        scan = scan_cache_dir(_cache_folder(cache))
    except (CacheNotFound, OSError, ValueError):
        return
    for repository in scan.repos:
        if repository.repo_type == "model":
            parts = _parts_bytes(repository.repo_path)
            for revision in repository.revisions:
                yield _revision(repository, revision, parts)
                parts = 0
    seen = {repository.repo_path for repository in scan.repos}
    for path in _cache_folder(cache).glob("models--*"):
        # The scan passes over what has no snapshot yet.
        parts = _parts_bytes(path)
        name = path.name.removeprefix("models--").replace("--", "/")
        if parts and (path not in seen or not any((path / "snapshots").glob("*"))):
            yield LocalModel(name, name.rpartition("/")[2], None, in_cache=True, unfinished_bytes=parts)


def _revision(repository: Any, revision: Any, parts_bytes: int) -> LocalModel:
    model = repository.repo_id
    main = "main" in revision.refs
    name = model.rpartition("/")[2]
    folder = revision.snapshot_path
    # Under the id vLLM would look for main; any other revision is given to it as a folder.
    source = model if main else ""
    found = read_folder(folder, source=source, name=name, revision=revision.commit_hash)
    used = max((file.blob_last_accessed for file in revision.files), default=0.0)
    return LocalModel(
        model if main else str(folder),
        name,
        found,
        in_cache=True,
        revision=revision.commit_hash,
        size_bytes=revision.size_on_disk,
        last_used_s=used,
        unfinished_bytes=parts_bytes,
        main=main,
    )


def _parts_bytes(repository: Path) -> int:
    return sum(part.stat().st_size for part in (repository / "blobs").glob(f"*{_INCOMPLETE}"))


def _cache_folder(cache: Path | None) -> Path:
    from huggingface_hub import constants

    return cache or Path(constants.HF_HUB_CACHE)


def _below(folder: Path, depth: int) -> Iterator[LocalModel]:
    try:
        if (folder / "config.json").is_file():
            yield _in_folder(folder.resolve())
            return
        inner = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return
    if depth:
        for path in inner:
            yield from _below(path, depth - 1)


def _in_folder(folder: Path) -> LocalModel:
    states = [path.stat() for path in folder.iterdir() if path.is_file()]
    return LocalModel(
        str(folder),
        folder.name,
        read_folder(folder),
        in_cache=False,
        size_bytes=sum(state.st_size for state in states),
        last_used_s=max((state.st_atime for state in states), default=0.0),
    )


def remove_unfinished(model: str, cache: Path | None = None) -> int:
    """Remove the parts of a download, and the whole folder where nothing else is in it; return the bytes freed."""
    place = _cache_folder(cache) / ("models--" + model.replace("/", "--"))
    freed = _parts_bytes(place)
    for part in (place / "blobs").glob(f"*{_INCOMPLETE}"):
        part.unlink(missing_ok=True)
    if place.is_dir() and not any((place / "snapshots").glob("*")):
        freed += sum(blob.stat().st_size for blob in (place / "blobs").glob("*"))
        shutil.rmtree(place, ignore_errors=True)
    return freed


def remove_from_cache(model: str, revision: str = "", cache: Path | None = None) -> int | Problem:
    """Remove a model of the cache, all of it or one revision, with parts of a download; return the bytes it frees.

    A file that another revision uses stays. Problems: MODEL_NOT_FOUND, FILE_NOT_WRITABLE.
    """
    from huggingface_hub.errors import CacheNotFound
    from huggingface_hub.utils._cache_manager import scan_cache_dir

    place = _cache_folder(cache) / ("models--" + model.replace("/", "--"))
    if "/" not in model or ".." in model or not place.is_dir():
        return Problem(ProblemKind.MODEL_NOT_FOUND, {"model": model})
    try:
        scan = scan_cache_dir(_cache_folder(cache))
        mine = [each for each in scan.repos if each.repo_type == "model" and each.repo_id == model]
        # A duplicated repository has the same commits: the strategy is only to see this one.
        scan = replace(scan, repos=frozenset(mine))
        found = [each.commit_hash for repository in mine for each in repository.revisions]
        hashes = [each for each in found if each.startswith(revision)]
        if revision and not hashes:
            return Problem(ProblemKind.MODEL_NOT_FOUND, {"model": f"{model}@{revision}"})
        freed = 0 if revision else _parts_bytes(place)
        if hashes:
            strategy = scan.delete_revisions(*hashes)
            freed += strategy.expected_freed_size
            strategy.execute()
        if not revision and place.is_dir():
            shutil.rmtree(place)
    except (CacheNotFound, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(place), "reason": reason})
    if not revision and place.is_dir():
        return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": str(place), "reason": "it is still there"})
    return freed
