"""The memory of a plan as pieces that fill the bar."""

from dataclasses import replace

import pytest

from tests.builders import a_gpu, a_plan
from trayapp.core.live_figures import MemoryInUse
from trayapp.core.memory_picture import MemoryPicture, Part, live_picture, memory_picture
from trayapp.core.memory_plan import NOTHING, Basis, MemoryPlan, Span, Verdict
from trayapp.core.units import GIB

PLAN = MemoryPlan(
    verdict=Verdict.REDUCED_CONTEXT,
    basis=Basis.ESTIMATED,
    total_bytes=12 * GIB,
    free_bytes=11 * GIB,
    reserve_bytes=GIB // 2,
    budget_bytes=10 * GIB,
    weights_bytes=6 * GIB,
    activation=Span(GIB // 4, GIB // 2),
    other=Span(0, GIB // 2),
    cuda_graphs=NOTHING,
    graphs_in_budget=True,
    kv_cache=Span(3 * GIB, 4 * GIB),
    kv_bytes_per_token=147456.0,
    kv_cache_tokens=Span(21840, 29120),
    native_context=40960,
    wanted_context=40960,
    largest_that_fits=Span(21840, 29120),
    planned_context=21392,
)


def sizes(picture: MemoryPicture) -> dict[Part, float]:
    return {segment.part: segment.size_bytes / GIB for segment in picture.segments}


def test_the_pieces_fill_the_memory() -> None:
    picture = memory_picture(PLAN, of_gpu=True)
    assert sizes(picture) == {
        Part.OTHERS: 1,
        Part.WEIGHTS: 6,
        Part.WORKING: 1,
        Part.KV_CACHE: 3,
        Part.RESERVE: 0.5,
        Part.FREE: 0.5,
    }
    assert picture.shown_bytes == picture.total_bytes
    assert [segment.tokens for segment in picture.segments if segment.tokens] == [21840]


def test_what_is_measured_is_told_from_what_is_estimated() -> None:
    estimated = memory_picture(PLAN, of_gpu=True)
    assert {segment.part for segment in estimated.segments if not segment.measured} == {
        Part.WORKING,
        Part.KV_CACHE,
        Part.FREE,
    }
    measured = memory_picture(replace(PLAN, basis=Basis.MEASURED), of_gpu=True)
    assert all(segment.measured for segment in measured.segments)


def test_graphs_beside_the_budget_take_from_what_is_free() -> None:
    picture = memory_picture(replace(PLAN, graphs_in_budget=False, cuda_graphs=Span(0, GIB // 4)), of_gpu=True)
    assert sizes(picture)[Part.WORKING] == 1.25
    assert sizes(picture)[Part.FREE] == 0.25


def test_what_is_missing_stands_beyond_the_memory() -> None:
    too_large = replace(PLAN, weights_bytes=13 * GIB, kv_cache=Span(-4 * GIB, -3 * GIB), kv_cache_tokens=NOTHING)
    picture = memory_picture(too_large, of_gpu=True)
    assert sizes(picture)[Part.MISSING] == 3.25
    assert Part.KV_CACHE not in sizes(picture)
    assert picture.shown_bytes == picture.total_bytes + 3.25 * GIB


GPU = a_gpu(memory_total_bytes=12 * GIB, memory_free_bytes=11 * GIB)
RUNS = a_plan(gpus=(GPU,), memory=PLAN)
FIGURES = {"weights_bytes": 5 * GIB, "available_kv_bytes": 3 * GIB, "kv_cache_tokens": 21840}


def measured(picture: MemoryPicture | None) -> dict[Part, tuple[float, bool]]:
    assert picture is not None
    assert picture.shown_bytes == picture.total_bytes
    return {segment.part: (segment.size_bytes / GIB, segment.measured) for segment in picture.segments}


def test_a_model_that_runs_is_shown_as_the_driver_and_the_log_measured_it() -> None:
    picture = live_picture(RUNS, FIGURES, MemoryInUse(11 * GIB, 12 * GIB, 9 * GIB))
    assert measured(picture) == {
        Part.OTHERS: (2, True),  # one more than before the start
        Part.WEIGHTS: (5, True),
        Part.WORKING: (1, True),
        Part.KV_CACHE: (3, True),
        Part.RESERVE: (0.5, True),
        Part.FREE: (0.5, True),
    }
    assert picture is not None
    assert picture.of_gpu
    assert [segment.tokens for segment in picture.segments if segment.tokens] == [21840]


def test_where_the_driver_does_not_tell_what_the_server_holds_other_programs_are_those_of_before() -> None:
    picture = live_picture(RUNS, FIGURES, MemoryInUse(11 * GIB, 12 * GIB))
    assert measured(picture) == {
        Part.OTHERS: (1, False),
        Part.WEIGHTS: (5, True),
        Part.WORKING: (2, False),
        Part.KV_CACHE: (3, True),
        Part.RESERVE: (0.5, True),
        Part.FREE: (0.5, True),
    }


def test_what_the_log_does_not_say_is_the_plans_and_an_estimate_unless_it_was_measured_before() -> None:
    now = MemoryInUse(11 * GIB, 12 * GIB, 10 * GIB)
    assert measured(live_picture(RUNS, {}, now))[Part.KV_CACHE] == (3, False)
    assert measured(live_picture(RUNS, {}, now))[Part.WORKING] == (1, False)
    before = a_plan(gpus=(GPU,), memory=replace(PLAN, basis=Basis.MEASURED))
    assert measured(live_picture(before, {}, now))[Part.KV_CACHE] == (3, True)


def test_the_sizes_of_several_gpus_are_added_up() -> None:
    several = a_plan(gpus=(GPU, GPU), memory=PLAN)
    picture = live_picture(several, FIGURES, MemoryInUse(20 * GIB, 24 * GIB))
    assert {part: size for part, (size, _measured) in measured(picture).items()} == {
        Part.OTHERS: 2,
        Part.WEIGHTS: 10,
        Part.WORKING: 2,
        Part.KV_CACHE: 6,
        Part.RESERVE: 1,
        Part.FREE: 3,
    }


def test_a_server_that_holds_less_than_was_said_is_shown_no_larger_than_it_is() -> None:
    picture = live_picture(RUNS, FIGURES, MemoryInUse(8 * GIB, 12 * GIB, 7 * GIB))
    assert measured(picture)[Part.KV_CACHE] == (2, False)
    assert picture is not None
    assert not any(segment.tokens for segment in picture.segments), "so many tokens are not held by less"


def test_without_a_gpu_it_is_the_memory_of_the_computer() -> None:
    picture = live_picture(a_plan(on_cpu=True, memory=PLAN), {}, MemoryInUse(10 * GIB, 12 * GIB))
    assert picture is not None
    assert not picture.of_gpu
    assert measured(picture)[Part.OTHERS] == (1, False)


@pytest.mark.parametrize("now", [MemoryInUse(), MemoryInUse(GIB, 0)])
def test_there_is_no_picture_where_nobody_tells_what_is_in_use(now: MemoryInUse) -> None:
    assert live_picture(RUNS, FIGURES, now) is None
    assert live_picture(a_plan(), FIGURES, MemoryInUse(GIB, 2 * GIB)) is None, "nothing was planned"


def test_an_empty_picture_has_a_width() -> None:
    assert MemoryPicture(0, ()).shown_bytes == 1
