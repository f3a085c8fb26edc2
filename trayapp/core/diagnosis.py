"""Why a server ended: one cause, how sure, and the lines that prove it."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


class Cause(StrEnum):
    """Every cause that a diagnosis can name."""

    HEALTHY = "healthy"
    UNKNOWN = "unknown"
    KV_CACHE_TOO_SMALL_FOR_MAX_LEN = "kv_cache_too_small_for_max_len"
    HOST_RAM_OOM_KILLED = "host_ram_oom_killed"
    ENGINE_DEAD_AT_RUNTIME = "engine_dead_at_runtime"


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
    """The one cause of an end, with its proof and the figures read from it (bytes, tokens)."""

    cause: Cause
    confidence: Confidence
    evidence: tuple[Evidence, ...] = ()
    values: "Mapping[str, Value]" = field(default_factory=lambda: MappingProxyType({}))
