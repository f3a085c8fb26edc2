"""The catalogues: every text is there, says the same figures, and the compiled file is the one of the text."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.mofile import read_mo

TRANSLATIONS = Path(__file__).parents[2] / "resources" / "translations"
PACKAGE = Path(__file__).parents[2] / "trayapp"


def _update() -> ModuleType:
    specification = importlib.util.spec_from_file_location("update_catalogues", TRANSLATIONS / "update.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


update = _update()


def test_german_is_spoken() -> None:
    assert "de" in update.languages()


@pytest.mark.parametrize("language", update.languages())
def test_no_text_is_missing(language: str) -> None:
    assert update.missing(update.merged(language)) == [], "translate them after resources/translations/update.py"


@pytest.mark.parametrize("language", update.languages())
def test_the_catalogue_has_exactly_the_texts_of_the_app(language: str) -> None:
    assert {message.id for message in update.read(language) if message.id} == set(update.texts())


@pytest.mark.parametrize("language", update.languages())
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    for message in update.read(language):
        if message.id:
            assert sorted(re.findall(r"{\w*}", message.string)) == sorted(re.findall(r"{\w*}", message.id)), message.id


@pytest.mark.parametrize("language", update.languages())
def test_a_translation_has_an_access_key_where_its_text_has_one(language: str) -> None:
    key = re.compile(r"&\w")
    for message in update.read(language):
        if message.id:
            assert len(key.findall(message.string)) == len(key.findall(message.id)), message.id


@pytest.mark.parametrize("language", update.languages())
def test_the_compiled_catalogue_says_what_the_text_says(language: str) -> None:
    path = TRANSLATIONS / language / "LC_MESSAGES" / "vllm-tray.mo"
    with path.open("rb") as file:
        compiled = {message.id: message.string for message in read_mo(file) if message.id}
    assert compiled == {message.id: message.string for message in update.read(language) if message.id}


def _sentences_outside_gettext(path: Path) -> list[str]:
    """Return the sentences of a module without `_()` around, apart from documentation and what is raised."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exempt: set[int] = set()
    for node in ast.walk(tree):
        is_gettext = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
        if is_gettext or isinstance(node, ast.Raise | ast.Assert):
            exempt |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # documentation
            exempt.add(id(node.value))
    sentence = re.compile(r"^[A-Z][a-z]+(?: [\w,'’-]+){2,}.*[.?!:…]$", re.DOTALL)
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in exempt
        and sentence.match(node.value)
    ]


@pytest.mark.parametrize("folder", ["wording", "ui"])
def test_no_sentence_for_people_bypasses_the_catalogue(folder: str) -> None:
    found = {path.name: _sentences_outside_gettext(path) for path in sorted((PACKAGE / folder).rglob("*.py"))}
    assert {name: sentences for name, sentences in found.items() if sentences} == {}
