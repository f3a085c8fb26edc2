"""How much memory vLLM needs besides the weights, for a start that nobody has measured yet.

The formulas were fitted to public logs of real starts (tests/bench/plan_accuracy.py prints how well they hold):

    activation = max(forward, sampler): the two peak at different times
    forward    = 2 B * batched tokens * (3 * intermediate / ranks + 3 * hidden)
    sampler    = c * requests * vocabulary; vLLM tries its sampler once with as many requests as it may have

What c is depends on the sampler that is installed and on the version; where both are possible, the span is wide.
With the few requests of one person's machine the sampler hardly matters.

Wider than the others, and said so by the plan, is what the logs do not pin down: a GPU that shares the computer's
memory, four GPUs and more, models that see pictures.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.memory_plan import NOTHING, Span
from trayapp.core.units import GIB, MIB

if TYPE_CHECKING:
    from trayapp.core.model_facts import ModelFacts
    from trayapp.core.vllm_version import VllmVersion

_FEW_SEQUENCES = 16
_FORWARD_SLACK_V0 = 0.08  # buffers of attention and norms: the old engine was seen 5 % above the formula
_MANY_RANKS = 4
_MANY_RANKS_SLACK = 0.3  # of the activation, both ways: the formula was fitted to one and two cards
_FORWARD_SLACK = 0.3  # the present one, which compiles the model and tries more: 23 % were seen


@dataclass(frozen=True, slots=True)
class Overhead:
    """What is taken besides weights and KV cache, on one GPU."""

    activation: Span
    other: Span
    cuda_graphs: Span
    graphs_in_budget: bool

    @property
    def in_budget(self) -> Span:
        """All that counts inside the budget."""
        inside = self.activation.plus(self.other)
        return inside.plus(self.cuda_graphs) if self.graphs_in_budget else inside


@dataclass(frozen=True, slots=True)
class Load:
    """How much vLLM is prepared to do at once."""

    max_num_seqs: int
    max_num_batched_tokens: int
    tensor_parallel_size: int = 1
    enforce_eager: bool = False
    images_limited: bool = False  # at most one image a prompt and no video
    images_off: bool = False  # of a model that could see them

    @property
    def over_many_gpus(self) -> bool:
        """Whether so many GPUs share the model that what they need to talk to each other is known only roughly."""
        return self.tensor_parallel_size >= _MANY_RANKS


def estimate_overhead(facts: "ModelFacts", version: "VllmVersion", load: Load, *, shared_bytes: int = 0) -> Overhead:
    """Return the span of what a start on an NVIDIA GPU needs besides weights and KV cache.

    shared_bytes is the computer's memory where the GPU takes from it; 0 for a GPU with memory of its own.
    """
    in_budget = version.at_least(0, 21, 0) and not load.enforce_eager
    return Overhead(
        activation=_activation(facts, version, load),
        other=_libraries(load).plus(_images(facts, load)).plus(_other_programs(shared_bytes)),
        cuda_graphs=NOTHING if load.enforce_eager else _cuda_graphs(version, load),
        graphs_in_budget=in_budget,
    )


def estimate_cpu_overhead(facts: "ModelFacts", load: Load) -> Overhead:
    """Return the span of what the engine of a CPU build holds besides weights and KV cache.

    Measured with 0.32: the Python process and its libraries 0.6 to 0.9 GiB; the rest is the forward pass.
    """
    forward = _forward(facts, load)
    return Overhead(
        activation=Span(0, forward),
        other=Span(int(0.5 * GIB), int(1.5 * GIB)),
        cuda_graphs=NOTHING,
        graphs_in_budget=False,
    )


def _forward(facts: "ModelFacts", load: Load) -> int:
    width = 3 * facts.active_intermediate_size // load.tensor_parallel_size + 3 * facts.hidden_size
    return facts.dtype_bytes * load.max_num_batched_tokens * width


def _activation(facts: "ModelFacts", version: "VllmVersion", load: Load) -> Span:
    low_each, high_each = _sampler_bytes(version)
    words = load.max_num_seqs * facts.vocab_size
    forward = _forward(facts, load)
    slack = _FORWARD_SLACK if version.at_least(0, 9, 0) else _FORWARD_SLACK_V0
    span = Span(max(forward, int(low_each * words)), max(int(forward * (1 + slack)), int(high_each * words)))
    if not load.over_many_gpus:
        return span
    return Span(int(span.low * (1 - _MANY_RANKS_SLACK)), int(span.high * (1 + _MANY_RANKS_SLACK)))


def _sampler_bytes(version: "VllmVersion") -> tuple[float, float]:
    """Return bytes for each request and word of the vocabulary: the least and the most that was seen."""
    if not version.at_least(0, 8, 0):
        return 37.0, 40.5  # the native sampler
    if not version.at_least(0, 9, 0):
        return 28.0, 41.0  # two engines in one version, each with its own
    if not version.at_least(0, 12, 0):
        return 37.0, 40.5  # the native sampler again
    if not version.at_least(0, 25, 0):
        return 13.0, 38.5  # FlashInfer's where it is installed, or the native one
    return 6.0, 33.0  # the same two under the second model runner


def _libraries(load: Load) -> Span:
    if load.over_many_gpus:
        return Span(20 * MIB, 800 * MIB)  # 0.2 GiB were seen on four cards, and more on large nodes
    if load.tensor_parallel_size > 1:
        return Span(200 * MIB, 600 * MIB)  # NCCL's buffers
    return Span(20 * MIB, 260 * MIB)


def _images(facts: "ModelFacts", load: Load) -> Span:
    """Return what the trial with the largest prompt takes beyond text; text models take nothing.

    Without a limit the largest video counts, and the batch is raised until it holds one: 5.6 GiB were seen with a
    model of 4 billion weights.
    """
    if load.images_off or not facts.multimodal:
        return NOTHING
    if load.images_limited or not facts.watches_video:
        return Span(int(0.3 * GIB), int(1.7 * GIB))
    return Span(int(1.8 * GIB), int(5.5 * GIB))


def _other_programs(shared_bytes: int) -> Span:
    """Return what vLLM mistakes for its own where the GPU shares the computer's memory: whatever else grows meanwhile.

    Its own processes are among it. No log of such a computer is known: the width is chosen, not measured.
    """
    return Span(0, GIB + shared_bytes // 20) if shared_bytes else NOTHING


def _cuda_graphs(version: "VllmVersion", load: Load) -> Span:
    few = load.max_num_seqs <= _FEW_SEQUENCES
    if version.at_least(0, 25, 0):
        # The second model runner captures before it measures, so that nothing is left; the first one estimates.
        return Span(0, 350 * MIB if few else 650 * MIB)
    if few:
        return Span(40 * MIB, 350 * MIB)
    return Span(300 * MIB, 650 * MIB if version.at_least(0, 21, 0) else 1000 * MIB)
