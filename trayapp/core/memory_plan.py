"""What the memory of a GPU holds when a model runs: every part by name, as a range of bytes."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """Whether a model fits."""

    FITS = "fits"
    REDUCED_CONTEXT = "reduced_context"  # with a shorter context than wanted
    DOES_NOT_FIT = "does_not_fit"
    UNSUPPORTED = "unsupported"  # this GPU cannot run this vLLM


class Basis(StrEnum):
    """How a plan knows its numbers."""

    MEASURED = "measured"  # the same start was measured before
    NEIGHBOUR = "neighbour"  # computed from a measured start with another length, utilization or number of requests
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class Span:
    """Two ends of what is to be expected, low <= high."""

    low: int
    high: int

    def plus(self, other: "Span") -> "Span":
        """Return the sum of both."""
        return Span(self.low + other.low, self.high + other.high)


NOTHING = Span(0, 0)


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """The memory of one GPU (of each, where several share the model); RAM for a CPU build.

    kv_cache = budget - weights - activation - other - graphs, where these count inside the budget; below 0 it says
    how much is missing. Head-room is already taken off from planned, from nothing else.
    """

    verdict: Verdict
    basis: Basis
    total_bytes: int
    free_bytes: int
    reserve_bytes: int  # kept free for the desktop; 0 when the user chose the share
    budget_bytes: int  # what vLLM may take
    weights_bytes: int
    activation: Span  # while it computes
    other: Span  # CUDA, libraries, towers for images
    cuda_graphs: Span  # actual size
    graphs_in_budget: bool  # whether this vLLM counts them inside its budget
    kv_cache: Span
    kv_bytes_per_token: float
    kv_cache_tokens: Span
    native_context: int
    wanted_context: int  # asked for, or the longest that the model can
    largest_that_fits: Span  # tokens, 0 for none; at most wanted_context
    planned_context: int  # 2 % under the low end, in whole blocks; 0 for none
