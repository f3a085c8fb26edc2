"""How a server process ended. The guard reports it, the diagnosis explains it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.problems import Problem


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of a launched program: an exit code, or the signal that ended it (then code is None).

    survivors are processes of the server that could not be ended. remains tell what else of it is still there after an
    end that was asked for: a port that is not free, memory of a GPU that the driver still counts as its.
    """

    code: int | None
    signal: int | None = None
    survivors: tuple[int, ...] = ()
    remains: tuple["Problem", ...] = ()

    def __str__(self) -> str:
        return f"signal {self.signal}" if self.signal is not None else f"exit code {self.code}"
