"""What stands in the way of a plan, and what a person should know."""

import pytest

from tests.builders import (
    a_gpu,
    a_machine,
    a_model,
)
from tests.core.model_configs import QWEN3_8B, QWEN3_8B_AWQ, QWEN3_VL_4B_FP8, QWEN25_7B, card, found, report_for
from tests.core.planned import kinds, planned, refused
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import Report, learned_start
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import GpuUser
from trayapp.core.problems import ProblemKind
from trayapp.core.units import GIB


def test_a_bad_config_is_a_refusal() -> None:
    assert kinds(refused(model=a_model(config={})).problems) == [ProblemKind.MODEL_FILE_BAD]


def test_a_model_that_cannot_be_stretched_is_a_refusal() -> None:
    scaled = dict(a_model().config) | {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}
    refusal = refused(model=a_model(config=scaled), enable_yarn=True)
    assert kinds(refusal.problems) == [ProblemKind.YARN_NOT_POSSIBLE]


def test_yarn_that_buys_nothing_is_told() -> None:
    model = a_model(config=QWEN3_8B, weights_bytes=int(15.3 * GIB))
    plan = planned(machine=a_machine(card(20.0, 19.5)), model=model, enable_yarn=True)
    assert ProblemKind.YARN_BUYS_NOTHING in kinds(plan.warnings)
    large = planned(machine=a_machine(card(79.0, 78.0)), model=model, enable_yarn=True)
    assert ProblemKind.YARN_BUYS_NOTHING not in kinds(large.warnings)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (a_model(weights_bytes=None), ProblemKind.WEIGHTS_ESTIMATED),
        (a_model(config={**QWEN25_7B, "max_position_embeddings": None}), ProblemKind.CONTEXT_GUESSED),
        (a_model(config={**QWEN25_7B, "auto_map": {"AutoModel": "x.Y"}}), ProblemKind.MODEL_NEEDS_CODE),
        (a_model(), ProblemKind.NO_TOOL_PARSER),
        (a_model(source="org/it", complete=False, missing_files=2), ProblemKind.MODEL_INCOMPLETE),
    ],
)
def test_what_a_person_should_know(model: FoundModel, kind: ProblemKind) -> None:
    assert kind in kinds(planned(model=model).warnings)


def test_without_a_chat_template_the_family_is_not_to_blame() -> None:
    def told(**changes: object) -> object:
        warnings = planned(model=a_model(**changes)).warnings
        return next(warning.values for warning in warnings if warning.kind is ProblemKind.NO_TOOL_PARSER)

    assert told() == {"model_type": "qwen3", "template": False}
    config = {**QWEN25_7B, "model_type": "new_text"}
    assert told(config=config, chat_template="{{ messages }}") == {"model_type": "new", "template": True}


def test_other_users_of_the_gpu_are_named_when_they_hold_much() -> None:
    users = (GpuUser(1, "ollama", 3 * GIB), GpuUser(2, "Xorg", 50 << 20), GpuUser(3, "hidden", None))
    plan = planned(machine=a_machine(a_gpu(users=users)))
    told = next(problem for problem in plan.warnings if problem.kind is ProblemKind.GPU_IN_USE)
    assert (told.values["users"], told.values["used_bytes"]) == ("ollama", 3 * GIB)


def test_a_gpu_with_the_computers_own_memory_is_told() -> None:
    plan = planned(machine=a_machine(card(119.0, 100.0, "12.1", "NVIDIA GB10")))
    assert ProblemKind.UNIFIED_MEMORY in kinds(plan.warnings)
    large = planned(machine=a_machine(card(180.0, name="NVIDIA GB100")))
    assert ProblemKind.UNIFIED_MEMORY not in kinds(large.warnings)


def rough_parts(report: Report) -> list[str]:
    return [str(told.values["reason"]) for told in report.warnings if told.kind is ProblemKind.ROUGH_ESTIMATE]


def test_that_images_make_the_plan_rough_is_told_until_a_start_has_measured_it() -> None:
    gpu = card(15.6, 15.1, "8.9")
    first = report_for(QWEN3_VL_4B_FP8, 4.5, gpu)
    assert rough_parts(first) == ["images"]
    assert rough_parts(report_for(QWEN3_8B_AWQ, 5.7, gpu)) == []
    assert rough_parts(report_for(QWEN3_VL_4B_FP8, 4.5, gpu, extra_arguments=("--language-model-only",))) == []
    assert first.launch is not None
    learned = LearnedLimits((learned_start(first.launch, 20_000, {"available_kv_bytes": 4 * GIB}),))
    assert rough_parts(report_for(QWEN3_VL_4B_FP8, 4.5, gpu, learned=learned)) == []


def test_that_many_gpus_make_the_plan_rough_is_told() -> None:
    cards = [card(23.6, 23.1, "8.9", index=index, uuid=f"GPU-{index}") for index in range(4)]
    assert rough_parts(report_for(QWEN3_8B, 15.3, *cards, tensor_parallel_size=4)) == ["gpus"]
    assert rough_parts(report_for(QWEN3_8B, 15.3, *cards, tensor_parallel_size=2)) == []


def test_float16_instead_of_bfloat16_is_told() -> None:
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5", "Tesla T4")))
    told = next(problem for problem in plan.warnings if problem.kind is ProblemKind.DTYPE_CHANGED)
    assert told.values["dtype"] == "float16"
    gemma = a_model(config={**QWEN25_7B, "model_type": "gemma2"})
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5")), model=gemma)
    assert next(p for p in plan.warnings if p.kind is ProblemKind.DTYPE_CHANGED).values["dtype"] == "float32"
    half = a_model(config={**QWEN25_7B, "torch_dtype": "float16"})
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5")), model=half)
    assert ProblemKind.DTYPE_CHANGED not in kinds(plan.warnings)


def test_bfloat16_asked_of_turing_is_refused() -> None:
    refusal = refused(machine=a_machine(card(15.0, 14.5, "7.5")), dtype="bfloat16")
    assert kinds(refusal.problems) == [ProblemKind.DTYPE_NOT_SUPPORTED]


@pytest.mark.parametrize(
    ("method", "version", "plugin"),
    [("bitsandbytes", "0.28.0", "vllm-bnb-plugin"), ("bitsandbytes", "0.25.0", ""), ("awq", "0.33.0", "")],
)
def test_methods_that_have_left_vllm_need_an_extension(method: str, version: str, plugin: str) -> None:
    config = {**QWEN25_7B, "quantization_config": {"quant_method": method}}
    report = report_for(config, 5.0, card(23.6), version=version)
    assert [problem.values.get("plugin", "") for problem in report.problems] == ([plugin] if plugin else [])


def test_gguf_needs_an_extension_from_0_25_on() -> None:
    model = found(QWEN25_7B, 5.0, weight_format="gguf")
    report = report_for(QWEN25_7B, 5.0, card(23.6), version="0.25.0", model=model)
    assert report.problems[0].values["plugin"] == "vllm-gguf-plugin"
    assert report.verdict == "unsupported"


def test_a_method_that_the_gpu_cannot_compute_is_unsupported() -> None:
    config = {**QWEN25_7B, "quantization_config": {"quant_method": "mxfp4"}}
    report = report_for(config, 5.0, card(15.0, 14.5, "7.5"))
    assert kinds(report.problems) == [ProblemKind.QUANTIZATION_NOT_SUPPORTED]
    assert report.verdict == "unsupported"
