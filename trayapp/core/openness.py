"""Who can reach the server: this computer alone, or the network, and then never without a key."""

from typing import TYPE_CHECKING

from trayapp.core.endpoint import is_this_computer_only
from trayapp.core.launch_environment import DEVELOPER_MODE, KEY
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from trayapp.core.settings import Settings


def openness_problem(settings: "Settings") -> Problem | None:
    """Return what speaks against a server at this host."""
    if is_this_computer_only(settings.host):
        return None
    if not settings.environment.get(KEY):
        return Problem(ProblemKind.OPEN_WITHOUT_KEY, {"host": settings.host})
    if settings.environment.get(DEVELOPER_MODE, "0") not in {"", "0"}:
        return Problem(ProblemKind.VARIABLE_NOT_ALLOWED, {"name": DEVELOPER_MODE, "host": settings.host})
    return None


def openness_warning(settings: "Settings") -> Problem | None:
    """Return what the key does not guard, when the server is open to the network."""
    if is_this_computer_only(settings.host):
        return None
    return Problem(ProblemKind.SERVER_OPEN, {"host": settings.host})
