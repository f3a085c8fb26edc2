"""Plans a model that runs elsewhere than in a vLLM of ours: asks the server there, and refuses what cannot work.

Everything in here blocks; it is called in threads and by the command line.
"""

from collections.abc import Callable

from trayapp.backends.remote_check import check
from trayapp.core.launch import Launchable, RemotePlan
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remote_server import chosen_server, read_address
from trayapp.core.settings import Settings


def plan_elsewhere(settings: Settings, read_key: Callable[[str], str], *, anyway: bool) -> Launchable | Refusal:
    """Return the plan for the backend of the settings, when it is not vLLM on this computer."""
    return plan_remote(settings, read_key, anyway=anyway)


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
