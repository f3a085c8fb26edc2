"""The words of the command line, and the environment."""

import json

import pytest

from tests.builders import (
    a_machine,
    a_model,
    an_install,
    another_gpu,
)
from tests.core.model_configs import QWEN3_8B_AWQ, QWEN3_VL_4B_FP8
from tests.core.planned import kinds, planned, refused, value_of
from trayapp.core.problems import ProblemKind
from trayapp.core.units import GIB


def test_the_command_serves_the_model_here_and_nowhere_else() -> None:
    plan = planned()
    assert plan.arguments[:2] == ("serve", "/models/Qwen3-0.6B")
    assert value_of(plan, "--host") == "127.0.0.1"
    assert value_of(plan, "--port") == "8000"
    assert value_of(plan, "--served-model-name") == "Qwen3-0.6B"
    assert value_of(plan, "--max-num-seqs") == "16"
    assert "--disable-uvicorn-access-log" in plan.arguments
    assert "--disable-uvicorn-access-log" not in planned(install=an_install("0.7.3")).arguments


def test_what_the_settings_say_becomes_a_flag() -> None:
    plan = planned(
        max_num_seqs=3,
        max_num_batched_tokens=1024,
        kv_cache_dtype="fp8",
        dtype="float16",
        quantization="fp8",
        enforce_eager=True,
        extra_arguments=("--seed", "7"),
    )
    flags = ("--max-num-seqs", "--max-num-batched-tokens", "--kv-cache-dtype", "--dtype", "--quantization", "--seed")
    assert [value_of(plan, flag) for flag in flags] == ["3", "1024", "fp8", "float16", "fp8", "7"]
    assert "--enforce-eager" in plan.arguments
    assert plan.arguments[-2:] == ("--seed", "7"), "what the user adds comes last, so that it wins"


@pytest.mark.parametrize("asked", ["auto", "awq_marlin", "none"])
def test_a_checkpoint_that_names_its_method_gets_no_flag(asked: str) -> None:
    plan = planned(model=a_model(config=QWEN3_8B_AWQ, weights_bytes=5 * GIB), quantization=asked)
    assert "--quantization" not in plan.arguments
    assert (ProblemKind.QUANTIZATION_IGNORED in kinds(plan.warnings)) is (asked == "awq_marlin")


def test_a_method_known_by_name_only_gets_the_flag_of_its_version() -> None:
    model = a_model(name="Qwen3-8B-AWQ", weights_bytes=5 * GIB)
    assert value_of(planned(model=model, install=an_install("0.11.0")), "--quantization") == "awq_marlin"
    assert value_of(planned(model=model, quantization="none"), "--quantization") is None


@pytest.mark.parametrize(
    ("argument", "setting"),
    [
        ("--port", "port"),
        ("--port=9000", "port"),
        ("--max_model_len", "max_model_len"),
        ("-tp", "tensor_parallel_size"),
        ("--served-model-name", "served_model_name"),
    ],
)
def test_an_extra_argument_that_contradicts_the_plan_is_refused(argument: str, setting: str) -> None:
    refusal = refused(extra_arguments=("--seed", "7", argument))
    assert kinds(refusal.problems) == [ProblemKind.ARGUMENT_NOT_ALLOWED]
    values = refusal.problems[0].values
    assert (values["argument"], values["setting"]) == (argument, setting)


def test_one_image_a_prompt_unless_the_user_says_otherwise() -> None:
    model = a_model(config=QWEN3_VL_4B_FP8, weights_bytes=4 * GIB)
    machine = a_machine(another_gpu())
    plan = planned(machine=machine, model=model)
    assert json.loads(value_of(plan, "--limit-mm-per-prompt") or "") == {"image": 1, "video": 0}
    assert ProblemKind.IMAGES_LIMITED in kinds(plan.warnings)
    own = planned(machine=machine, model=model, extra_arguments=("--language-model-only",))
    assert "--limit-mm-per-prompt" not in own.arguments
    old = planned(machine=machine, model=model, install=an_install("0.8.5"))
    assert "--limit-mm-per-prompt" not in old.arguments


def test_the_environment_is_quiet_and_tells_nobody() -> None:
    environment = planned().environment
    assert environment["VLLM_NO_USAGE_STATS"] == "1"
    assert environment["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["VLLM_LOGGING_COLOR"] == "0"
    assert environment["VLLM_DISABLE_LOG_LOGO"] == "1"


def test_the_parts_of_a_server_speak_to_each_other_on_this_computer_only() -> None:
    assert planned().environment["VLLM_HOST_IP"] == "127.0.0.1"
    own = planned(environment={"VLLM_HOST_IP": "192.0.2.7"})
    assert own.environment["VLLM_HOST_IP"] == "192.0.2.7"


def test_names_that_an_old_version_does_not_know_are_left_out() -> None:
    assert "VLLM_LOGGING_COLOR" not in planned(install=an_install("0.11.2")).environment
    assert "VLLM_DISABLE_LOG_LOGO" not in planned(install=an_install("0.14.0")).environment


def test_a_model_that_is_not_complete_may_use_the_network() -> None:
    assert "HF_HUB_OFFLINE" not in planned(model=a_model(source="org/it", complete=False)).environment


def test_a_folder_without_its_weights_is_refused_unless_none_are_wanted() -> None:
    empty = a_model(complete=False, weights_bytes=None)
    assert kinds(refused(model=empty).problems) == [ProblemKind.MODEL_INCOMPLETE]
    assert planned(model=empty, anyway=True).arguments
    assert planned(model=empty, extra_arguments=("--load-format", "dummy")).arguments


def test_compilers_beside_the_executable_are_found() -> None:
    assert planned(a_machine(search_path="/usr/bin")).environment["PATH"] == "/opt/vllm/bin:/usr/bin"
    assert planned().environment["PATH"].startswith("/opt/vllm/bin:/usr/")
    assert "PATH" not in planned(install=an_install(executable="vllm")).environment


def test_the_users_environment_wins() -> None:
    plan = planned(environment={"PYTHONUNBUFFERED": "0", "MINE": "1"})
    assert (plan.environment["PYTHONUNBUFFERED"], plan.environment["MINE"]) == ("0", "1")
