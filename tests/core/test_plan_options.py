"""Every option of a plan stands in the option list of the version, taken from its wheel (tests/data)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_cpu_install, a_machine_without_gpu, some_settings
from tests.core.model_configs import (
    GEMMA3_12B,
    GPT_OSS_20B,
    QWEN3_8B,
    QWEN3_8B_AWQ,
    QWEN3_VL_4B_FP8,
    card,
    found,
    report_for,
)
from trayapp.core.launch_plan import LaunchPlan, plan_launch
from trayapp.core.learned_limits import LearnedLimits

LISTS = json.loads((Path(__file__).parents[1] / "data" / "vllm_options.json").read_text(encoding="utf-8"))
TEMPLATE = "<tool_call>{% if enable_thinking %}<think>"

PLANS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (QWEN3_8B, {}),
    (QWEN3_8B_AWQ, {"kv_cache_dtype": "fp8", "max_model_len": 8192}),
    (
        QWEN3_8B,
        {
            "enforce_eager": True,
            "dtype": "bfloat16",
            "max_num_batched_tokens": 2048,
            "max_num_seqs": 4,
            "gpu_memory_utilization": 0.8,
            "quantization": "fp8",
            "tensor_parallel_size": 2,
        },
    ),
    (QWEN3_8B, {"enable_yarn": True, "yarn_factor": 2.0}),
    (QWEN3_VL_4B_FP8, {}),
    (GEMMA3_12B, {}),
    (GPT_OSS_20B, {}),
]


@pytest.mark.parametrize("version", LISTS)
@pytest.mark.parametrize(("config", "settings"), PLANS)
def test_every_option_is_one_of_the_version(version: str, config: dict[str, Any], settings: dict[str, Any]) -> None:
    cards = (card(48.0, capability="8.9"), card(48.0, capability="8.9", uuid="GPU-2", index=1))
    model = found(config, 5.0, chat_template=TEMPLATE)
    report = report_for(config, 5.0, *cards, version=version, model=model, **settings)
    assert report.launch is not None
    options = {word for word in report.launch.arguments if word.startswith("--")}
    assert options <= set(LISTS[version]["options"])


def test_a_plan_for_the_processor_has_the_same_options() -> None:
    settings = some_settings(enable_yarn=True)
    plan = plan_launch(settings, a_machine_without_gpu(), a_cpu_install(), found(QWEN3_8B, 1.0), LearnedLimits())
    assert isinstance(plan, LaunchPlan)
    assert {word for word in plan.arguments if word.startswith("--")} <= set(LISTS["0.32.0"]["options"])
