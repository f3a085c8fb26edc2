"""What a diagnosis is: the cause of an end, how sure, and its proof. How it is found is diagnosis.py.

The rules that lead to these values are loaded when something has failed.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.causes.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value

__all__ = ["NOT_EXPLAINED", "STOP_WAS_WANTED", "Cause", "Confidence", "Diagnosis", "Evidence"]


class Confidence(StrEnum):
    """How sure a diagnosis is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line that proves the cause: its number in the log (from 1) and its text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The one cause of an end, with its proof and the figures read from it (bytes, tokens).

    on_cpu is among the values, and true, where memory was short that is the computer's and not a GPU's.
    """

    cause: Cause
    confidence: Confidence
    evidence: tuple[Evidence, ...] = ()
    values: "Mapping[str, Value]" = field(default_factory=lambda: MappingProxyType({}))


NOT_EXPLAINED = Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN)
STOP_WAS_WANTED = Diagnosis(Cause.HEALTHY, Confidence.CERTAIN)
