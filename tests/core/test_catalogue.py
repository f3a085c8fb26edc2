"""The catalogue that comes with the app is as it must be, and its parsers are those that the start would use."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.data.check_catalogue import differences_of
from trayapp.core import tool_parsers
from trayapp.core.catalogue import CatalogueEntry, read_catalogue
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.probes.resources import resource

CONTENT = json.loads(resource("catalogue.json").read_text("utf-8"))
ENTRIES = read_catalogue(CONTENT)


def test_there_are_enough_models_each_once_in_several_variants() -> None:
    assert len({entry.model for entry in ENTRIES}) == len(ENTRIES) >= 25
    assert {entry.variant for entry in ENTRIES} >= {"bf16", "fp8", "awq", "gptq"}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.model)
def test_an_entry_makes_sense_to_the_plan(entry: CatalogueEntry) -> None:
    facts = read_model_facts(entry.found_model())
    assert isinstance(facts, ModelFacts)
    assert facts.native_context == entry.context
    assert entry.licence
    assert entry.languages
    assert entry.good_at
    bits = {"bf16": 16, "fp8": 8, "awq": 4, "gptq": 4, "mxfp4": 4}[entry.variant]
    # Half as much again: embeddings and heads are not compressed.
    assert 0.95 * entry.parameters * bits / 8 < entry.weights_bytes < 1.9 * entry.parameters * bits / 8


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("variant", "q4", "variant"),
        ("good_at", ["everything"], "good_at"),
        ("config", "none", "config"),
        ("weights_bytes", 0, "weights_bytes"),
        ("weights_bytes", True, "weights_bytes"),
        ("languages", "en", "languages"),
    ],
)
def test_an_entry_that_is_not_as_it_must_be_is_named(key: str, value: object, said: str) -> None:
    entry: dict[str, Any] = {**CONTENT["models"][0], key: value}
    with pytest.raises(ValueError, match=f"{entry['model']}: {said}"):
        read_catalogue({**CONTENT, "models": [entry]})


@pytest.mark.parametrize("content", [{}, {"configs": {}}, {"configs": {}, "models": ["Qwen"]}])
def test_a_catalogue_of_another_form_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"catalogue|entry"):
        read_catalogue(content)


def test_what_differs_from_the_hub_is_found() -> None:
    entry = ENTRIES[0]
    same = replace(entry.found_model(), weights_bytes=int(entry.weights_bytes * 1.01))
    assert list(differences_of(entry, same)) == []
    other = replace(same, weights_bytes=2 * entry.weights_bytes, config={**same.config, "hidden_size": 1})
    assert len(list(differences_of(entry, other))) == 2


def test_its_parsers_are_those_that_a_start_knows() -> None:
    source = Path(tool_parsers.__file__).read_text("utf-8")
    names = {name for entry in ENTRIES for name in (entry.tool_call_parser, entry.reasoning_parser) if name}
    assert [name for name in sorted(names) if f'_Parser("{name}"' not in source] == []
