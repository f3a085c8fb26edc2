"""Which automatic remedy comes next within a start, and when it is enough. What a remedy changes is in remedies.py."""

from typing import TYPE_CHECKING

from trayapp.core.remedy import RemedyId

if TYPE_CHECKING:
    from trayapp.core.remedy import Remedy

MOST_LAUNCHES = 4
"""Launches in one start: a start takes minutes, and who waits for a fifth has been told nothing for too long."""

_SMALLER_IS_SAFER = ("max_model_len", "gpu_memory_utilization", "max_num_seqs", "max_num_batched_tokens")


def next_attempt(remedies: "tuple[Remedy, ...]", tried: "tuple[Remedy, ...]") -> "Remedy | None":
    """Return the first remedy that may be applied unasked after those already tried, or None: enough.

    Never the same twice, and each strictly safer than every one before it; at most MOST_LAUNCHES launches.
    """
    if len(tried) >= MOST_LAUNCHES - 1:
        return None
    return next((remedy for remedy in remedies if remedy.automatic and _is_safer(remedy, tried)), None)


def _is_safer(remedy: "Remedy", tried: "tuple[Remedy, ...]") -> bool:
    if remedy.id is RemedyId.RETRY:
        return all(earlier.id is not RemedyId.RETRY for earlier in tried)
    if not remedy.changes or any(earlier.changes == remedy.changes for earlier in tried):
        return False
    for name in _SMALLER_IS_SAFER:
        value = remedy.changes.get(name)
        earlier_values = [earlier.changes[name] for earlier in tried if name in earlier.changes]
        for earlier_value in earlier_values:
            if isinstance(value, int | float) and isinstance(earlier_value, int | float) and value >= earlier_value:
                return False
    return True
