"""What a running server and its GPU do at the moment, and what they did in the last ten minutes. Values only."""

from dataclasses import dataclass
from itertools import pairwise

KEPT_S = 600.0
"""Ten minutes: one line of them fits a window, and says whether the memory grows."""

_WANTED = {
    "vllm:num_requests_running": "running",
    "vllm:num_requests_waiting": "waiting",
    "vllm:kv_cache_usage_perc": "kv_share",
    "vllm:gpu_cache_usage_perc": "kv_share",  # its name up to 0.10
    "vllm:prompt_tokens_total": "prompt_tokens",
    "vllm:generation_tokens_total": "generated_tokens",
}


@dataclass(frozen=True, slots=True)
class ServerFigures:
    """What /metrics says: requests at work and in the queue, share of the KV cache in use, tokens since the start."""

    running: float = 0.0
    waiting: float = 0.0
    kv_share: float = 0.0
    prompt_tokens: float = 0.0
    generated_tokens: float = 0.0


def read_metrics(text: str) -> ServerFigures | None:
    """Return the figures in an answer of vLLM's /metrics (Prometheus' text), or None where there are none.

    A series that comes several times (one for each engine) is added up; the share of the cache is its largest.
    """
    found: dict[str, float] = {}
    for line in text.splitlines():
        if not line.startswith("vllm:"):
            continue
        series, _space, number = line.rstrip().rpartition(" ")
        name = _WANTED.get(series.partition("{")[0])
        if name is None:
            continue
        try:
            value = float(number)
        except ValueError:
            continue
        found[name] = max(found.get(name, 0.0), value) if name == "kv_share" else found.get(name, 0.0) + value
    return ServerFigures(**found) if found else None


@dataclass(frozen=True, slots=True)
class MemoryInUse:
    """The memory of some GPUs, or of the computer, at this moment; None: nobody told.

    server_bytes: what the processes of the model's server hold of it; None where that is not told (WSL, a container).
    """

    used_bytes: int | None = None
    total_bytes: int | None = None
    server_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """One look. Memory is that of the GPUs the model runs on, or the computer's; None: nobody told."""

    at_s: float
    memory_used_bytes: int | None = None
    memory_total_bytes: int | None = None
    server: ServerFigures | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """The looks of the last ten minutes, the newest last."""

    moments: tuple[Moment, ...] = ()

    def with_moment(self, moment: Moment) -> "Live":
        """Return the picture with one more look, without those that have become too old."""
        kept = tuple(each for each in self.moments if each.at_s >= moment.at_s - KEPT_S)
        return Live((*kept, moment))

    @property
    def now(self) -> Moment:
        """The newest look."""
        return self.moments[-1] if self.moments else Moment(0.0)

    def memory(self) -> tuple[tuple[float, float], ...]:
        """Return (seconds, bytes in use) of every look that knows."""
        return tuple(
            (each.at_s, float(each.memory_used_bytes)) for each in self.moments if each.memory_used_bytes is not None
        )

    def requests(self) -> tuple[tuple[float, float], ...]:
        """Return (seconds, requests at work and waiting) of every look that knows."""
        return tuple(
            (each.at_s, each.server.running + each.server.waiting) for each in self.moments if each.server is not None
        )

    def tokens_per_s(self) -> tuple[tuple[float, float], ...]:
        """Return (seconds, tokens a second since the look before), generated ones; a restart counts from 0 again."""
        known = [(each.at_s, each.server.generated_tokens) for each in self.moments if each.server is not None]
        return tuple(
            (at_s, (count - before) / (at_s - before_s) if count >= before else 0.0)
            for (before_s, before), (at_s, count) in pairwise(known)
            if at_s > before_s
        )
