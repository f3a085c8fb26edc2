"""How a server process ended. The guard reports it, the diagnosis explains it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Exit:
    """The end of a launched program: an exit code, or the signal that ended it (then code is None).

    survivors are processes of the server that could not be ended.
    """

    code: int | None
    signal: int | None = None
    survivors: tuple[int, ...] = ()

    def __str__(self) -> str:
        return f"signal {self.signal}" if self.signal is not None else f"exit code {self.code}"
