"""What would fix a diagnosed cause: changes of settings for the next attempt, or something the person must do."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class RemedyId(StrEnum):
    """One name for each thing that can be done."""

    USE_DETECTED_CONTEXT = "use_detected_context"
    RETRY = "retry"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way out: safe enough to be done unasked or not, and the settings it changes for the next attempt."""

    id: RemedyId
    automatic: bool
    changes: "Mapping[str, object]" = field(default_factory=lambda: MappingProxyType({}))
