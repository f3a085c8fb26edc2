"""Tool calls and thinking, for the families that are known."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.model_configs import QWEN3_8B, card, found, report_for

LISTS = json.loads((Path(__file__).parents[1] / "data" / "vllm_options.json").read_text(encoding="utf-8"))

HERMES = "<tool_call>\n{{ call }}\n</tool_call>"
THINKS = "{% if enable_thinking %}<think>{% endif %}"
CODER = "<tool_call>\n<function=name>"
V3 = "<｜tool▁calls▁begin｜>function\n```json"
R1 = "<｜Assistant｜><think>\n"


def flags(model_type: str, template: str = "", version: str = "0.32.0", **settings: Any) -> dict[str, str]:
    config = QWEN3_8B | {"model_type": model_type}
    model = found(config, 5.0, chat_template=template)
    report = report_for(config, 5.0, card(24.0), version=version, model=model, **settings)
    assert report.launch is not None
    arguments = report.launch.arguments
    names = ("--tool-call-parser", "--reasoning-parser")
    found_flags = {name: arguments[arguments.index(name) + 1] for name in names if name in arguments}
    assert ("--enable-auto-tool-choice" in arguments) is ("--tool-call-parser" in found_flags)
    told = any(problem.kind == "no_tool_parser" for problem in report.warnings)
    own = "--tool-call-parser=mine" in arguments
    assert told is not ("--tool-call-parser" in found_flags or own), "the plan says when it knows none"
    return {name.split("-")[2]: value for name, value in found_flags.items()}


@pytest.mark.parametrize(
    ("model_type", "template", "expected"),
    [
        ("qwen3", HERMES + THINKS, {"tool": "hermes", "reasoning": "qwen3"}),
        ("qwen3", HERMES, {"tool": "hermes"}),
        ("qwen2", HERMES, {"tool": "hermes"}),
        ("qwen3_moe", CODER, {"tool": "qwen3_coder"}),
        ("qwen3_5", CODER + THINKS, {"tool": "qwen3_coder", "reasoning": "qwen3"}),
        ("llama", "<|python_tag|>", {"tool": "llama3_json"}),
        ("llama", "Environment: ipython", {"tool": "llama3_json"}),
        ("llama", HERMES, {"tool": "hermes"}),
        ("llama", R1, {"reasoning": "deepseek_r1"}),
        ("llama", "[TOOL_CALLS]", {"tool": "mistral"}),
        ("mistral", "", {"tool": "mistral"}),
        ("deepseek_v3", V3, {"tool": "deepseek_v3"}),
        ("deepseek_v3", V3.replace("```json", ""), {"tool": "deepseek_v31"}),
        ("gpt_oss", "", {"tool": "openai", "reasoning": "openai_gptoss"}),
        ("granite", "", {"tool": "granite"}),
        ("glm4_moe", "", {"tool": "glm45", "reasoning": "glm45"}),
        ("smollm3", HERMES + THINKS, {"tool": "hermes"}),
        ("never_heard_of", "", {}),
    ],
)
def test_the_parsers_of_the_families(model_type: str, template: str, expected: dict[str, str]) -> None:
    assert flags(model_type, template) == expected


def test_a_version_without_the_name_gets_none() -> None:
    assert flags("gpt_oss", version="0.9.2") == {}
    assert flags("qwen3", HERMES + THINKS, version="0.8.5") == {"tool": "hermes"}


def test_the_users_own_parsers_are_left_alone() -> None:
    own = ("--enable-auto-tool-choice", "--tool-call-parser=mine", "--reasoning-parser=mine")
    config = QWEN3_8B
    model = found(config, 5.0, chat_template=HERMES + THINKS)
    report = report_for(config, 5.0, card(24.0), model=model, extra_arguments=own)
    assert report.launch is not None
    assert report.launch.arguments[-3:] == own
    assert "hermes" not in report.launch.arguments
    assert not any(problem.kind == "no_tool_parser" for problem in report.warnings)


@pytest.mark.parametrize("version", LISTS)
def test_every_name_is_in_the_lists_of_the_version(version: str) -> None:
    from trayapp.core import tool_parsers

    templates = ["", HERMES + THINKS, CODER, V3, V3.replace("```json", ""), R1, "<|python_tag|>", "[TOOL_CALLS]"]
    types = {*tool_parsers._TOOLS_BY_TYPE, *tool_parsers._THINKING_BY_TYPE, "qwen3", "llama", "deepseek_v3"}
    for model_type in sorted(types):
        for template in templates:
            chosen = flags(model_type, template, version)
            assert chosen.get("tool", "hermes") in LISTS[version]["tool_parsers"]
            if "reasoning" in chosen:
                assert chosen["reasoning"] in LISTS[version]["reasoning_parsers"]
