"""YaRN in the form that each version of vLLM wants."""

import json
from typing import Any

import pytest

from tests.builders import a_version
from tests.core.model_configs import GEMMA3_12B, GPT_OSS_20B, LLAMA_8B, QWEN3_8B, QWEN3_VL_4B_FP8, QWEN25_7B, found
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.rope import Stretch, plan_stretch


def facts(config: dict[str, Any]) -> ModelFacts:
    read = read_model_facts(found(config))
    assert isinstance(read, ModelFacts)
    return read


def stretch(config: dict[str, Any], version: str, factor: float = 4.0) -> Stretch:
    planned = plan_stretch(facts(config), a_version(version), factor)
    assert isinstance(planned, Stretch)
    return planned


def override(config: dict[str, Any], version: str, flag: str = "--hf-overrides") -> dict[str, Any]:
    arguments = stretch(config, version).arguments
    assert arguments[0] == flag
    read = json.loads(arguments[1])
    assert isinstance(read, dict)
    return read


@pytest.mark.parametrize("version", ["0.6.6", "0.8.5", "0.11.0"])
def test_until_0_11_0_there_is_a_flag_of_its_own(version: str) -> None:
    assert override(QWEN25_7B, version, "--rope-scaling") == {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 32768,
    }


def test_0_11_1_and_2_take_an_override_in_the_old_form() -> None:
    assert override(QWEN25_7B, "0.11.2") == {
        "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768}
    }


@pytest.mark.parametrize("version", ["0.12.0", "0.21.0", "0.29.0"])
def test_from_0_12_on_the_override_holds_every_rope_key_of_the_model(version: str) -> None:
    assert override(QWEN25_7B, version) == {
        "rope_parameters": {
            "rope_theta": 1000000.0,
            "rope_type": "yarn",
            "factor": 4.0,
            "original_max_position_embeddings": 32768,
        }
    }


@pytest.mark.parametrize("version", ["0.30.0", "0.32.0", "0.33.0"])
def test_from_0_30_on_the_length_is_said_too(version: str) -> None:
    assert override(QWEN25_7B, version)["max_position_embeddings"] == 131_072


def test_every_other_rope_key_is_copied() -> None:
    config = QWEN3_8B | {
        "rope_parameters": {
            "rope_type": "default",
            "rope_theta": 5e6,
            "partial_rotary_factor": 0.25,
            "mrope_section": [24, 20, 20],
            "mrope_interleaved": True,
        }
    }
    parameters = override(config, "0.32.0")["rope_parameters"]
    assert parameters == config["rope_parameters"] | {
        "rope_type": "yarn",
        "factor": 4.0,
        "original_max_position_embeddings": 40960,
    }


def test_mrope_in_the_old_form_is_not_mistaken_for_a_scaling() -> None:
    config = QWEN25_7B | {"rope_scaling": {"type": "mrope", "mrope_section": [16, 24, 24]}}
    assert override(config, "0.32.0")["rope_parameters"]["mrope_section"] == [16, 24, 24]
    assert "type" not in override(config, "0.32.0")["rope_parameters"]


def test_a_nested_config_gets_a_nested_override() -> None:
    text = override(QWEN3_VL_4B_FP8, "0.21.0")["text_config"]
    assert text["max_position_embeddings"] == 4 * 262_144
    assert text["rope_parameters"]["original_max_position_embeddings"] == 262_144
    deep = {"thinker_config": {"text_config": QWEN3_8B}}
    assert override(deep, "0.32.0")["thinker_config"]["text_config"]["max_position_embeddings"] == 163_840


def test_where_layers_have_rope_of_their_own_only_the_full_ones_are_stretched() -> None:
    local = {"rope_type": "default", "rope_theta": 10000.0}
    config = QWEN25_7B | {"rope_parameters": {"full_attention": {"rope_theta": 1e6}, "sliding_attention": local}}
    parameters = override(config, "0.32.0")["rope_parameters"]
    assert parameters["sliding_attention"] == local
    assert parameters["full_attention"]["rope_type"] == "yarn"
    assert parameters["full_attention"]["rope_theta"] == 1e6


def test_the_length_grows_by_the_factor() -> None:
    assert stretch(QWEN3_8B, "0.32.0", 2.0).max_model_len == 81_920
    assert stretch(QWEN3_8B, "0.32.0", 1.5).max_model_len == 61_440


@pytest.mark.parametrize(
    ("config", "version", "reason"),
    [
        (GPT_OSS_20B, "0.32.0", "already_scaled"),
        (LLAMA_8B, "0.32.0", "already_scaled"),
        (GEMMA3_12B, "0.32.0", "already_scaled"),
        (QWEN25_7B | {"rope_scaling": {"type": "longrope"}}, "0.32.0", "longrope"),
        ({**QWEN25_7B, "max_position_embeddings": None}, "0.32.0", "no_rope"),
        (
            {**QWEN25_7B, "max_position_embeddings": None, "n_positions": 1024, "rope_theta": None},
            "0.32.0",
            "no_rope",
        ),
        (QWEN3_VL_4B_FP8, "0.10.2", "version"),
    ],
)
def test_a_model_that_cannot_be_stretched_says_why(config: dict[str, Any], version: str, reason: str) -> None:
    planned = plan_stretch(facts(config), a_version(version), 2.0)
    assert isinstance(planned, Problem)
    assert planned.kind is ProblemKind.YARN_NOT_POSSIBLE
    assert planned.values["reason"] == reason


def test_gemma_3_without_a_scaling_says_its_length_in_every_version() -> None:
    config = {**GEMMA3_12B["text_config"], "rope_scaling": None}
    assert override(config, "0.21.0")["max_position_embeddings"] == 4 * 131_072
