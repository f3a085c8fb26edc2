"""Code that comes with a model: never without the person's word for this model and revision."""

import pytest

from tests.builders import a_model
from tests.core.planned import kinds, planned, refused, value_of
from trayapp.core.model_code import code_of
from trayapp.core.problems import ProblemKind

MODEL = a_model()
WITH_CODE = a_model(config={**MODEL.config, "auto_map": {"AutoConfig": "configuration_x.XConfig"}})


def test_safetensors_are_asked_for_by_name() -> None:
    assert value_of(planned(), "--load-format") == "safetensors"
    assert value_of(planned(model=a_model(weight_format="", source="org/it", complete=False)), "--load-format")
    own = planned(extra_arguments=("--load-format", "dummy")).arguments
    assert own.count("--load-format") == 1


@pytest.mark.parametrize("changes", [{"consolidated": True}, {"weight_format": "gguf"}])
def test_forms_that_vllm_recognises_by_themselves_are_left_to_it(changes: dict[str, object]) -> None:
    assert "--load-format" not in planned(model=a_model(**changes), anyway=True).arguments


def test_pickled_weights_are_refused_until_they_are_allowed() -> None:
    pickled = a_model(weight_format="bin")
    for anyway in (False, True):
        (problem,) = refused(model=pickled, anyway=anyway).problems
        assert problem.kind is ProblemKind.PICKLED_WEIGHTS
        assert problem.values["code"] == code_of(pickled)
    plan = planned(model=pickled, code_allowed=(code_of(pickled),))
    assert "--load-format" not in plan.arguments
    assert planned(model=pickled, code_allowed=(code_of(pickled),), extra_arguments=("--load-format", "pt")).arguments


def test_code_of_a_model_runs_for_the_revision_that_was_allowed() -> None:
    plan = planned(model=WITH_CODE)
    assert "--trust-remote-code" not in plan.arguments
    assert ProblemKind.MODEL_NEEDS_CODE in kinds(plan.warnings)
    assert plan.code_allowed == ""
    allowed = planned(model=WITH_CODE, code_allowed=("other@1", code_of(WITH_CODE)))
    assert "--trust-remote-code" in allowed.arguments
    assert ProblemKind.MODEL_NEEDS_CODE not in kinds(allowed.warnings)
    assert allowed.code_allowed == code_of(WITH_CODE)
    newer = a_model(config=WITH_CODE.config, revision="fedcba")
    assert "--trust-remote-code" not in planned(model=newer, code_allowed=(code_of(WITH_CODE),)).arguments


def test_an_id_is_held_to_the_revision_that_was_allowed() -> None:
    model = a_model(source="org/it", config=WITH_CODE.config)
    assert value_of(planned(model=model, code_allowed=(code_of(model),)), "--revision") == model.revision
    assert "--revision" not in planned(model=WITH_CODE, code_allowed=(code_of(WITH_CODE),)).arguments


@pytest.mark.parametrize("words", [("--revision", "main"), ("--code_rev=main",), ("--tokenizer", "org/other")])
def test_where_code_is_allowed_no_option_leads_to_the_code_of_another(words: tuple[str, ...]) -> None:
    (problem,) = refused(model=WITH_CODE, code_allowed=(code_of(WITH_CODE),), extra_arguments=words).problems
    assert (problem.kind, problem.values["reason"]) == (ProblemKind.ARGUMENT_NOT_ALLOWED, "other_code")
    assert planned(extra_arguments=words).arguments[-len(words) :] == words
    mode = ("--tokenizer-mode", "slow")
    assert planned(model=WITH_CODE, code_allowed=(code_of(WITH_CODE),), extra_arguments=mode).arguments[-2:] == mode


def test_the_back_door_is_named_with_the_way_in() -> None:
    (problem,) = refused(extra_arguments=("--trust-remote-code",)).problems
    assert problem.kind is ProblemKind.ARGUMENT_NOT_ALLOWED
    assert problem.values["code"] == code_of(MODEL)
