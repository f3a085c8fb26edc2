"""Reasons are said in the language of the sentence that they stand in, wherever they come from."""

import errno
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.model_configs import QWEN3_8B, found
from trayapp.core.model_facts import read_model_facts
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.model_files import find_model
from trayapp.wording.problems import problem_words
from trayapp.wording.reasons import reason_words
from trayapp.wording.translation import use_language


@pytest.fixture(autouse=True)
def _german() -> Iterator[None]:
    use_language("de")
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"num_hidden_layers": None}, "num_hidden_layers fehlt."),
        ({"num_hidden_layers": 1.5}, "num_hidden_layers ist 1.5, keine ganze Zahl."),
        ({"num_hidden_layers": 99_999}, "num_hidden_layers ist 99999, was nicht sein kann."),
        ({"rope_scaling": {"rope_type": "linear", "factor": -1}}, "rope_scaling.factor ist -1, keine Zahl über 0."),
        ({"hidden_size": None, "head_dim": None}, "hidden_size fehlt."),
    ],
)
def test_what_is_wrong_with_a_config_is_german(change: dict[str, Any], said: str) -> None:
    problem = read_model_facts(found(QWEN3_8B | change))
    assert isinstance(problem, Problem)
    assert problem_words(problem).detail.endswith(said)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"adapter_config.json": "{}"}, "gibt es nicht: Dies ist ein Adapter (LoRA), der sein Grundmodell braucht."),
        ({}, "gibt es nicht."),
        ({"config.json": "[]"}, "enthält kein JSON-Objekt."),
        ({"config.json": "{"}, "ist kein gültiges JSON (Expecting property name"),
        ({"config.json": "{}", "model.safetensors": "version https://git-lfs"}, "ist nur ein Zeiger von Git LFS"),
        ({"config.json": "{}", "model.safetensors": "xxxxxxxxxxxx"}, "hat einen beschädigten Kopf"),
        ({"config.json": "{}", "model.safetensors.index.json": '{"weight_map": 1}'}, "ist kein Objekt mit Namen"),
    ],
)
def test_what_is_wrong_with_the_files_of_a_model_is_german(tmp_path: Path, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    problem = find_model(str(tmp_path))
    assert isinstance(problem, Problem)
    assert said in problem_words(problem).detail


@pytest.mark.parametrize(
    "told",  # not asked of the system: it may speak German itself by now
    [
        *("Permission denied", "No such file or directory", "No space left on device", "Read-only file system"),
        "Connection refused",
    ],
)
def test_what_the_system_says_is_german(told: str) -> None:
    assert reason_words(told) != told
    assert reason_words(str(OSError(errno.EIO, told, "/a b"))) == f"{reason_words(told)}: '/a b'"


def test_a_secret_is_named_in_german() -> None:
    values = {"name": "remote server lab", "reason": "the keyring does not keep anything"}
    words = problem_words(Problem(ProblemKind.SECRET_NOT_KEPT, values))
    assert words.title == "Nicht aufbewahrt: Schlüssel für lab"
    assert "der Schlüsselbund behält nichts" in words.detail


def test_a_reason_that_is_not_known_stays_as_it_is() -> None:
    assert reason_words("CUDA error 999") == "CUDA error 999"
    assert reason_words("[Errno 5] Input/output error") == "[Errno 5] Input/output error"
    use_language("en")
    assert reason_words("is 1.5, not a whole number") == "is 1.5, not a whole number"
