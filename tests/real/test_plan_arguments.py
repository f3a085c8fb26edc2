"""The arguments of plans are understood by the parser of the real vLLM."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.builders import a_cpu_install, a_machine, a_machine_without_gpu, an_install, some_settings
from tests.core.model_configs import GPT_OSS_20B, QWEN3_8B, QWEN3_8B_AWQ, QWEN3_VL_4B_FP8, card, found
from trayapp.core.launch_plan import LaunchPlan, plan_launch
from trayapp.core.learned_limits import LearnedLimits

pytestmark = pytest.mark.real

PARSE = Path(__file__).with_name("parse_arguments.py")
TEMPLATE = "<tool_call>{% if enable_thinking %}<think>"


def plans() -> list[LaunchPlan]:
    large = a_machine(card(47.0, capability="8.9"))
    turing = a_machine(card(15.0, capability="7.5"))
    made = [
        plan_launch(some_settings(**settings), machine, install, found(config, 5.0, **model), LearnedLimits())
        for config, model, machine, install, settings in (
            (QWEN3_8B, {"chat_template": TEMPLATE}, large, an_install("0.32.0"), {}),
            (QWEN3_8B, {}, large, an_install("0.32.0"), {"enable_yarn": True, "max_model_len": 50_000}),
            (QWEN3_8B_AWQ, {}, turing, an_install("0.32.0"), {"enforce_eager": True, "max_num_batched_tokens": 1024}),
            (QWEN3_VL_4B_FP8, {}, large, an_install("0.32.0"), {"enable_yarn": True, "kv_cache_dtype": "fp8"}),
            (GPT_OSS_20B, {}, large, an_install("0.32.0"), {"dtype": "bfloat16"}),
            (QWEN3_8B, {"name": "Qwen3-8B-AWQ"}, large, an_install("0.32.0"), {"gpu_memory_utilization": 0.8}),
            (QWEN3_8B, {}, a_machine_without_gpu(), a_cpu_install(), {"extra_arguments": ("--seed", "7")}),
        )
    ]
    assert all(isinstance(plan, LaunchPlan) for plan in made), made
    return [plan for plan in made if isinstance(plan, LaunchPlan)]


def test_the_real_parser_understands_every_plan(vllm: Path) -> None:
    made = plans()
    done = subprocess.run(
        [vllm.with_name("python"), PARSE],
        input=json.dumps([plan.arguments[1:] for plan in made]),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PATH": "/usr/bin:/bin", "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1", "HOME": str(Path.home())},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(made), done.stderr[-2000:]
    for plan, answer in zip(made, answers, strict=True):
        assert "refused" not in answer, answer
        assert answer["model_tag"] == plan.model
        assert answer["served_model_name"] == [plan.model_name]
        assert answer["port"] == plan.port
        assert answer["max_model_len"] == (-1 if plan.max_model_len is None else plan.max_model_len)
    assert answers[1]["hf_overrides"]["max_position_embeddings"] == 81_920
    assert answers[0]["tool_call_parser"] == "hermes"
    assert answers[3]["limit_mm_per_prompt"] == {"image": 1, "video": 0}
