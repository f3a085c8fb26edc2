"""What a start takes besides weights and KV cache, before anybody measured it."""

from typing import Any

import pytest

from tests.builders import a_version
from tests.core.model_configs import GEMMA3_12B, QWEN3_8B, QWEN3_VL_4B_FP8, found
from trayapp.core.memory_estimate import Load, Overhead, estimate_cpu_overhead, estimate_overhead
from trayapp.core.memory_plan import NOTHING, Span
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.units import GIB, MIB


def facts(config: dict[str, Any]) -> ModelFacts:
    read = read_model_facts(found(config))
    assert isinstance(read, ModelFacts)
    return read


def overhead(version: str, config: dict[str, Any] = QWEN3_8B, **load: Any) -> Overhead:
    values: dict[str, Any] = {"max_num_seqs": 256, "max_num_batched_tokens": 2048} | load
    return estimate_overhead(facts(config), a_version(version), Load(**values))


def holds(span: Span, gib: float) -> bool:
    return span.low <= gib * GIB <= span.high


def test_the_sampler_of_many_requests_was_seen_to_take_1_4_gib() -> None:
    assert holds(overhead("0.7.0").activation, 1.40)
    assert holds(overhead("0.11.0", max_num_seqs=1024, max_num_batched_tokens=8192).activation, 5.64)


def test_with_flashinfer_it_takes_less_so_that_the_span_is_wide() -> None:
    assert holds(overhead("0.18.0").activation, 0.5)
    assert holds(overhead("0.18.0").activation, 1.39)
    assert holds(overhead("0.27.1").activation, 1.18)
    assert holds(overhead("0.27.1").activation, 0.31)


def test_few_requests_take_little_and_are_known_well() -> None:
    few = overhead("0.32.0", max_num_seqs=16)
    assert few.in_budget.high < 0.9 * GIB
    assert few.in_budget.high - few.in_budget.low < 0.7 * GIB


def test_a_long_batch_costs_the_forward_pass() -> None:
    assert holds(overhead("0.8.5", max_num_batched_tokens=32768, max_num_seqs=1).activation, 3.05)


def test_two_engines_in_one_version_make_its_span_wide() -> None:
    span = overhead("0.8.5").activation
    assert holds(span, 1.09)
    assert holds(span, 1.45)


def test_libraries_take_more_when_gpus_talk_to_each_other() -> None:
    assert overhead("0.32.0", tensor_parallel_size=2).other.high > overhead("0.32.0").other.high


@pytest.mark.parametrize(
    ("version", "eager", "inside"), [("0.18.0", False, False), ("0.21.0", False, True), ("0.32.0", True, False)]
)
def test_cuda_graphs_count_inside_the_budget_from_0_21_on(version: str, eager: bool, inside: bool) -> None:
    seen = overhead(version, enforce_eager=eager)
    assert seen.graphs_in_budget is inside
    assert (seen.cuda_graphs == NOTHING) is eager


def test_fewer_requests_mean_fewer_graphs() -> None:
    assert overhead("0.32.0", max_num_seqs=16).cuda_graphs.high < overhead("0.32.0").cuda_graphs.high


def test_images_and_video_take_gigabytes_unless_they_are_limited() -> None:
    text, free = overhead("0.25.0"), overhead("0.25.0", QWEN3_VL_4B_FP8)
    one = overhead("0.25.0", QWEN3_VL_4B_FP8, images_limited=True)
    assert text.other.low < one.other.low < free.other.low
    assert one.other.high < free.other.high
    assert overhead("0.25.0", GEMMA3_12B).other == overhead("0.25.0", GEMMA3_12B, images_limited=True).other


def test_a_model_that_is_told_to_see_no_images_is_a_text_model() -> None:
    off = overhead("0.25.0", QWEN3_VL_4B_FP8, images_limited=True, images_off=True)
    assert off.other == overhead("0.25.0").other


def test_four_gpus_and_more_are_known_only_roughly() -> None:
    two, four = (overhead("0.8.5", tensor_parallel_size=ranks, enforce_eager=True) for ranks in (2, 4))
    assert four.in_budget.high - four.in_budget.low > 2 * (two.in_budget.high - two.in_budget.low)
    assert holds(four.other, 0.2), "as it was seen on four cards"
    assert holds(four.activation, 1.45), "as it was seen on four cards"


@pytest.mark.parametrize("total_gib", [7, 61, 119])
def test_a_gpu_that_shares_the_computers_memory_has_a_clearly_wider_span(total_gib: int) -> None:
    load = Load(max_num_seqs=16, max_num_batched_tokens=2048)
    own, shared = (
        estimate_overhead(facts(QWEN3_8B), a_version("0.32.0"), load, shared_bytes=total).in_budget
        for total in (0, total_gib * GIB)
    )
    assert shared.low == own.low
    assert shared.high - shared.low > 2 * (own.high - own.low) - 64 * MIB


def test_a_cpu_build_has_no_graphs_and_a_python_process() -> None:
    seen = estimate_cpu_overhead(facts(QWEN3_8B), Load(4, 4096))
    assert seen.cuda_graphs == NOTHING
    assert holds(seen.other, 0.9)
