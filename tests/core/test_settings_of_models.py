"""What a model has of its own, over what all models share."""

from types import MappingProxyType

from trayapp.core.settings import MOST_RECENT, Settings, as_kept, read_settings
from trayapp.core.where_to_run import choice_changes


def test_what_a_model_has_of_its_own_counts_for_it_alone() -> None:
    settings, problems = read_settings(
        {"model": "a/b", "max_num_seqs": 4, "models": {"a/b": {"max_model_len": 4096, "extra_arguments": ["--x"]}}}
    )
    assert not problems
    own = settings.for_model()
    assert (own.max_model_len, own.max_num_seqs, own.extra_arguments) == (4096, 4, ("--x",))
    assert settings.with_changes({"model": "c/d"}).for_model().max_model_len == 0


def test_a_bad_value_of_a_model_is_named_and_left_out() -> None:
    settings, problems = read_settings(
        {"models": {"a/b": {"yarn_factor": 99, "gpu_memory_utilization": 0.5, "of_a_newer_app": 1, "port": 0}}}
    )
    assert [problem.values["key"] for problem in problems] == ["models: a/b: yarn_factor"]
    assert settings.models["a/b"] == {"gpu_memory_utilization": 0.5, "of_a_newer_app": 1, "port": 0}
    # what is no setting of a model does not become one
    assert settings.with_changes({"model": "a/b"}).for_model().port == 8000


def test_models_that_are_no_objects_are_named() -> None:
    for value in ([], "x", {"a": 1}):
        settings, problems = read_settings({"models": value})
        assert [problem.values["key"] for problem in problems] == ["models"]
        assert not settings.models


def test_names_and_languages_are_checked() -> None:
    _, problems = read_settings({"served_model_name": "my model", "language": "German", "recent_models": [1]})
    assert [problem.values["key"] for problem in problems] == ["served_model_name", "recent_models", "language"]
    settings, problems = read_settings({"served_model_name": "qwen", "language": "de", "recent_models": ["a"]})
    assert (settings.served_model_name, settings.language, settings.recent_models) == ("qwen", "de", ("a",))
    assert not problems


def test_the_last_five_models_are_kept_each_once() -> None:
    settings = Settings(model="a", recent_models=("b", "c", "d", "e", "f"))
    changes = choice_changes(settings, model="c")
    assert changes == {"model": "c", "recent_models": ("c", "a", "b", "d", "e")}
    assert len(changes["recent_models"]) == MOST_RECENT  # type: ignore[arg-type]
    assert choice_changes(Settings(), model="a") == {"model": "a", "recent_models": ("a",)}


def test_values_are_kept_in_the_form_of_the_settings() -> None:
    assert as_kept("environment", {"A": "b"}) == MappingProxyType({"A": "b"})
    assert as_kept("yarn_factor", 2) == 2.0
