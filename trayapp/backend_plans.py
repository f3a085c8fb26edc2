"""Plans a model that runs elsewhere than in a vLLM of ours: asks the server there, and refuses what cannot work.

Everything in here blocks; it is called in threads and by the command line.
"""

from collections.abc import Callable

from trayapp.backends.http_client import AskingFailed, Target
from trayapp.backends.ollama_client import (
    find_loaded,
    find_models,
    find_native_context,
    find_ollama_version,
    find_program,
    make_with_context,
    ollama_target,
    runs_as_service,
)
from trayapp.backends.remote_check import check
from trayapp.core.backend import Backend
from trayapp.core.endpoint import is_this_computer_only
from trayapp.core.launch import Launchable, LengthSource, OllamaPlan, RemotePlan
from trayapp.core.ollama import OllamaModel, named
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remote_server import chosen_server, read_address
from trayapp.core.settings import Settings


def plan_elsewhere(settings: Settings, read_key: Callable[[str], str], *, anyway: bool) -> Launchable | Refusal:
    """Return the plan for the backend of the settings, when it is not vLLM on this computer."""
    if settings.backend == Backend.OLLAMA:
        return plan_ollama(settings)
    return plan_remote(settings, read_key, anyway=anyway)


def plan_ollama(settings: Settings) -> OllamaPlan | Refusal:
    """Return how Ollama is to run the chosen model: where it answers, or by starting it."""
    target, model, length = ollama_target(), settings.ollama_model, settings.max_model_len or None
    source = LengthSource.USER if length else LengthSource.SERVER
    try:
        version = find_ollama_version(target)
    except AskingFailed as failed:
        if failed.problem.kind is not ProblemKind.REMOTE_PORT_CLOSED:
            return Refusal((failed.problem,))
        return _plan_own_ollama(settings, target, failed.problem)
    try:
        found = find_models(target)
        known = named(found, model) if model else None
        if known is None:
            return Refusal((_no_model(model, found),))
        native = find_native_context(target, model)
        served = make_with_context(target, known.name, length) if length else model
    except AskingFailed as failed:
        return Refusal((failed.problem,))
    return OllamaPlan(model, served, target.address.url, "", native, length, source, version or None)


def _plan_own_ollama(settings: Settings, target: Target, silent: Problem) -> OllamaPlan | Refusal:
    """Return a start of Ollama where it is only installed; what its models are is not known before."""
    url, model, length = target.address.url, settings.ollama_model, settings.max_model_len or None
    if not is_this_computer_only(target.address.host):
        return Refusal((silent,))
    if runs_as_service():
        return Refusal((Problem(ProblemKind.OLLAMA_SERVICE_STOPPED),))
    program = find_program()
    if not program:
        return Refusal((Problem(ProblemKind.OLLAMA_NOT_FOUND, {"url": url}),))
    if not model:
        return Refusal((_no_model("", ()),))
    return OllamaPlan(model, model, url, program, None, length, LengthSource.USER if length else LengthSource.SERVER)


def _no_model(model: str, found: tuple[OllamaModel, ...]) -> Problem:
    if model:
        return Problem(ProblemKind.OLLAMA_MODEL_MISSING, {"model": model})
    return Problem(ProblemKind.OLLAMA_NO_MODEL, {"known": ", ".join(each.name for each in found[:8]) or "-"})


def is_ollama_there() -> bool:
    """Whether Ollama answers, or is installed."""
    try:
        find_ollama_version(ollama_target())
    except AskingFailed:
        return bool(find_program()) or runs_as_service()
    return True


def ollama_on_gpu() -> Problem | None:
    """Return what Ollama holds on the GPU, or None."""
    try:
        held = [model for model in find_loaded(ollama_target()) if model.on_gpu_bytes]
    except AskingFailed:
        return None
    if not held:
        return None
    names, used_bytes = ", ".join(model.name for model in held), sum(model.on_gpu_bytes for model in held)
    return Problem(ProblemKind.OLLAMA_HOLDS_GPU, {"models": names, "used_bytes": used_bytes})


def plan_remote(settings: Settings, read_key: Callable[[str], str], *, anyway: bool) -> RemotePlan | Refusal:
    """Return a connection to the chosen server once every step holds; anyway: also without TLS."""
    server = chosen_server(settings.remote_servers, settings.remote_server)
    if isinstance(server, Problem):
        return Refusal((server,))
    seen = check(server, read_key(server.name), openly=anyway)
    address = read_address(server.url)
    if seen.facts is None or address is None:
        problem = seen.problem or Problem(ProblemKind.ADDRESS_BAD, {"server": server.name, "url": server.url})
        return Refusal((problem,), may_start_anyway=problem.kind is ProblemKind.REMOTE_IS_OPEN)
    facts = seen.facts
    return RemotePlan(server.name, address.url, server.ca_file, facts.model, facts.max_model_len, facts.version)
