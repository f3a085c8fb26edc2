"""Where the app's own address leads in a state. The process that leads there is backends/one_address.py."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.launch import LaunchPlan, RemotePlan
from trayapp.core.launch_environment import KEY
from trayapp.core.remote_server import read_address
from trayapp.core.states import Ready, State

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Lead:
    """A server, what it wants to hear, and the key that programs on this computer must know ("": none)."""

    host: str
    port: int
    path: str
    tls: bool
    ca_file: str
    key: str
    model: str
    client_key: str = ""
    pages: tuple[str, ...] = ()  # origins of the web pages that may come in, besides those of this computer

    def as_json(self) -> dict[str, object]:
        """Return it as the process takes it."""
        return {name: getattr(self, name) for name in self.__slots__}


def own_address(port: int) -> str:
    """Return the address that programs are given."""
    return f"http://127.0.0.1:{port}/v1"


def lead_of(state: State, remote_key: "Callable[[str], str]", own_key: str, pages: tuple[str, ...] = ()) -> Lead | None:
    """Return where programs are led in this state; None: no model is on.

    remote_key gives the key of a server elsewhere by its name. Programs must know the key of the vLLM on this computer
    where it has one: own_key, or that of the plan.
    """
    if not isinstance(state, Ready):
        return None
    plan = state.plan
    address = read_address(plan.endpoint)
    if address is None:
        return None
    key, ca_file, client_key = "", "", own_key
    if isinstance(plan, LaunchPlan):
        key = client_key = plan.environment.get(KEY) or own_key
    elif isinstance(plan, RemotePlan):
        key, ca_file = remote_key(plan.server), plan.ca_file
    tls = address.scheme == "https"
    return Lead(address.host, address.port, address.path, tls, ca_file, key, plan.model_name, client_key, pages)
