"""A server elsewhere: how the settings name it, its address in parts, and the steps of looking at it.

Who asks is backends/remote_check.py. No network in here.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.endpoint import is_this_computer_only
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEY_VARIABLE = "VLLM_TRAY_REMOTE_KEY"
"""The variable that holds the key of the remote server, where no keyring does."""

_PORTS = {"http": 80, "https": 443}
# Compiled when they are first used: every start of the app comes by here.
_URL = r"(https?)://(\[[0-9a-fA-F:.%]+\]|[^\s/:@\[\]?#]+)(?::(\d{1,5}))?((?:/[^\s?#]*)?)"
_NAME = r"[^\s\x00-\x1f\ud800-\udfff](?:[^\x00-\x1f\ud800-\udfff]{0,62}[^\s\x00-\x1f\ud800-\udfff])?"


@dataclass(frozen=True, slots=True)
class Address:
    """An address in parts; path has no slash at its end and no /v1."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The address as a text, without /v1."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"

    @property
    def is_open(self) -> bool:
        """Whether what is said to it can be read on the way: no TLS, and another computer."""
        return self.scheme == "http" and not is_this_computer_only(self.host)


def read_address(url: str) -> Address | None:
    """Return the parts of a http or https address with or without /v1, or None for anything else."""
    match = re.fullmatch(_URL, url.strip(), re.ASCII)
    if match is None:
        return None
    scheme, host, port, path = match.groups()
    number = int(port) if port else _PORTS[scheme]
    if not 0 < number < 1 << 16:
        return None
    return Address(scheme, host.strip("[]"), number, path.rstrip("/").removesuffix("/v1"))


@dataclass(frozen=True, slots=True)
class RemoteServer:
    """What the settings know of one; its key is in the keyring. model: "" for the first one it serves."""

    name: str
    url: str
    ca_file: str = ""
    model: str = ""


def is_server_list(value: object) -> bool:
    """Whether this is a list of servers as the settings file holds it: different names, each with a good address."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, dict) and _is_server(each) for each in value):
        return False
    names = [each["name"] for each in value]
    return len(set(names)) == len(names)


def _is_server(value: "Mapping[str, object]") -> bool:
    if not all(isinstance(each, str) for each in value.values()) or not value.keys() <= {
        "name",
        "url",
        "ca_file",
        "model",
    }:
        return False
    name, url = value.get("name"), value.get("url")
    return bool(isinstance(name, str) and re.fullmatch(_NAME, name) and isinstance(url, str) and read_address(url))


def read_servers(values: "Sequence[Mapping[str, str]]") -> tuple[RemoteServer, ...]:
    """Return the servers of a list that is_server_list accepts."""
    return tuple(RemoteServer(**value) for value in values)


def chosen_server(servers: "Sequence[Mapping[str, str]]", name: str) -> RemoteServer | Problem:
    """Return the server with this name ("": the only one there is), or what is wrong with the choice."""
    known = read_servers(servers)
    if not name and len(known) == 1:
        return known[0]
    found = next((server for server in known if server.name == name), None)
    if found is not None:
        return found
    if not name:
        return Problem(ProblemKind.REMOTE_NOT_CHOSEN)
    return Problem(ProblemKind.REMOTE_UNKNOWN, {"server": name, "known": ", ".join(each.name for each in known) or "-"})


def with_server(servers: "Sequence[Mapping[str, str]]", server: RemoteServer) -> "list[Mapping[str, str]] | Problem":
    """Return the list with one more server, as the settings file holds it, or what is wrong with the new one."""
    if any(entry["name"] == server.name for entry in servers):
        return Problem(ProblemKind.REMOTE_THERE_ALREADY, {"server": server.name})
    address = read_address(server.url)
    if address is None:
        return Problem(ProblemKind.ADDRESS_BAD, {"server": server.name, "url": server.url})
    entry = {"name": server.name, "url": address.url, "ca_file": server.ca_file, "model": server.model}
    entry = {name: value for name, value in entry.items() if value}
    if not is_server_list([entry]):
        return Problem(ProblemKind.REMOTE_NAME_BAD, {"server": server.name})
    return [*servers, entry]


class Step(StrEnum):
    """What is looked at, in this order; nothing after the first that fails."""

    NAME = "name"  # the host has an address
    PORT = "port"  # something listens there
    TLS = "tls"  # nobody else can read it, and it is the one it says it is
    KEY = "key"  # it takes our key, or needs none
    MODEL = "model"  # it serves the model


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """How one step went: a problem, or None when it holds; told are the facts found on the way."""

    step: Step
    problem: Problem | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class RemoteFacts:
    """What a server says of itself; None where it does not."""

    model: str
    models: tuple[str, ...]
    max_model_len: int | None = None
    version: str | None = None  # of vLLM, when it is one


@dataclass(frozen=True, slots=True)
class Check:
    """A look at a server, step by step; facts when every step holds."""

    steps: tuple[StepOutcome, ...]
    facts: RemoteFacts | None = None

    @property
    def problem(self) -> Problem | None:
        """What the first failed step said."""
        return next((outcome.problem for outcome in self.steps if outcome.problem is not None), None)


def read_models(document: object) -> "tuple[tuple[str, int | None], ...] | None":
    """Return id and context length (None: not told) of each model that /v1/models names, or None for no such answer."""
    models = document.get("data") if isinstance(document, dict) else None
    if not isinstance(models, list):
        return None
    found = []
    for model in models:
        name = model.get("id") if isinstance(model, dict) else None
        if not isinstance(name, str):
            return None
        length = model.get("max_model_len")
        is_length = isinstance(length, int) and not isinstance(length, bool) and length > 0
        found.append((name, length if is_length else None))
    return tuple(found)


def choose_model(
    server: RemoteServer, models: "Sequence[tuple[str, int | None]]"
) -> "tuple[str, int | None] | Problem":
    """Return the model that is meant, with its length, or what is wrong with what is served."""
    if not models:
        return Problem(ProblemKind.REMOTE_SERVES_NOTHING, {"server": server.name})
    if not server.model:
        return models[0]
    found = next((each for each in models if each[0] == server.model), None)
    if found is not None:
        return found
    served = ", ".join(name for name, _ in models[:5])
    return Problem(ProblemKind.REMOTE_MODEL_UNKNOWN, {"server": server.name, "model": server.model, "served": served})


def answer_problem(server: str, status: int) -> Problem | None:
    """Return what an HTTP status other than 200 means, or None for 200."""
    match status:
        case 200:
            return None
        case 401 | 403:
            kind = ProblemKind.REMOTE_KEY_REFUSED
        case 404:
            kind = ProblemKind.REMOTE_NO_MODELS_PAGE
        case 429:
            kind = ProblemKind.REMOTE_BUSY
        case 503:
            kind = ProblemKind.REMOTE_LOADING
        case _:
            kind = ProblemKind.REMOTE_ANSWERS_BADLY
    return Problem(kind, {"server": server, "status": status})
