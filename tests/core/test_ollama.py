"""Ollama's answers are read as they are documented, with fields missing and rubbish in between."""

import pytest

from tests.builders import an_ollama_plan
from trayapp.core.notices import Button, ButtonId, buttons_for
from trayapp.core.ollama import (
    LoadedModel,
    OllamaModel,
    Pull,
    name_with_context,
    named,
    pulled,
    read_loaded,
    read_native_context,
    read_ollama_host,
    read_tags,
    same_model,
)
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Course, Failed


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("", "http://127.0.0.1:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - what others write
        (":8080", "http://127.0.0.1:8080"),
        ("gpu-box", "http://gpu-box:11434"),
        ("gpu-box:1234", "http://gpu-box:1234"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu-box/", "https://gpu-box:443"),
        ("[::1]:11434", "http://[::1]:11434"),
        ("what is this", "http://127.0.0.1:11434"),
    ],
)
def test_the_variable_says_where_it_is(value: str, url: str) -> None:
    assert read_ollama_host(value) == url


@pytest.mark.parametrize("document", [None, [], {}, {"models": 7}, {"models": [7, {}, {"name": 7}]}])
def test_rubbish_holds_no_model(document: object) -> None:
    assert read_tags(document) == ()
    assert read_loaded(document) == ()


def test_missing_fields_are_not_invented() -> None:
    assert read_tags({"models": [{"name": "m", "details": None}]}) == (OllamaModel("m"),)
    (loaded,) = read_loaded({"models": [{"name": "m", "size": True, "size_vram": -3}]})
    assert loaded == LoadedModel("m", 0, 0, None)
    assert loaded.gpu_percent == 0


@pytest.mark.parametrize("document", [None, {}, {"model_info": {}}, {"model_info": {"qwen3.context_length": "long"}}])
def test_a_length_that_is_not_told(document: object) -> None:
    assert read_native_context(document) is None


def test_the_length_that_a_model_was_trained_for() -> None:
    assert read_native_context({"model_info": {"a": 1, "qwen3.context_length": 40_960}}) == 40_960


def test_a_name_without_a_tag_is_the_latest() -> None:
    assert same_model("tiny", "tiny:latest")
    assert not same_model("tiny", "tiny:8b")
    assert named([OllamaModel("tiny:latest")], "tiny") == OllamaModel("tiny:latest")
    assert named([], "tiny") is None
    assert name_with_context("hf.co:443/a/b", 4096) == "hf.co:443/a/b:latest-4096-tokens"


def test_lines_without_sense_change_nothing_in_a_pull() -> None:
    pull = Pull("pulling manifest")
    assert pulled(pull, "noise") == pull
    assert pulled(pull, {"error": "no space left"}).error == "no space left"
    assert pulled(pull, {}).status == "pulling manifest"
    step = pulled(pull, {"status": "pulling", "digest": "d", "total": 10, "completed": 99})
    assert (step.done_bytes, step.total_bytes) == (10, 10)
    assert pulled(step, {"status": "pulling", "digest": "d"}).done_bytes == 10


def test_the_environment_of_an_ollama_of_ours_sets_the_length_for_every_request() -> None:
    plan = an_ollama_plan(executable="/usr/bin/ollama")
    assert plan.arguments == ("serve",)
    assert plan.environment["OLLAMA_CONTEXT_LENGTH"] == "8192"
    assert "OLLAMA_CONTEXT_LENGTH" not in an_ollama_plan(max_model_len=None).environment


def test_a_model_in_the_way_is_unloaded_at_the_press_of_a_button() -> None:
    held = Refusal((Problem(ProblemKind.OLLAMA_HOLDS_GPU),), may_start_anyway=True)
    assert buttons_for(Failed(held, Course())) == (Button(ButtonId.UNLOAD_OLLAMA), Button(ButtonId.START_ANYWAY))
