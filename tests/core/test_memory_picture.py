"""The memory of a plan as pieces that fill the bar."""

from dataclasses import replace

from trayapp.core.memory_picture import MemoryPicture, Part, memory_picture
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


def test_an_empty_picture_has_a_width() -> None:
    assert MemoryPicture(0, ()).shown_bytes == 1
