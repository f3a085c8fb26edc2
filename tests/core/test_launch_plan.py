"""Which context length a launch asks for, and what it learns."""

from typing import Any

import pytest

from tests.builders import (
    a_gpu,
    a_machine,
    a_model,
    a_plan,
    an_install,
    another_gpu,
)
from tests.core.model_configs import QWEN3_8B_AWQ
from tests.core.planned import kinds, planned, refused, value_of
from trayapp.core.launch_plan import LaunchPlan, LengthSource, learned_start
from trayapp.core.learned_limits import LearnedLimits, LearnedStart
from trayapp.core.problems import ProblemKind
from trayapp.core.remedy import Remedy, RemedyId
from trayapp.core.units import GIB


def test_a_new_vllm_finds_the_length_itself() -> None:
    plan = planned()
    assert (plan.max_model_len, plan.length_source) == (None, LengthSource.AUTO)
    assert value_of(plan, "--max-model-len") == "auto"


def test_an_old_vllm_tries_the_native_length_first() -> None:
    plan = planned(install=an_install("0.13.0"))
    assert (plan.max_model_len, plan.length_source) == (40_960, LengthSource.NATIVE)
    assert planned(use_auto_length=False).length_source is LengthSource.NATIVE


def test_the_users_length_comes_before_everything_else() -> None:
    plan = planned(max_model_len=8192, detected_max_model_len=9216)
    assert (plan.max_model_len, plan.length_source) == (8192, LengthSource.USER)


def test_a_detected_length_is_used_in_whole_blocks() -> None:
    plan = planned(detected_max_model_len=9_220)
    assert (plan.max_model_len, plan.length_source) == (9_216, LengthSource.DETECTED)
    assert planned(detected_max_model_len=7).max_model_len == 16
    assert planned(detected_max_model_len=99_999).max_model_len == 40_960


def learned_from(plan: LaunchPlan, max_model_len: int, **figures: int) -> LearnedLimits:
    return LearnedLimits().with_start(learned_start(plan, max_model_len, figures))


def test_a_learned_limit_is_asked_for_less_2_percent_and_every_start_after_it_is_the_same() -> None:
    learned = learned_from(planned(), 26_608)
    second = planned(learned=learned)
    assert (second.max_model_len, second.length_source) == (26_064, LengthSource.LEARNED)
    learned = learned.with_start(learned_start(second, 26_064, {}))
    assert planned(learned=learned).max_model_len == 26_064


def test_a_model_whose_own_length_was_reached_needs_no_head_room() -> None:
    plan = planned(learned=learned_from(planned(), 40_960))
    assert (plan.max_model_len, plan.length_source) == (40_960, LengthSource.LEARNED)


@pytest.mark.parametrize(
    "other",
    [
        {"machine": a_machine(another_gpu())},
        {"install": an_install("0.33.0")},
        {"model": a_model(revision="another")},
        {"max_num_seqs": 64},
        {"kv_cache_dtype": "fp8"},
        {"gpu_memory_utilization": 0.5},
        {"extra_arguments": ("--swap-space", "0")},
        {"enable_yarn": True},
    ],
)
def test_a_limit_holds_for_one_card_model_version_and_flags_only(other: dict[str, Any]) -> None:
    assert planned(learned=learned_from(planned(), 26_608), **other).length_source is LengthSource.AUTO


def test_coming_back_to_the_old_card_finds_its_limit_again() -> None:
    learned = learned_from(planned(), 26_608)
    other = a_machine(another_gpu())
    learned = learned.with_start(learned_start(planned(machine=other), 36_000, {}))
    assert planned(learned=learned).max_model_len == 26_064
    assert planned(machine=other, learned=learned).max_model_len == 35_280


def test_with_less_free_memory_than_then_less_is_asked_for() -> None:
    model = a_model(config=QWEN3_8B_AWQ, weights_bytes=int(5.7 * GIB))
    first = planned(model=model)
    learned = learned_from(first, 26_608, available_kv_bytes=int(3.66 * GIB))
    assert planned(model=model, learned=learned).max_model_len == 26_064
    busy = a_machine(a_gpu(memory_free_bytes=10 * GIB))
    plan = planned(machine=busy, model=model, learned=learned)
    assert plan.length_source is LengthSource.LEARNED
    assert plan.max_model_len is not None
    assert plan.max_model_len < 24_000


def share_of(plan: LaunchPlan) -> float:
    return float(plan.arguments[plan.arguments.index("--gpu-memory-utilization") + 1])


def test_a_share_that_was_too_much_is_not_tried_again_by_a_start_that_chooses_it() -> None:
    second = planned(lowered_utilization=0.75)
    assert share_of(planned()) > share_of(second) == 0.75
    assert second.limit_key == planned().limit_key
    lower, free = (Remedy(which, True) for which in (RemedyId.LOWER_UTILIZATION, RemedyId.TAKE_WHAT_IS_FREE))
    learned = LearnedLimits((learned_start(second, 20_000, {}, (lower,)),))
    assert share_of(planned(learned=learned)) == 0.75
    assert share_of(planned(learned=learned, lowered_utilization=0.7)) == 0.7
    assert share_of(planned(learned=learned, gpu_memory_utilization=0.95)) == 0.95, "the person's word"
    assert share_of(planned(learned=learned, machine=a_machine(a_gpu(memory_free_bytes=8 * GIB)))) < 0.75
    others = LearnedLimits((learned_start(second, 20_000, {}, (free, lower)),))
    assert share_of(planned(learned=others)) == share_of(planned()), "other programs were in the way"


def test_what_a_start_teaches() -> None:
    plan = planned()
    start = learned_start(plan, 26_608, {"available_kv_bytes": 7})
    assert start.max_model_len == 26_608
    assert start.key == plan.limit_key
    assert start.gpu_memory_utilization == 0.89
    assert start.max_num_seqs == 16
    user = planned(max_model_len=8192)
    assert learned_start(user, 8192, {}).max_model_len == 0, "that it works is no limit"
    assert learned_start(a_plan(), 100, {}) == LearnedStart(a_plan().limit_key, max_model_len=100, figures={})


def test_a_stretched_model_may_be_as_long_as_yarn_makes_it() -> None:
    plan = planned(enable_yarn=True, yarn_factor=2.0, install=an_install("0.13.0"))
    assert plan.max_model_len == 81_920
    assert plan.native_context == 40_960
    assert "--hf-overrides" in plan.arguments
    assert planned(enable_yarn=True, max_model_len=60_000).max_model_len == 60_000
    assert planned(enable_yarn=True).max_model_len is None


def test_a_length_that_the_model_cannot_is_refused_with_what_it_can() -> None:
    refusal = refused(max_model_len=50_000)
    assert kinds(refusal.problems) == [ProblemKind.CONTEXT_TOO_LONG]
    assert refusal.problems[0].values["longest"] == 40_960
    allowed = {"VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1"}
    assert planned(max_model_len=50_000, environment=allowed).max_model_len == 50_000
