"""settings.json: what people and power cuts do to it."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from trayapp.core.problems import ProblemKind
from trayapp.core.settings import Settings, check_setting, setting_names
from trayapp.storage.atomic_file import write_atomically
from trayapp.storage.settings_file import (
    LoadedSettings,
    change_settings,
    current_settings,
    load_settings,
    read_language,
    write_defaults_if_missing,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.json"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_without_a_file_the_defaults_hold(path: Path) -> None:
    assert load_settings(path).settings == Settings()
    assert not path.exists()


def test_what_is_written_is_read(path: Path) -> None:
    changes = {"model": "/m", "port": 9000, "extra_arguments": ["--seed", "1"], "environment": {"A": "b"}}
    assert change_settings(path, changes) is None
    settings = load_settings(path).settings
    assert (settings.model, settings.port, settings.extra_arguments) == ("/m", 9000, ("--seed", "1"))
    assert dict(settings.environment) == {"A": "b"}


def test_it_is_for_this_user_only(path: Path) -> None:
    change_settings(path, {"port": 9000})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_unknown_keys_and_bad_values_survive_a_change(path: Path) -> None:
    write(path, '{"port": "eighty", "of_a_newer_app": [1]}')
    change_settings(path, {"model": "x"})
    document = json.loads(path.read_text())
    assert (document["port"], document["of_a_newer_app"], document["model"]) == ("eighty", [1], "x")
    assert document["version"] == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("port", 65_536),
        ("port", "8000"),
        ("port", True),
        ("host", "a b"),
        ("gpu_memory_utilization", 1.5),
        ("max_model_len", -1),
        ("max_model_len", 1.5),
        ("enable_yarn", "yes"),
        ("yarn_factor", 9),
        ("extra_arguments", "--x"),
        ("extra_arguments", [1]),
        ("environment", {"A": 1}),
        ("model", "a\nb"),
        ("kv_cache_dtype", "fp4"),
        ("quantization", ""),
    ],
)
def test_a_bad_value_names_the_key_the_value_and_what_is_allowed(path: Path, key: str, value: object) -> None:
    write(path, json.dumps({key: value}))
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    (problem,) = loaded.problems
    assert problem.kind is ProblemKind.SETTING_NOT_ALLOWED
    assert problem.values["key"] == key
    assert problem.values["value"] == repr(value)
    assert problem.values["allowed"]
    assert change_settings(path, {key: value}) == problem


def test_the_defaults_are_allowed() -> None:
    for name in setting_names():
        value = getattr(Settings(), name)
        assert check_setting(name, dict(value) if name == "environment" else value) is None


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\x00\xff", "{" * 100_000])
def test_a_damaged_file_is_set_aside_and_the_defaults_hold(path: Path, text: str) -> None:
    write(path, text)
    loaded = load_settings(path)
    assert loaded.settings == Settings()
    (problem,) = loaded.problems
    assert problem.kind is ProblemKind.FILE_DAMAGED
    aside = Path(str(problem.values["set_aside"]))
    assert aside.read_text() == text
    write(path, text)
    assert Path(str(load_settings(path).problems[0].values["set_aside"])) != aside


def test_who_tells_nothing_leaves_a_damaged_file_to_those_who_do(path: Path) -> None:
    write(path, "{")
    assert current_settings(path) == Settings()
    assert path.read_text() == "{"
    assert load_settings(path).problems[0].kind is ProblemKind.FILE_DAMAGED


def test_a_change_of_a_damaged_file_is_made_and_the_damage_told(path: Path) -> None:
    write(path, "{")
    problem = change_settings(path, {"port": 9000})
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_DAMAGED
    assert Path(str(problem.values["set_aside"])).read_text() == "{"
    assert load_settings(path) == LoadedSettings(Settings(port=9000), (), json.loads(path.read_text()))


def test_nobody_drops_the_problems_of_settings_that_were_set_aside() -> None:
    """load_settings() sets a damaged file aside: who calls it tells, everybody else asks for current_settings()."""
    sources = (Path(__file__).parents[2] / "trayapp").rglob("*.py")
    assert [path.name for path in sources if re.search(r"load_settings\(.*\)\.settings", path.read_text())] == []


def test_a_file_of_a_newer_app_is_read_and_said(path: Path) -> None:
    write(path, '{"version": 7, "port": 9000}')
    loaded = load_settings(path)
    assert loaded.settings.port == 9000
    assert [problem.kind for problem in loaded.problems] == [ProblemKind.FILE_NEWER]
    change_settings(path, {"model": "x"})
    assert json.loads(path.read_text())["version"] == 7


def test_a_folder_in_its_place_is_a_problem_and_no_traceback(path: Path) -> None:
    path.mkdir(parents=True)
    assert load_settings(path).problems[0].kind is ProblemKind.FILE_NOT_READABLE
    problem = change_settings(path, {"port": 1})
    assert problem is not None
    assert problem.kind is ProblemKind.FILE_NOT_READABLE  # what cannot be read is not overwritten


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change_settings(path, {"port": 9000})
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    problem = change_settings(path, {"port": 9001})
    assert problem is not None
    assert problem.values["reason"] == "No space left on device"
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_defaults_are_written_for_people_who_edit(path: Path) -> None:
    assert write_defaults_if_missing(path) is None
    assert set(setting_names()) <= set(json.loads(path.read_text()))
    write(path, "{}")
    write_defaults_if_missing(path)
    assert path.read_text() == "{}"


def test_a_reader_never_sees_half_a_file(path: Path) -> None:
    write_atomically(path, b"a" * 1000)
    with path.open("rb") as reader:
        write_atomically(path, b"b" * 1000)
        assert reader.read() == b"a" * 1000
    assert path.read_bytes() == b"b" * 1000


def test_no_token_stands_in_what_is_said_about_a_bad_value(path: Path) -> None:
    write(
        path, json.dumps({"environment": {"MY_OWN": "sesame-1", "N": 5}, "extra_arguments": ["--key", "sesame-2", 5]})
    )
    said = repr(load_settings(path).problems)
    assert "sesame" not in said
    assert "'N': 5" in said


def test_a_long_bad_value_is_cut(path: Path) -> None:
    write(path, json.dumps({"model": "x" * 100_000 + "\n"}))
    (problem,) = load_settings(path).problems
    assert len(str(problem.values["value"])) < 300


def test_a_name_that_is_no_text_is_refused_and_not_written(path: Path) -> None:
    problem = change_settings(path, {"model": "/models/\udcff"})
    assert problem is not None
    assert problem.kind is ProblemKind.SETTING_NOT_ALLOWED
    assert not path.exists()


@pytest.mark.parametrize(
    "text", ['{"environment": {"A": "\\ud800"}}', '{"extra_arguments": ["\\ud800"]}', '{"other": "\\ud800"}']
)
def test_half_characters_in_the_file_do_not_stop_a_change(path: Path, text: str) -> None:
    write(path, text)
    assert change_settings(path, {"port": 9000}) is None
    assert load_settings(path).settings.port == 9000


@pytest.mark.parametrize(
    ("content", "language"),
    [('{"version": 1, "language": "de"}', "de"), ('{"language": 7}', ""), ("{", ""), ("[]", ""), (None, "")],
)
def test_the_chosen_language_is_read_without_touching_the_file(
    tmp_path: Path, content: str | None, language: str
) -> None:
    file = tmp_path / "settings.json"
    if content is not None:
        file.write_text(content)
    assert read_language(file) == language
    assert [each.read_text() for each in tmp_path.iterdir()] == ([content] if content is not None else [])
