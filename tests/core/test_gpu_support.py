"""What each generation of GPUs can do, by version."""

import pytest

from tests.builders import a_version
from tests.core.model_configs import card
from trayapp.core.gpu_support import (
    dtype_for,
    fp8_cache_problem,
    generation,
    gpu_values,
    has_fp8_cache,
    least_capability,
    quantization_problem,
    shares_memory,
    support_problem,
)
from trayapp.core.problems import Problem
from trayapp.core.quantization import Quantization, quantization_argument


@pytest.mark.parametrize(
    ("capability", "version", "supported"),
    [
        ("5.2", "0.6.6", False),
        ("6.1", "0.6.6", False),
        ("6.1", "0.33.0", False),
        ("7.0", "0.18.0", True),
        ("7.0", "0.21.0", False),
        ("7.5", "0.33.0", True),
        ("8.0", "0.33.0", True),
        ("8.6", "0.6.6", True),
        ("8.9", "0.33.0", True),
        ("9.0", "0.33.0", True),
        ("10.0", "0.33.0", True),
        ("12.0", "0.33.0", True),
        ("12.0", "0.8.5", False),
        ("12.0", "0.9.2", True),
    ],
)
def test_which_version_has_code_for_which_card(capability: str, version: str, supported: bool) -> None:
    assert (support_problem(card(24, capability=capability), a_version(version)) is None) is supported


def test_the_way_out_is_an_older_or_a_newer_version_or_none() -> None:
    def values(capability: str, version: str) -> tuple[object, object]:
        problem = support_problem(card(24, capability=capability), a_version(version))
        assert problem is not None
        return problem.values["last_version"], problem.values["first_version"]

    assert values("6.1", "0.33.0") == ("", "")
    assert values("7.0", "0.33.0") == ("0.18", "")
    assert values("12.0", "0.8.5") == ("", "0.9")


def test_a_card_that_does_not_tell_its_capability_is_given_the_benefit_of_the_doubt() -> None:
    unknown = card(24, compute_capability=None)
    assert support_problem(unknown, a_version()) is None
    assert fp8_cache_problem(unknown) is None
    assert not has_fp8_cache(unknown)
    assert quantization_problem(unknown, Quantization("fp8", 8, declared=True), a_version()) is None
    assert dtype_for(unknown, "llama", "bfloat16") == "bfloat16"
    assert gpu_values(unknown)["compute_capability"] == "?"


@pytest.mark.parametrize(
    ("capability", "model_type", "asked", "flag"),
    [
        ("8.6", "qwen3", "auto", ""),
        ("8.6", "qwen3", "half", "half"),
        ("7.5", "qwen3", "auto", "half"),
        ("7.5", "gemma3_text", "auto", "float32"),
        ("7.5", "qwen3", "float16", "float16"),
    ],
)
def test_turing_computes_in_float16_unless_the_model_cannot(
    capability: str, model_type: str, asked: str, flag: str
) -> None:
    assert dtype_for(card(16, capability=capability), model_type, asked) == flag


def test_bfloat16_on_turing_is_refused() -> None:
    assert isinstance(dtype_for(card(16, capability="7.5"), "qwen3", "bfloat16"), Problem)


def test_an_fp8_cache_needs_ampere_and_is_advised_from_ada_on() -> None:
    assert fp8_cache_problem(card(16, capability="7.5")) is not None
    assert fp8_cache_problem(card(16, capability="8.6")) is None
    assert not has_fp8_cache(card(16, capability="8.6"))
    assert has_fp8_cache(card(16, capability="8.9"))


@pytest.mark.parametrize(
    ("method", "scheme", "version", "least"),
    [
        ("awq", "", "0.33.0", (7, 5)),
        ("gptq", "", "0.33.0", (7, 5)),
        ("gptq", "", "0.21.0", (6, 0)),
        ("gptq", "", "0.11.2", (6, 0)),
        ("gptq_marlin", "", "0.11.2", (8, 0)),
        ("gptq_marlin", "", "0.16.0", (7, 5)),
        ("fp8", "", "0.11.2", (8, 0)),
        ("fp8", "", "0.33.0", (7, 5)),
        ("mxfp4", "", "0.33.0", (8, 0)),
        ("modelopt", "", "0.21.0", (8, 9)),
        ("modelopt", "", "0.33.0", (8, 0)),
        ("modelopt_fp4", "", "0.33.0", (7, 5)),
        ("modelopt_fp4", "", "0.12.0", (10, 0)),
        ("compressed-tensors", "", "0.33.0", (7, 0)),
        ("compressed-tensors", "w4a16_int", "0.33.0", (7, 5)),
        ("compressed-tensors", "w4a16_int", "0.11.0", (8, 0)),
        ("compressed-tensors", "w8a8_fp", "0.33.0", (7, 5)),
        ("compressed-tensors", "w8a8_int", "0.11.0", (7, 5)),
        ("compressed-tensors", "w4a8_fp", "0.33.0", (9, 0)),
        ("something new", "", "0.33.0", None),
        ("", "", "0.33.0", None),
    ],
)
def test_the_least_capability_of_each_method(
    method: str, scheme: str, version: str, least: tuple[int, int] | None
) -> None:
    assert least_capability(Quantization(method, scheme=scheme), a_version(version)) == least


def test_a_card_below_the_least_is_told() -> None:
    problem = quantization_problem(card(16, capability="7.5"), Quantization("mxfp4"), a_version())
    assert problem is not None
    assert problem.values["least"] == "8.0"
    assert quantization_problem(card(16, capability="8.0"), Quantization("mxfp4"), a_version()) is None


@pytest.mark.parametrize(
    ("capability", "name"),
    [
        ((12, 0), "Blackwell"),
        ((9, 0), "Hopper"),
        ((8, 9), "Ada"),
        ((8, 7), "Ampere"),
        ((7, 5), "Turing"),
        ((7, 0), "Volta"),
        ((6, 1), "Pascal"),
        ((3, 5), "Kepler"),
    ],
)
def test_generations_have_names(capability: tuple[int, int], name: str) -> None:
    assert generation(capability) == name


def test_machines_with_one_memory_are_known_by_name() -> None:
    assert shares_memory(card(119, name="NVIDIA GB10"))
    assert not shares_memory(card(24, name="NVIDIA GeForce RTX 4090"))


AWQ, DECLARED = Quantization("awq", 4), Quantization("awq", 4, declared=True)


@pytest.mark.parametrize(
    ("quantization", "version", "capability", "flag"),
    [
        (DECLARED, "0.32.0", (8, 6), ""),  # vLLM finds it; the wrong flag would be an error
        (Quantization(), "0.32.0", (8, 6), ""),
        (AWQ, "0.11.2", (8, 6), "awq_marlin"),
        (AWQ, "0.11.2", (7, 5), "awq"),
        (AWQ, "0.16.0", (7, 5), "awq_marlin"),
        (AWQ, "0.16.0", (7, 0), "awq"),
        (AWQ, "0.16.0", None, "awq"),
        (AWQ, "0.25.0", (8, 6), "awq"),
        (Quantization("gptq", 4), "0.21.0", (8, 6), "gptq_marlin"),
        (Quantization("gguf"), "0.21.0", (8, 6), "gguf"),
    ],
)
def test_what_each_version_wants_for_a_checkpoint_that_names_no_method(
    quantization: Quantization, version: str, capability: tuple[int, int] | None, flag: str
) -> None:
    assert quantization_argument(quantization, a_version(version), capability) == flag
