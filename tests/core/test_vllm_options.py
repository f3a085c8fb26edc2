"""An option that a vLLM does not know is told before the start, with the one that was probably meant."""

import json
from pathlib import Path

import pytest

from trayapp.core.vllm_options import UnknownOption, find_unknown, find_unknown_variable

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "vllm_options.json").read_text())
OPTIONS = frozenset(RECORDED["0.32.0"]["options"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("--seed", "7"),
        ("--seed=7",),
        ("--max_logprobs", "5"),
        ("--no-enable-prefix-caching",),
        ("--hf-overrides.rope_theta", "1"),
        ("--enable-prefix-cach",),
        ("-x", "--", "word"),
        (),
    ],
)
def test_what_vllm_understands_is_no_trouble(arguments: tuple[str, ...]) -> None:
    assert find_unknown(arguments, OPTIONS) is None


def test_what_it_does_not_know_is_told_with_the_nearest() -> None:
    assert find_unknown(("--seed", "7", "--enable-prefix-cashing"), OPTIONS) == UnknownOption(
        "--enable-prefix-cashing", "--enable-prefix-caching"
    )
    assert find_unknown(("--zzzz=1",), OPTIONS) == UnknownOption("--zzzz", "")


def test_nothing_is_said_where_the_options_are_not_known() -> None:
    assert find_unknown(("--zzzz",), ()) is None


VARIABLES = frozenset({"VLLM_LOGGING_LEVEL", "VLLM_CPU_KVCACHE_SPACE", "CUDA_HOME"})


def test_a_variable_that_has_vllms_name_and_is_none_is_told_with_the_nearest() -> None:
    names = ("HF_HOME", "VLLM_LOGGING_LEVEL", "VLLM_LOGING_LEVEL")
    assert find_unknown_variable(names, VARIABLES) == UnknownOption("VLLM_LOGING_LEVEL", "VLLM_LOGGING_LEVEL")
    assert find_unknown_variable(("VLLM_FOO",), VARIABLES) == UnknownOption("VLLM_FOO", "")


def test_variables_of_other_programs_and_of_this_app_are_left_alone() -> None:
    names = ("LD_PRELOAD", "CUDA_HOME", "vllm_foo", "VLLM_TRAY_REMOTE_KEY")
    assert find_unknown_variable(names, VARIABLES) is None
    assert find_unknown_variable(("VLLM_FOO",), ()) is None, "without vLLM's own list nothing is said"
