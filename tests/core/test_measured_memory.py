"""A start that was measured makes the next plan exact, also for another length, share or number of requests."""

from dataclasses import replace
from typing import Any

import pytest

from tests.core.model_configs import QWEN3_8B_AWQ, card, found, report_for
from trayapp.core.launch_plan import LaunchPlan, learned_start
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.memory_plan import Basis, MemoryPlan
from trayapp.core.units import GIB

CARD = card(11.6, 11.1)
SEEN = int(3.66 * GIB)
SLACK = 0.05 * GIB


def memory(learned: LearnedLimits | None = None, **settings: Any) -> MemoryPlan:
    report = report_for(QWEN3_8B_AWQ, 5.7, CARD, learned=learned, **settings)
    assert report.memory is not None
    return report.memory


def launch(**settings: Any) -> LaunchPlan:
    report = report_for(QWEN3_8B_AWQ, 5.7, CARD, **settings)
    assert report.launch is not None
    return report.launch


def measured(figures: dict[str, int] | None = None, **settings: Any) -> LearnedLimits:
    start = learned_start(launch(**settings), 26_608, figures or {"available_kv_bytes": SEEN})
    return LearnedLimits().with_start(start)


def test_nothing_is_known_before_the_first_start() -> None:
    assert memory().basis is Basis.ESTIMATED


def test_the_same_start_is_measured() -> None:
    plan = memory(measured())
    assert plan.basis is Basis.MEASURED
    assert plan.kv_cache.low <= SEEN <= plan.kv_cache.high
    assert plan.kv_cache.high - plan.kv_cache.low < 0.1 * GIB


def test_another_share_is_computed() -> None:
    learned = measured(gpu_memory_utilization=0.90)
    plan = memory(learned, gpu_memory_utilization=0.80)
    assert plan.basis is Basis.NEIGHBOUR
    expected = SEEN - 0.10 * CARD.memory_total_bytes
    assert plan.kv_cache.low <= expected <= plan.kv_cache.high
    assert (plan.kv_cache.low + plan.kv_cache.high) / 2 == pytest.approx(expected, abs=SLACK)


def test_another_length_is_the_same_memory() -> None:
    learned = measured()
    plan = memory(learned, max_model_len=8192)
    assert plan.basis is Basis.MEASURED
    assert plan.planned_context == 8192


def test_more_requests_take_what_the_estimate_says_they_take_more() -> None:
    learned = measured()
    plan = memory(learned, max_num_seqs=256)
    assert plan.basis is Basis.NEIGHBOUR
    assert plan.kv_cache.high < SEEN + SLACK
    assert plan.kv_cache.low < SEEN - 0.3 * GIB


@pytest.mark.parametrize(
    "other", [{"dtype": "float16"}, {"enforce_eager": True}, {"extra_arguments": ("--swap-space", "4")}]
)
def test_other_flags_are_no_neighbours(other: dict[str, Any]) -> None:
    assert memory(measured(), **other).basis is Basis.ESTIMATED


def test_another_card_model_or_version_is_no_neighbour() -> None:
    learned = measured()
    for report in (
        report_for(QWEN3_8B_AWQ, 5.7, replace(CARD, uuid="GPU-2"), learned=learned),
        report_for(QWEN3_8B_AWQ, 5.7, CARD, learned=learned, version="0.28.0"),
        report_for(QWEN3_8B_AWQ, 5.7, CARD, learned=learned, model=found(QWEN3_8B_AWQ, 5.7, revision="r2")),
    ):
        assert report.memory is not None
        assert report.memory.basis is Basis.ESTIMATED


def test_the_nearest_start_is_computed_from() -> None:
    many = learned_start(launch(max_num_seqs=256), 20_000, {"available_kv_bytes": int(2.5 * GIB)})
    few = learned_start(launch(gpu_memory_utilization=0.5), 9_000, {"available_kv_bytes": GIB})
    plan = memory(LearnedLimits((few, many)), gpu_memory_utilization=0.6)
    expected = GIB + 0.10 * CARD.memory_total_bytes
    assert plan.kv_cache.low <= expected <= plan.kv_cache.high, "from the start with as few requests"


def test_where_other_programs_take_from_the_same_memory_a_measurement_is_no_point() -> None:
    gb10 = card(119.0, 100.0, "12.1", "NVIDIA GB10")
    first = report_for(QWEN3_8B_AWQ, 5.7, gb10)
    assert first.launch is not None
    learned = LearnedLimits((learned_start(first.launch, 40_960, {"available_kv_bytes": 80 * GIB}),))
    second = report_for(QWEN3_8B_AWQ, 5.7, gb10, learned=learned)
    assert first.memory is not None
    assert second.memory is not None
    assert second.memory.basis is Basis.MEASURED
    width = second.memory.kv_cache.high - second.memory.kv_cache.low
    assert 2 * GIB < width < first.memory.kv_cache.high - first.memory.kv_cache.low


def test_a_start_without_figures_teaches_no_memory() -> None:
    start = learned_start(launch(), 26_608, {})
    assert memory(LearnedLimits((start,))).basis is Basis.ESTIMATED


def test_the_parts_are_those_that_were_printed() -> None:
    figures = {
        "available_kv_bytes": SEEN,
        "weights_bytes": 6 * GIB,
        "activation_bytes": GIB // 2,
        "non_torch_bytes": GIB // 8,
        "cuda_graph_bytes": GIB // 4,
    }
    plan = memory(measured(figures))
    assert plan.weights_bytes == 6 * GIB
    assert plan.activation.low == plan.activation.high == GIB // 2
    assert plan.other.low == GIB // 8
    assert plan.cuda_graphs.high == GIB // 4
