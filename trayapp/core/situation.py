"""Everything that a plan is made from, as one value, so that another plan can be tried by changing one thing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.learned_limits import LearnedLimits
    from trayapp.core.machine import Machine, VllmInstall
    from trayapp.core.model_facts import ModelFacts
    from trayapp.core.rope import Stretch
    from trayapp.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which launch of a start it is: what the one before taught, and what is allowed."""

    detected_max_model_len: int | None = None  # the limit in tokens that the launch before told
    lowered_utilization: float = 0.0  # the share of the GPU that it leaves to this one; 0: nothing was too much
    use_auto_length: bool = True  # whether `--max-model-len auto` may be used
    anyway: bool = False  # what probably does not work is planned, too


FIRST_ATTEMPT = Attempt()


@dataclass(frozen=True, slots=True)
class Situation:
    """What is wanted, what there is, and what is known."""

    settings: "Settings"
    machine: "Machine"
    install: "VllmInstall"
    model: "FoundModel"
    facts: "ModelFacts"
    learned: "LearnedLimits"
    stretch: "Stretch | None" = None
    attempt: Attempt = FIRST_ATTEMPT

    @property
    def longest_context(self) -> int:
        """The longest context that the model can, stretched where that is wanted."""
        return self.stretch.max_model_len if self.stretch else self.facts.native_context

    @property
    def wanted_context(self) -> int:
        """The context that is asked for: the setting, else the longest."""
        return self.settings.max_model_len or self.longest_context
