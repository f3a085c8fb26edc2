"""What a server can do wrong, one fault at a time: which request it meets, what happens, how often."""

import re
from dataclasses import dataclass, field


@dataclass
class Fault:
    """Meets requests whose path matches, `times` times.

    status answers with it instead; cut_after ends the connection after that many bytes of the body, or falls silent for
    silent_s before; damage turns the first byte of the body around.
    """

    path: str
    times: int = 1
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    silent_s: float = 0.0
    damage: bool = False

    def meets(self, path: str) -> bool:
        """Whether this request is met; counts it."""
        if self.times > 0 and re.search(self.path, path):
            self.times -= 1
            return True
        return False
