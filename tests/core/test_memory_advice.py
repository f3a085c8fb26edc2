"""What would help is tried, not guessed."""

from typing import Any

import pytest

from tests.core.model_configs import LLAMA_8B, QWEN3_8B, QWEN3_8B_AWQ, QWEN3_VL_4B_FP8, card, found, report_for
from trayapp.core.launch_plan import Report
from trayapp.core.machine import Gpu


def ways(report: Report) -> set[str]:
    problems = [*report.problems, *report.warnings]
    return {way for problem in problems for way in str(problem.values.get("ways", "")).split(",") if way}


def of(config: dict[str, Any], weights: float | None, *gpus: Gpu, **settings: Any) -> set[str]:
    return ways(report_for(config, weights, *gpus, version="0.32.0", **settings))


def test_what_fits_needs_no_advice() -> None:
    assert of(QWEN3_8B, 15.3, card(47.0)) == set()


def test_a_larger_card_of_this_computer_is_told() -> None:
    small, large = card(11.6), card(23.6, uuid="GPU-2", index=1)
    assert "other_gpu" in of(QWEN3_8B, 15.3, small, large, gpu_uuid="GPU-1")
    assert "other_gpu" not in of(QWEN3_8B, 15.3, small, card(11.6, uuid="GPU-2", index=1), gpu_uuid="GPU-1")


def test_a_card_that_cannot_run_vllm_is_not_told() -> None:
    assert "other_gpu" not in of(QWEN3_8B, 15.3, card(11.6), card(23.9, capability="6.1", uuid="GPU-2", index=1))


def test_two_cards_together_are_told_where_the_model_can_be_split() -> None:
    cards = card(11.6), card(11.6, uuid="GPU-2", index=1)
    assert "several_gpus" in of(QWEN3_8B, 15.3, *cards)
    assert "several_gpus" not in of(QWEN3_8B | {"num_attention_heads": 33, "head_dim": 128}, 15.3, *cards)


def test_a_4_bit_variant_is_told_where_it_would_fit() -> None:
    assert "four_bits" in of(QWEN3_8B, 15.3, card(11.6))
    assert "four_bits" not in of(QWEN3_8B, 60.0, card(11.6))
    assert "smaller_model" in of(QWEN3_8B, 60.0, card(11.6))
    assert "four_bits" not in of(QWEN3_8B_AWQ, 15.3, card(11.6))
    assert "four_bits" in of(QWEN3_8B, None, card(11.6)), "known from the config alone, before the download"


def test_programs_that_hold_the_memory_are_worth_closing() -> None:
    assert "free_memory" in of(QWEN3_8B, 15.3, card(23.6, 10.0))
    assert "free_memory" not in of(QWEN3_8B, 15.3, card(11.6))


def test_a_share_that_is_too_small_can_be_raised() -> None:
    assert "more_utilization" in of(QWEN3_8B, 15.3, card(23.6), gpu_memory_utilization=0.5)
    assert "more_utilization" not in of(QWEN3_8B, 15.3, card(23.6), gpu_memory_utilization=0.95)


def test_an_fp8_cache_is_told_on_cards_that_have_it() -> None:
    assert "fp8_cache" in of(LLAMA_8B, 15.0, card(23.6, capability="8.9"))
    assert "fp8_cache" not in of(LLAMA_8B, 15.0, card(23.6, capability="8.6"))
    assert "fp8_cache" not in of(LLAMA_8B, 15.0, card(23.6, capability="8.9"), kv_cache_dtype="fp8")


def test_fewer_requests_are_told_to_those_who_asked_for_many() -> None:
    assert "fewer_sequences" in of(QWEN3_8B_AWQ, 5.7, card(8.0), max_num_seqs=256)
    assert "fewer_sequences" not in of(QWEN3_8B_AWQ, 5.7, card(8.0))


def test_eager_mode_is_told_where_it_helps_and_is_not_on() -> None:
    tight: dict[str, Any] = {"max_num_seqs": 256}
    assert "eager" in of(QWEN3_8B_AWQ, 5.7, card(8.6), **tight)
    assert "eager" not in of(QWEN3_8B_AWQ, 5.7, card(8.6), enforce_eager=True, **tight)


def test_fewer_images_are_told_to_those_who_allowed_all() -> None:
    every = ("--limit-mm-per-prompt", '{"image":99,"video":9}')
    assert "fewer_images" in of(QWEN3_VL_4B_FP8, 4.5, card(7.9, capability="8.9"), extra_arguments=every)
    assert "fewer_images" not in of(QWEN3_VL_4B_FP8, 4.5, card(5.5, capability="8.9"))


def test_a_shorter_context_is_told_to_those_who_asked_for_a_long_one() -> None:
    assert "shorter_context" in of(QWEN3_8B, 15.3, card(21.5), max_model_len=40_000)
    assert "shorter_context" not in of(QWEN3_8B, 15.3, card(21.5))


def test_a_variant_that_cannot_be_planned_is_passed_over() -> None:
    old = card(23.6, capability="7.5", uuid="GPU-2", index=1)
    found_ways = of(QWEN3_8B, 15.3, card(11.6), old, gpu_uuid="GPU-1", dtype="bfloat16")
    assert "other_gpu" not in found_ways


@pytest.mark.parametrize(("config", "told"), [(QWEN3_8B, True), (QWEN3_8B_AWQ, False)])
def test_on_the_processor_a_4_bit_variant_may_help(config: dict[str, Any], told: bool) -> None:
    from tests.builders import a_cpu_install, a_machine_without_gpu, some_settings
    from trayapp.core.launch_plan import plan_report
    from trayapp.core.learned_limits import LearnedLimits

    settings = some_settings(gpu_memory_utilization=0.4)
    model = found(config, 20.0)
    report = plan_report(settings, a_machine_without_gpu(), a_cpu_install(), model, LearnedLimits())
    assert ("four_bits" in ways(report)) is told
