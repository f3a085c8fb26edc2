"""What earlier starts measured, and how to find it again. Pure values: storage keeps them in a file."""

from collections.abc import Mapping  # at run time too: storage decodes by these annotations
from dataclasses import dataclass, field, replace
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LimitKey:
    """What a learned limit holds for: another card, model, vLLM or flag makes it another limit."""

    gpu: str  # NVML UUIDs joined with "+", or "cpu"
    model: str  # folder or id, with its revision
    vllm_version: str
    flags: str  # every argument that changes memory, as text


@dataclass(frozen=True, slots=True)
class LearnedStart:
    """One start that became ready, under the key it holds for.

    max_model_len is the longest context that vLLM said was possible; 0 when the start asked for less than that
    and so found no limit. figures have the names of log_events.FigureSeen; the other numbers are those of the
    launch, so that another length or utilization can be computed from them.
    """

    key: LimitKey
    max_model_len: int = 0
    figures: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    gpu_memory_utilization: float = 0.0  # 0: none was given (CPU build)
    memory_total_bytes: int = 0
    max_num_seqs: int = 0
    max_num_batched_tokens: int = 0
    enforce_eager: bool = False
    kv_cache_space_bytes: int = 0  # what VLLM_CPU_KVCACHE_SPACE gave; 0: not given
    lowered_utilization: float = 0.0  # the share that worked once the one chosen was too much; 0: it was not


@dataclass(frozen=True, slots=True)
class LearnedLimits:
    """All starts that are kept, the newest last; at most one for each key."""

    starts: tuple[LearnedStart, ...] = ()

    def find(self, key: LimitKey) -> LearnedStart | None:
        """Return the start kept for exactly this key, or None."""
        return next((start for start in self.starts if start.key == key), None)

    def with_start(self, start: LearnedStart) -> "LearnedLimits":
        """Return these limits with one more start; a start that found no limit keeps the one known before."""
        known = self.find(start.key)
        if known is not None and not start.max_model_len:
            start = replace(start, max_model_len=known.max_model_len)
        if known is not None and not start.lowered_utilization:
            start = replace(start, lowered_utilization=known.lowered_utilization)
        if known is not None and not start.figures:
            start = replace(start, figures=known.figures)
        return LearnedLimits((*(kept for kept in self.starts if kept.key != start.key), start))

    def without(self, key: LimitKey) -> "LearnedLimits":
        """Return these limits without the one for a key: it failed, and the next start measures again."""
        return LearnedLimits(tuple(kept for kept in self.starts if kept.key != key))
