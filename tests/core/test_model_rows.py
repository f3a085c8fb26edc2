"""What fits this computer best comes first."""

from trayapp.core.memory_plan import Verdict
from trayapp.core.model_rows import ModelRow, Place, best_first, last_used_first, smaller_that_fits


def row(name: str, verdict: Verdict | None, parameters: int = 0, **values: object) -> ModelRow:
    return ModelRow(name, name, Place.HUB, verdict=verdict, parameters=parameters, **values)  # type: ignore[arg-type]


def names(rows: "tuple[ModelRow, ...]") -> list[str]:
    return [row.name for row in rows]


ROWS = (
    row("unknown", None),
    row("unsupported", Verdict.UNSUPPORTED),
    row("far too large", Verdict.DOES_NOT_FIT, 70_000_000_000),
    row("too large", Verdict.DOES_NOT_FIT, 32_000_000_000),
    row("cramped", Verdict.REDUCED_CONTEXT, 14_000_000_000, context=1024),
    row("small", Verdict.FITS, 600_000_000),
    row("good, 4 bits", Verdict.REDUCED_CONTEXT, 8_000_000_000, context=20_000, size_bytes=6, quantization="awq"),
    row("good", Verdict.REDUCED_CONTEXT, 8_000_000_000, context=20_000, size_bytes=16),
)


def test_on_a_gpu_the_largest_that_fits_with_a_useful_context_is_first() -> None:
    assert names(best_first(ROWS, on_cpu=False)) == [
        *("good", "good, 4 bits", "small", "cramped", "too large", "far too large", "unsupported", "unknown"),
    ]


def test_what_needs_a_token_comes_after_what_is_free() -> None:
    rows = (row("gated", Verdict.FITS, 9, gated=True), row("free", Verdict.FITS, 3), row("large", Verdict.DOES_NOT_FIT))
    assert names(best_first(rows, on_cpu=False)) == ["free", "gated", "large"]


def test_on_a_processor_small_ones_come_before_slow_ones() -> None:
    assert names(best_first(ROWS, on_cpu=True))[:2] == ["small", "good"]


def test_what_is_here_begins_with_what_was_used_last() -> None:
    rows = (
        row("old", None, last_used_s=1.0, size_bytes=9),
        row("new", None, last_used_s=2.0, size_bytes=5),
        row("large", None, last_used_s=1.0, size_bytes=90),
    )
    assert names(last_used_first(rows)) == ["new", "large", "old"]


def test_a_model_fits_with_a_shorter_context_too() -> None:
    assert [item.fits for item in ROWS] == [False, False, False, False, True, True, True, True]


def test_instead_of_a_model_that_was_too_large_the_first_smaller_one_that_fits_is_taken() -> None:
    rows = (
        row("failed", Verdict.FITS, size_bytes=9),
        row("as large", Verdict.FITS, size_bytes=9),
        row("does not fit", Verdict.DOES_NOT_FIT, size_bytes=8),
        row("cramped", Verdict.REDUCED_CONTEXT, context=1024, size_bytes=7),
        row("nothing known", Verdict.FITS),
        row("shorter", Verdict.REDUCED_CONTEXT, context=20_000, size_bytes=6),
        row("small", Verdict.FITS, size_bytes=5),
    )
    taken = smaller_that_fits(rows, "failed", 9)
    assert taken is not None
    assert taken.name == "shorter"
    assert smaller_that_fits(rows, "failed", 5) is None
    of_unknown_size = smaller_that_fits(rows, "failed", 0)
    assert of_unknown_size is not None
    assert of_unknown_size.name == "as large"
