"""Asks Ollama: what it has, what it holds, to load, unload and pull. Blocking, no Qt."""

import json
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from trayapp.backends.http_client import ANSWER_S, AskingFailed, Target, ask, asked, read_lines
from trayapp.core.ollama import (
    LoadedModel,
    OllamaModel,
    Pull,
    name_with_context,
    named,
    pulled,
    read_loaded,
    read_native_context,
    read_ollama_host,
    read_tags,
)
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import read_address

NAME = "Ollama"
_COMES_UP_S = 30.0
_LOADS_S = 1800.0  # a large model from a slow disk
_UNLOADS_S = 30.0
_PULL_SILENCE_S = 120.0
OK = 200
_MEANINGS = {
    401: ProblemKind.OLLAMA_REFUSES,
    403: ProblemKind.OLLAMA_REFUSES,
    429: ProblemKind.REMOTE_BUSY,
    503: ProblemKind.REMOTE_LOADING,
}
_SERVICE_FILES = ("/etc/systemd/system/ollama.service", "/usr/lib/systemd/system/ollama.service")


def ollama_target() -> Target:
    """Return where Ollama is on this computer."""
    address = read_address(read_ollama_host(os.environ.get("OLLAMA_HOST", "")))
    assert address is not None  # noqa: S101 - read_ollama_host returns a good one
    return Target(NAME, address)


def find_program() -> str:
    """Return the path of the ollama command, "" when there is none."""
    return shutil.which("ollama") or ""


def runs_as_service() -> bool:
    """Whether systemd runs Ollama here: then it is systemd's to start."""
    return any(Path(path).exists() for path in _SERVICE_FILES)


def find_ollama_version(target: Target) -> str:
    """Return the version, "" where it does not tell, or raise AskingFailed when nobody answers."""
    document = ask(target, "/api/version", timeout_s=3).json()
    version = document.get("version") if isinstance(document, dict) else None
    return version if isinstance(version, str) else ""


def find_models(target: Target) -> tuple[OllamaModel, ...]:
    """Return the models on the disk, or raise AskingFailed."""
    answer = ask(target, "/api/tags")
    document = answer.json()
    if answer.status in _MEANINGS:
        raise target.failed(_MEANINGS[answer.status], status=answer.status)
    if answer.status != OK or not (isinstance(document, dict) and "models" in document):
        raise target.failed(ProblemKind.OLLAMA_ANSWERS_BADLY, status=answer.status)
    return read_tags(document)


def find_loaded(target: Target) -> tuple[LoadedModel, ...]:
    """Return the models in memory, or raise AskingFailed."""
    return read_loaded(ask(target, "/api/ps", timeout_s=3).json())


def find_native_context(target: Target, model: str) -> int | None:
    """Return the length that the model was trained for, or None."""
    return read_native_context(ask(target, "/api/show", {"model": model}).json())


class Loading:
    """A load under way: from another thread it can be called off."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connection: socket.socket | None = None
        self.called_off = False

    def call_off(self) -> None:
        """End the wait: Ollama drops a load that nobody waits for."""
        self.called_off = True
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RDWR)

    def load(self, model: str, num_ctx: int | None) -> LoadedModel | Problem | None:
        """Load a model and keep it; return what Ollama then holds, or why not. Blocks for as long as that takes."""
        try:
            self._wait_until_up()
            body: dict[str, object] = {"model": model, "stream": False, "keep_alive": -1}
            if num_ctx:
                body["options"] = {"num_ctx": num_ctx}
            with asked(self._target, "/api/generate", body, timeout_s=_LOADS_S, note=self._note) as reply:
                answer = b"".join(read_lines(self._target, reply))
                problem = _refused(model, reply.status, answer)
            if problem is not None:
                return problem
            found = named(find_loaded(self._target), model)
            return found if isinstance(found, LoadedModel) else None
        except AskingFailed as failed:
            return failed.problem

    def _note(self, connection: socket.socket) -> None:
        self._connection = connection
        if self.called_off:
            self.call_off()

    def _wait_until_up(self) -> None:
        until = time.monotonic() + _COMES_UP_S
        while not self.called_off:
            try:
                find_ollama_version(self._target)
            except AskingFailed:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return


def make_with_context(target: Target, model: str, num_ctx: int) -> str:
    """Make the model with this context length, and return its name; one that an older Ollama cannot make is as it was.

    It shares all files with the model; leave() removes it.
    """
    name = name_with_context(model, num_ctx)
    body = {"model": name, "from": model, "parameters": {"num_ctx": num_ctx}, "stream": False}
    answer = ask(target, "/api/create", body, timeout_s=_UNLOADS_S)
    document = answer.json()
    made = answer.status == 200 and not (isinstance(document, dict) and "error" in document)
    return name if made else model


def unload(target: Target, model: str) -> None:
    """Free the memory of a model."""
    with suppress(AskingFailed):
        ask(target, "/api/generate", {"model": model, "keep_alive": 0, "stream": False}, timeout_s=_UNLOADS_S)


def leave(target: Target, model: str, *, remove: bool) -> None:
    """Unload what we have loaded; remove: the name was made by us."""
    unload(target, model)
    if remove:
        with suppress(AskingFailed):
            ask(target, "/api/delete", {"model": model}, method="DELETE", timeout_s=ANSWER_S)


def unload_everything(target: Target) -> tuple[str, ...]:
    """Free the GPU of every model that Ollama holds; return their names."""
    names = []
    with suppress(AskingFailed):
        for model in find_loaded(target):
            unload(target, model.name)
            names.append(model.name)
    return tuple(names)


def pull(target: Target, model: str, told: Callable[[Pull], None]) -> Problem | None:
    """Download a model, telling how far it is; begun again, it goes on where it ended. Blocks."""
    progress = Pull()
    try:
        body = {"model": model, "stream": True}
        with asked(target, "/api/pull", body, timeout_s=_PULL_SILENCE_S) as reply:
            for line in _documents(read_lines(target, reply)):
                progress = pulled(progress, line)
                told(progress)
                if progress.error:
                    break
    except AskingFailed as failed:
        return failed.problem
    if progress.finished:
        return None
    reason = progress.error or progress.status or "-"
    return Problem(ProblemKind.OLLAMA_PULL_FAILED, {"model": model, "reason": reason})


def _documents(lines: Iterator[bytes]) -> Iterator[object]:
    for line in lines:
        with suppress(ValueError, RecursionError):
            yield json.loads(line)


def _refused(model: str, status: int, body: bytes) -> Problem | None:
    """Return what an answer to a load means, or None when it is loaded."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    error = str(document["error"]) if isinstance(document, dict) and document.get("error") else ""
    if status == 404:
        return Problem(ProblemKind.OLLAMA_MODEL_MISSING, {"model": model})
    if error or status != 200:
        return Problem(ProblemKind.OLLAMA_CANNOT_LOAD, {"model": model, "reason": error or f"HTTP {status}"})
    return None
