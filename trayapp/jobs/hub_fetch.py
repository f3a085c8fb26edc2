"""Fetches one file of the Hub into the blobs of the Hugging Face cache, from where an earlier try ended.

The exception to "everything by huggingface_hub": from 2.0 on it writes into a file with a name of this process, so
that a killed download begins anew, and it does not compare the content with its checksum. Addresses, headers, the
session (proxies, certificates, offline mode), the locks and the layout of the cache are still its own. Older versions
go on where they ended, but holding the app to one for years to come would hold its network library, too.
"""

import hashlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Self

from trayapp.core.download import Trouble, hub_trouble
from trayapp.core.hub_files import HubFile
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from huggingface_hub import HfApi

    from trayapp.jobs.download_meter import Meter

_CHUNK_BYTES = 1 << 20
_OK, _PART = 200, 206
_CHECKSUM = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class HubError(Exception):
    """The Hub or the way to it failed; trouble says how."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.problem.kind)
        self.trouble = trouble

    @property
    def problem(self) -> Problem:
        """What is told to the person."""
        return self.trouble.problem


def trouble_of(error: Exception, model: str) -> Trouble:
    """Return what an error of huggingface_hub or of its network library means."""
    from huggingface_hub.errors import HFValidationError, OfflineModeIsEnabled

    if isinstance(error, OfflineModeIsEnabled):
        return Trouble(Problem(ProblemKind.HUB_OFFLINE, {"model": model}))
    if isinstance(error, HFValidationError):
        return hub_trouble(model, 404)
    return _trouble_of_answer(getattr(error, "response", None), model)


def _trouble_of_answer(response: Any, model: str) -> Trouble:
    status = int(getattr(response, "status_code", 0) or 0)
    headers = getattr(response, "headers", None) or {}
    return hub_trouble(model, status, headers.get("X-Error-Code", ""), headers.get("Retry-After", ""))


class Fetcher:
    """Fetches files of one commit of one model; several threads may at once."""

    def __init__(
        self, model: str, commit: str, api: "HfApi", blobs: "Path", meter: "Meter", *, check: bool = False
    ) -> None:
        self._model = model
        self._commit = commit
        self._api = api
        self._blobs = blobs
        self._meter = meter
        self._locks = blobs.parent.parent / ".locks" / blobs.parent.name
        self._check = check
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Let every file end with the piece that it is at."""
        self._stopped.set()

    def wait(self, seconds: float) -> bool:
        """Wait, and return whether it was stopped meanwhile."""
        return self._stopped.wait(seconds)

    def fetch(self, file: HubFile) -> "Path":
        """Return the finished blob of a file; raises HubError, and OSError where the disk is at fault."""
        from huggingface_hub.utils._fixes import WeakFileLock

        blob = self._blobs / file.etag
        if _CHECKSUM.fullmatch(file.etag) is None:  # it becomes the name of a file
            raise HubError(Trouble(Problem(ProblemKind.HUB_FAILED, {"model": self._model, "status": "no ETag"})))
        if self._check and blob.is_file() and not self._is_right(file, blob):
            blob.unlink()
        if not blob.is_file():
            self._locks.mkdir(parents=True, exist_ok=True)
            # Its own lock: `hf download` of the same file waits for us, or we for it.
            with WeakFileLock(self._locks / f"{file.etag}.lock"):
                if not blob.is_file() and not self._fetch_whole(file, blob) and not self._fetch_whole(file, blob):
                    values = {"model": self._model, "file": file.name}
                    raise HubError(Trouble(Problem(ProblemKind.FILE_CHECKSUM_WRONG, values)))
        self._meter.file_done(file.name, file.size_bytes)
        return blob

    @staticmethod
    def _is_right(file: HubFile, blob: "Path") -> bool:
        with _Check(file) as check, blob.open("rb") as content:
            while data := content.read(_CHUNK_BYTES):
                check.add(data)
            return check.is_right()

    def _fetch_whole(self, file: HubFile, blob: "Path") -> bool:
        """Fetch what is missing of a file; False when the whole was not what was promised and was thrown away."""
        part = blob.with_name(f"{blob.name}.incomplete")
        check = _Check(file)
        with check, part.open("a+b") as output:
            at = output.tell()
            if at > file.size_bytes:
                output.truncate(0)
                at = 0
            output.seek(0)
            while data := output.read(_CHUNK_BYTES):
                check.add(data)
            if at < file.size_bytes:
                self._stream(file, at, output, check)
            right = check.is_right()
        if not right:
            part.unlink()
            self._meter.file_at(file.name, 0)
            return False
        part.replace(blob)
        return True

    def _stream(self, file: HubFile, at: int, output: Any, check: "_Check") -> None:
        try:
            self._receive(file, at, output, check)
        except (HubError, OSError):
            raise
        except Exception as error:
            raise HubError(trouble_of(error, self._model)) from error

    def _receive(self, file: HubFile, at: int, output: Any, check: "_Check") -> None:
        from huggingface_hub import constants, hf_hub_url
        from huggingface_hub.utils._headers import build_hf_headers
        from huggingface_hub.utils._http import get_session

        url = hf_hub_url(self._model, file.name, revision=self._commit, endpoint=self._api.endpoint)
        # A compressed answer would have another length.
        headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
        if at:
            headers["Range"] = f"bytes={at}-"
        timeout_s = constants.HF_HUB_DOWNLOAD_TIMEOUT
        with get_session().stream("GET", url, headers=headers, timeout=timeout_s, follow_redirects=True) as response:
            if response.status_code not in {_OK, _PART}:
                raise HubError(_trouble_of_answer(response, self._model))
            if at and response.status_code == _OK:  # a mirror that knows no parts
                output.truncate(0)
                check.again()
                at = 0
            self._meter.file_at(file.name, at)
            for data in _gathered(response.iter_raw()):
                check.add(data)
                output.write(data)
                self._meter.fetched(file.name, len(data))
                if self._stopped.is_set():
                    raise HubError(Trouble(hub_trouble(self._model, 0).problem))
                if output.tell() > file.size_bytes:  # it need not end, and the disk does
                    return
        if output.tell() < file.size_bytes:
            raise HubError(hub_trouble(self._model, 0))


def _gathered(pieces: "Iterable[bytes]") -> "Iterator[bytes]":
    """Yield what arrives in larger pieces, each joined once; what there is when the network goes is still yielded."""
    held: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            held.append(piece)
            size += len(piece)
            if size >= _CHUNK_BYTES:
                yield b"".join(held)
                held, size = [], 0
    except Exception:
        if held:
            yield b"".join(held)
        raise
    if held:
        yield b"".join(held)


class _Check:
    """Computes the checksum of a file beside its download, in a thread of its own."""

    def __init__(self, file: HubFile) -> None:
        self._file = file
        self._pool = ThreadPoolExecutor(1)
        self._pending: Any = None
        self._digest = self._new()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._pool.shutdown()

    def add(self, data: bytes) -> None:
        """Take the next bytes; waits for the ones before, so that no more than two pieces are held."""
        if self._pending is not None:
            self._pending.result()
        self._pending = self._pool.submit(self._digest.update, data)

    def again(self) -> None:
        """Forget everything: the file begins anew."""
        if self._pending is not None:
            self._pending.result()
        self._pending, self._digest = None, self._new()

    def is_right(self) -> bool:
        """Whether the bytes so far are the file's."""
        if self._pending is not None:
            self._pending.result()
        return bool(self._digest.hexdigest() == self._file.etag)

    def _new(self) -> Any:
        if self._file.is_large:
            return hashlib.sha256()
        # The name that git gives to the content of a small file.
        return hashlib.sha1(b"blob %d\0" % self._file.size_bytes, usedforsecurity=False)
