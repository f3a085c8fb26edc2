"""An option that a vLLM does not know is told before the start, with the one that was probably meant."""

import json
from pathlib import Path

import pytest

from trayapp.core.vllm_options import UnknownOption, find_unknown

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
