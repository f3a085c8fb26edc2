"""Downloads a model into the Hugging Face cache and says how far it is.

Blocking: `vllm-tray model download` runs it, in a process of its own when the windows ask for it. Which files are
wanted is core/hub_files.py, one file is hub_fetch.py. Nothing shows up in the cache before all of it is there: the
snapshot is made from the finished files at the end, so that an older revision stays usable until then. No Qt.
"""

import fcntl
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from trayapp.core.download import PAUSES_S, ROOM_BYTES, DownloadProgress, DownloadStep, Trouble
from trayapp.core.hub_files import INDEX, HubFile, choose_files, index_problem
from trayapp.core.problems import Problem, ProblemKind
from trayapp.jobs.download_meter import Meter
from trayapp.jobs.hub_fetch import Fetcher, HubError, trouble_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    Tell = Callable[[DownloadProgress], None]

FILES_AT_ONCE = 4
_MAIN = "main"
_COMMIT = re.compile("[0-9a-f]{40}")

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class DownloadWish:
    """The model, the revision ("" is main), the commit it was planned as ("" for any), and whose code may run."""

    model: str
    revision: str = ""
    planned_commit: str = ""
    code_allowed: tuple[str, ...] = ()  # "model@commit", as in the settings
    check: bool = False  # read what is there, and fetch anew what is damaged


def download_model(
    wish: DownloadWish,
    tell: "Tell",
    *,
    endpoint: str | None = None,
    cache: Path | None = None,
    pauses_s: "Sequence[float]" = PAUSES_S,
    sleep: Callable[[float], object] = time.sleep,
) -> Path | Problem:
    """Return the folder of the model's snapshot, or why it is not there. tell is called with each step.

    endpoint and cache replace those that huggingface_hub is set to (HF_ENDPOINT, HF_HUB_CACHE); the token is its own
    matter (HF_TOKEN). What was fetched before, whole or in part, is not fetched again.
    """
    from huggingface_hub import constants
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.file_download import repo_folder_name

    if constants.HF_HUB_OFFLINE:
        return Problem(ProblemKind.HUB_OFFLINE, {"model": wish.model})
    cache = cache or Path(constants.HF_HUB_CACHE)
    try:
        repository = cache / repo_folder_name(repo_id=wish.model, repo_type="model")
    except HFValidationError:
        return Problem(ProblemKind.MODEL_NOT_ON_HUB, {"model": wish.model, "reason": "unknown"})
    try:
        with _lock(cache / ".locks" / repository.name / "vllm-tray.lock") as free:
            if not free:
                return Problem(ProblemKind.DOWNLOAD_RUNNING, {"model": wish.model})
            patience = _Patience(wish.model, tell, pauses_s, sleep)
            return _Download(wish, repository, endpoint, Meter(wish.model, tell), patience).run()
    except HubError as error:
        return error.problem
    except OSError as error:
        return _disk_problem(error, repository)


def _disk_problem(error: OSError, folder: Path) -> Problem:
    path = str(error.filename or folder)
    return Problem(ProblemKind.FILE_NOT_WRITABLE, {"path": path, "reason": error.strerror or str(error)})


@contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Yield whether this process alone downloads this model; the system lets go of it when the process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


class _Patience:
    """Tries again what may get better, with growing pauses; what was fetched in between counts as a new beginning."""

    def __init__(self, model: str, tell: "Tell", pauses_s: "Sequence[float]", sleep: Callable[[float], object]) -> None:
        self._model = model
        self._tell = tell
        self._pauses_s = pauses_s
        self._sleep = sleep

    def call(self, work: Callable[[], Answer], progress: Callable[[], int] = lambda: 0) -> Answer:
        """Return what work returns; raises HubError when it was tried often enough, or can never succeed."""
        tries, before = 0, progress()
        while True:
            try:
                return work()
            except HubError as error:
                trouble: Trouble = error.trouble
            if progress() > before:
                tries, before = 0, progress()
            if not trouble.again or tries >= len(self._pauses_s):
                raise HubError(trouble)
            wait_s = trouble.wait_s or self._pauses_s[tries]
            tries += 1
            self._tell(DownloadProgress(DownloadStep.WAITING, self._model, wait_s=wait_s))
            self._sleep(wait_s)


class _Download:
    """One download, from the question what there is to the finished snapshot; raises HubError and OSError."""

    def __init__(
        self, wish: DownloadWish, repository: Path, endpoint: str | None, meter: Meter, patience: _Patience
    ) -> None:
        from huggingface_hub import HfApi

        self._wish = wish
        self._repository = repository
        self._blobs = repository / "blobs"
        self._api = HfApi(endpoint=endpoint)
        self._meter = meter
        self._patience = patience

    def run(self) -> Path | Problem:
        self._meter.looking()
        commit, files = self._patience.call(self._look)
        planned = self._wish.planned_commit
        if planned and planned != commit:
            values = {"model": self._wish.model, "before": planned[:12], "now": commit[:12]}
            return Problem(ProblemKind.MODEL_CHANGED, values)
        self._blobs.mkdir(parents=True, exist_ok=True)
        fetcher = Fetcher(self._wish.model, commit, self._api, self._blobs, self._meter, check=self._wish.check)
        by_name = {file.name: file for file in files}
        config = self._json_of(by_name.get("config.json"), fetcher)
        if not isinstance(config, dict):
            reason = "holds no JSON object" if "config.json" in by_name else "does not exist"
            values = {"path": f"{self._wish.model}/config.json", "key": "", "reason": reason}
            return Problem(ProblemKind.MODEL_FILE_BAD, values)
        code_allowed = f"{self._wish.model}@{commit}" in self._wish.code_allowed
        chosen = choose_files(self._wish.model, commit, files, config, code_allowed=code_allowed)
        if isinstance(chosen, Problem):
            return chosen
        if INDEX in by_name:
            problem = index_problem(self._wish.model, self._json_of(by_name[INDEX], fetcher), files)
            if problem is not None:
                return problem
        return self._room_problem(chosen) or self._fetch(chosen, fetcher, commit)

    def _look(self) -> tuple[str, list[HubFile]]:
        """Return the commit and what it holds."""
        revision = self._wish.revision or None
        try:
            info = self._api.model_info(self._wish.model, revision=revision, files_metadata=True, timeout=30.0)
        except Exception as error:  # its network library, and so the errors, change with its version
            raise HubError(trouble_of(error, self._wish.model)) from error
        files = []
        for item in info.siblings or []:
            etag = (item.lfs.sha256 if item.lfs else item.blob_id) or ""
            files.append(HubFile(item.rfilename, item.size or 0, etag, is_large=item.lfs is not None))
        if _COMMIT.fullmatch(info.sha or "") is None:  # it becomes the name of a folder
            raise HubError(Trouble(Problem(ProblemKind.HUB_FAILED, {"model": self._wish.model, "status": "no commit"})))
        return str(info.sha), files

    def _json_of(self, file: HubFile | None, fetcher: Fetcher) -> Any:
        if file is None:
            return None
        path = self._patience.call(lambda: fetcher.fetch(file))
        try:
            return json.loads(path.read_text("utf-8"))
        except (ValueError, RecursionError):
            return None

    def _room_problem(self, files: "Sequence[HubFile]") -> Problem | None:
        missing = sum(max(0, file.size_bytes - self._there_bytes(file)) for file in files)
        free = shutil.disk_usage(self._repository).free
        if not missing or missing + ROOM_BYTES <= free:
            return None
        path, needed = str(self._repository), missing + ROOM_BYTES
        return Problem(ProblemKind.DISK_SPACE_LOW, {"path": path, "needed_bytes": needed, "free_bytes": free})

    def _there_bytes(self, file: HubFile) -> int:
        for path in (self._blobs / file.etag, self._blobs / f"{file.etag}.incomplete"):
            if path.is_file():
                return path.stat().st_size
        return 0

    def _fetch(self, files: "Sequence[HubFile]", fetcher: Fetcher, commit: str) -> Path:
        self._meter.begin(commit, {file.name: (file.size_bytes, self._there_bytes(file)) for file in files})

        def fetch(file: HubFile) -> Path:
            return self._patience.call(lambda: fetcher.fetch(file), lambda: self._meter.bytes_of(file.name))

        pool = ThreadPoolExecutor(FILES_AT_ONCE)
        try:
            for future in [pool.submit(fetch, file) for file in files]:
                future.result()
        except BaseException as error:
            fetcher.stop()  # the other files end with the next piece, and keep what they have
            # A stop that was asked for does not wait for an answer of the Hub: the process ends with it.
            pool.shutdown(wait=isinstance(error, Exception), cancel_futures=True)
            raise
        pool.shutdown()
        folder = self._link(files, commit)
        self._meter.done(str(folder))
        return folder

    def _link(self, files: "Sequence[HubFile]", commit: str) -> Path:
        """Make the snapshot in the form of huggingface_hub's cache, and let main point to it."""
        folder = self._repository / "snapshots" / commit
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            link = folder / file.name
            if not link.exists():
                link.unlink(missing_ok=True)  # one that points to nothing
                link.symlink_to(Path(os.path.relpath(self._blobs / file.etag, folder)))
        revision = self._wish.revision or _MAIN
        if revision != commit:
            reference = self._repository / "refs" / revision
            reference.parent.mkdir(parents=True, exist_ok=True)
            new = reference.with_name(f"{reference.name}.{os.getpid()}.tmp")
            new.write_text(commit, "utf-8")
            new.replace(reference)
        return folder
