"""Looks at a server elsewhere, step by step, and says which step failed and why. Blocking, no Qt."""

from collections.abc import Iterator

from trayapp.backends.http_client import AskingFailed, Target, ask, connect, find_addresses, secure
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remote_server import (
    Check,
    RemoteFacts,
    RemoteServer,
    Step,
    StepOutcome,
    answer_problem,
    choose_model,
    read_address,
    read_models,
)


def target_of(server: RemoteServer, key: str) -> Target | Problem:
    """Return whom to ask, or what is wrong with the address."""
    address = read_address(server.url)
    if address is None:
        return Problem(ProblemKind.ADDRESS_BAD, {"server": server.name, "url": server.url})
    return Target(server.name, address, server.ca_file, key)


def check(server: RemoteServer, key: str, *, openly: bool = False) -> Check:
    """Look at a server; nothing after the first step that fails.

    openly: talk to another computer without TLS all the same. The key is not sent before that is answered.
    """
    target = target_of(server, key)
    if isinstance(target, Problem):
        return Check((StepOutcome(Step.NAME, target),))
    outcomes: list[StepOutcome] = []
    facts: RemoteFacts | None = None
    steps = _steps(target, server, openly=openly)
    for step in Step:
        try:
            told = next(steps)
        except AskingFailed as failed:
            return Check((*outcomes, StepOutcome(step, failed.problem)))
        if isinstance(told, RemoteFacts):
            facts, told = told, told.model
        outcomes.append(StepOutcome(step, told=told))
    return Check(tuple(outcomes), facts)


def _steps(target: Target, server: RemoteServer, *, openly: bool) -> Iterator[str | RemoteFacts]:
    """Yield what each step found, or raise AskingFailed in the step that fails."""
    yield ", ".join(find_addresses(target))
    plain = connect(target)
    yield str(target.address.port)
    with secure(target, plain) as connection:
        version = getattr(connection, "version", None)
        secured = str(version()) if version is not None else ""
    if target.address.is_open and not openly:
        raise target.failed(ProblemKind.REMOTE_IS_OPEN)
    yield secured or "none"
    answer = ask(target, "/v1/models")
    problem = answer_problem(target.name, answer.status)
    if problem is not None and problem.kind is ProblemKind.REMOTE_KEY_REFUSED:
        raise AskingFailed(problem)
    yield "sent" if target.key else "none"
    if problem is not None:
        raise AskingFailed(problem)
    models = read_models(answer.json())
    if models is None:
        raise target.failed(ProblemKind.REMOTE_ANSWERS_BADLY, status=answer.status)
    chosen = choose_model(server, models)
    if isinstance(chosen, Problem):
        raise AskingFailed(chosen)
    yield RemoteFacts(chosen[0], tuple(name for name, _ in models), chosen[1], find_version(target))


def find_version(target: Target) -> str | None:
    """Return the version of a vLLM, or None for a server that is none or does not tell."""
    try:
        answer = ask(target, "/version")
    except AskingFailed:
        return None
    document = answer.json() if answer.status == 200 else None
    version = document.get("version") if isinstance(document, dict) else None
    return version if isinstance(version, str) else None


def ask_models(target: Target, model: str) -> int | Problem | None:
    """Return the context length of a model that is served (None: not told), or why it cannot be used now."""
    try:
        answer = ask(target, "/v1/models")
    except AskingFailed as failed:
        return failed.problem
    problem = answer_problem(target.name, answer.status)
    if problem is not None:
        return problem
    models = read_models(answer.json())
    if models is None:
        return target.failed(ProblemKind.REMOTE_ANSWERS_BADLY, status=answer.status).problem
    served = choose_model(RemoteServer(target.name, "", model=model), models)
    return served if isinstance(served, Problem) else served[1]
