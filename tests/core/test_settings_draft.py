"""Settings while they are changed: for all models or for one, right or wrong, and back again."""

from types import MappingProxyType

import pytest

from trayapp.core.problems import ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Draft, other_choices

SAVED = Settings(model="a/b", max_num_seqs=4)


def draft(*, of_model: bool = False, saved: Settings = SAVED) -> Draft:
    return Draft(saved, saved, of_model)


def test_a_change_for_all_models_is_a_setting() -> None:
    changed = draft().with_value("max_model_len", 4096)
    assert changed.changes() == {"max_model_len": 4096}
    assert not changed.is_own("max_model_len")
    assert not changed.is_default("max_model_len")
    assert changed.without("max_model_len").is_default("max_model_len")
    assert changed.without("max_model_len").changes() == {}


def test_a_field_that_a_model_shares_has_nothing_of_its_own_to_take_back() -> None:
    shared = draft(of_model=True)
    assert shared.value("max_num_seqs") == 4
    assert shared.is_default("max_num_seqs"), "what all share is changed where all are"
    assert not shared.for_all(of_model=False).is_default("max_num_seqs")
    own = shared.with_value("max_num_seqs", 1)
    assert not own.is_passed_over("max_num_seqs")
    assert own.for_all(of_model=False).is_passed_over("max_num_seqs")


def test_every_choice_about_the_memory_has_another_to_be_held_against() -> None:
    assert other_choices(Settings()) == {
        "memory_reserve_bytes": 0,
        "max_num_seqs": 1,
        "kv_cache_dtype": "fp8",
        "enforce_eager": True,
    }
    chosen = {"gpu_memory_utilization": 0.5, "max_num_seqs": 1, "kv_cache_dtype": "fp8", "enforce_eager": True}
    assert other_choices(Settings().with_changes(chosen)) == {
        "gpu_memory_utilization": 0.0,
        "memory_reserve_bytes": 0,
        "max_num_seqs": 0,
        "kv_cache_dtype": "auto",
        "enforce_eager": False,
    }


def test_a_change_for_one_model_is_kept_with_it_and_goes_back_to_what_all_share() -> None:
    changed = draft(of_model=True).with_value("max_num_seqs", 1)
    assert changed.changes() == {"models": {"a/b": {"max_num_seqs": 1}}}
    assert changed.value("max_num_seqs") == 1
    assert changed.is_own("max_num_seqs")
    assert changed.in_force.max_num_seqs == 1
    assert changed.for_all(of_model=False).value("max_num_seqs") == 4
    both = changed.with_value("max_model_len", 4096).without("max_num_seqs")
    assert both.changes() == {"models": {"a/b": {"max_model_len": 4096}}}
    assert changed.without("max_num_seqs").changes() == {}
    # what all share is not touched from here
    assert changed.without("max_num_seqs").without("max_num_seqs").value("max_num_seqs") == 4


def test_what_is_no_models_own_is_for_all() -> None:
    assert draft(of_model=True).with_value("port", 9000).changes() == {"port": 9000}
    no_model = draft(of_model=True, saved=Settings()).with_value("max_model_len", 4096)
    assert no_model.changes() == {"max_model_len": 4096}


def test_a_wrong_value_changes_nothing_until_it_is_right() -> None:
    wrong = draft().with_value("port", 70000)
    assert wrong.changes() == {}
    assert wrong.doubts()["port"].values["value"] == "70000"
    assert not wrong.is_default("port")
    assert draft().with_value("port", "eight").doubts()["port"].kind is ProblemKind.SETTING_NOT_ALLOWED
    assert not wrong.with_value("port", 9000).doubts()
    assert not wrong.without("port").doubts()
    assert not wrong.for_all(of_model=True).doubts()


def test_a_server_for_the_network_needs_a_key() -> None:
    network = draft().with_value("host", "192.168.1.5")
    assert network.doubts()["host"].kind is ProblemKind.OPEN_WITHOUT_KEY
    assert not network.with_value("use_server_key", True).doubts()


def test_an_option_that_cannot_be_is_told() -> None:
    told = draft().with_value("extra_arguments", ("--api-key", "geheim")).doubts()
    assert told["extra_arguments"].kind is ProblemKind.ARGUMENT_NOT_ALLOWED


@pytest.mark.parametrize(("name", "value", "needs"), [("port", 9000, True), ("language", "de", False)])
def test_only_what_a_server_was_started_with_needs_a_restart(name: str, value: object, needs: bool) -> None:
    assert draft().with_value(name, value).needs_restart is needs


def test_the_environment_is_kept_as_it_is() -> None:
    assert draft().with_value("environment", {"A": "b"}).now.environment == MappingProxyType({"A": "b"})


def test_what_was_changed_so_far_stays_when_something_else_saves() -> None:
    draft = Draft(Settings(port=8000), Settings(port=9000)).on(Settings(port=8000, vllm_executable="/new/bin/vllm"))
    assert draft.changes() == {"port": 9000}
    assert draft.now.vllm_executable == "/new/bin/vllm"


def test_what_models_have_of_their_own_is_merged_value_by_value() -> None:
    saved = Settings(model="a/b", models={"a/b": {"dtype": "half", "max_num_seqs": 2}, "c/d": {"max_num_seqs": 8}})
    mine = draft(of_model=True, saved=saved).with_value("max_model_len", 4096).without("dtype")
    other = {"a/b": {"dtype": "half", "max_num_seqs": 3}, "e/f": {"max_num_seqs": 1}}
    on = mine.on(saved.with_changes({"models": other}))
    assert on.now.models == {"a/b": {"max_num_seqs": 3, "max_model_len": 4096}, "e/f": {"max_num_seqs": 1}}
    assert on.of_model
    assert draft().on(SAVED).changes() == {}


@pytest.mark.parametrize(("model", "of_model"), [("c/d", True), ("e/f", False)])
def test_for_whom_edits_are_follows_a_model_that_was_chosen_elsewhere(model: str, of_model: bool) -> None:
    saved = SAVED.with_changes({"models": {"c/d": {"dtype": "half"}}})
    assert draft(of_model=not of_model, saved=saved).on(saved.with_changes({"model": model})).of_model is of_model
