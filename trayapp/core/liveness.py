"""Whether a server that became ready has hung: it still runs, but what is asked of it is not answered any more.

Two ways to hang: nothing answers /health, or /health is answered while requests wait and not one token comes (vLLM's
interface and its engine are two processes). Times are of a clock that stands still while the computer sleeps.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.live_figures import ServerFigures

SILENT_S = 40.0
"""A busy server answers /health within a second or two; three questions in a row get no answer in this time."""
STUCK_S = 300.0
"""The longest prompts take a minute or two on a GPU until their first token."""
STUCK_ON_CPU_S = 1800.0
"""Likewise on the processor: 30,000 tokens were seen to take a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Liveness:
    """What was seen of one server; None: not the case at the moment."""

    silent_since_s: float | None = None  # no answer to /health
    stuck_since_s: float | None = None  # requests are at work or wait, and no token has come since
    tokens: float = -1.0

    def with_answer(self, at_s: float, figures: "ServerFigures | None" = None) -> "Liveness":
        """Return what is known after an answer; figures: of /metrics, where they were asked for and told."""
        if figures is None:
            return replace(self, silent_since_s=None)
        tokens = figures.prompt_tokens + figures.generated_tokens
        idle = figures.running + figures.waiting == 0
        since_s = at_s if self.stuck_since_s is None or tokens != self.tokens else self.stuck_since_s
        return Liveness(None, None if idle else since_s, tokens)

    def with_silence(self, at_s: float) -> "Liveness":
        """Return what is known after a question without an answer."""
        return replace(self, silent_since_s=at_s) if self.silent_since_s is None else self

    def hangs(self, at_s: float, *, on_cpu: bool) -> bool:
        """Whether it has hung, as far as can be said."""
        stuck_s = STUCK_ON_CPU_S if on_cpu else STUCK_S
        silent = self.silent_since_s is not None and at_s - self.silent_since_s >= SILENT_S
        return silent or (self.stuck_since_s is not None and at_s - self.stuck_since_s >= stuck_s)
