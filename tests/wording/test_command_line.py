"""The command line in another language, argparse's own words included."""

import re
from collections.abc import Iterator

import pytest

from trayapp.__main__ import COMMANDS, main
from trayapp.core import settings
from trayapp.core.settings import check_setting, setting_names
from trayapp.wording.allowed import allowed_words
from trayapp.wording.command_line import summaries
from trayapp.wording.translation import use_language


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    use_language("de")
    yield
    use_language("en")


def test_every_command_has_its_line() -> None:
    assert list(summaries()) == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_has_no_english_words(
    german: None, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([command, "--help"])
    said = capsys.readouterr().out
    assert said.startswith("Aufruf: ")
    assert not re.search(r"\b(the|and|this|with|such as|show)\b", said), said


def test_a_wrong_command_line_is_told_in_the_language_of_the_user(
    german: None, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["start", "--backend", "abacus"])
    assert "Fehler: Argument --backend: keine gültige Wahl: 'abacus'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("plan m --gpu-memory-utilization 0,9", "0,9 ist keine Zahl; hier steht ein Punkt, etwa 0.9"),
        ("plan m --yarn-factor zwei", "zwei ist keine Zahl"),
        ("plan m --max-model-len 5x", "5x ist keine ganze Zahl, etwa 16384"),
        ("logs -n viele", "viele ist keine ganze Zahl"),
        ("diagnose log --exit-code x", "x ist keine ganze Zahl"),
        ("runtime install gpu", "'gpu' ist weder cuda noch cpu"),
        ("runtime use", "eines dieser Argumente fehlt: VERSION|NAME|PATH|auto --back"),
        ("plan m --gpu-total-gib 8,5", "8,5 ist keine Zahl"),
        ("plan m --gpu-total-gib -1", "-1 ist keine Größe in GiB"),
        ("plan m --gpu-total-gib 0", "eine GPU hat mehr als 0 GiB Speicher"),
        ("plan m --gpu-count 65", "65 ist keine Zahl von 1 bis 64"),
        ("plan m --compute-capability neu", "neu ist keine Compute Capability wie etwa 8.6"),
        ("plan m --vllm-version neu", "neu ist keine Version von vLLM"),
        ("model search x --limit 0", "0 ist keine Zahl von 1 bis 100"),
        ("start --wait ewig", "'ewig' ist keine Zahl von Sekunden von 0 bis 604.800"),
        ("runtime install cpu --version neu", "'neu' ist keine Version; schreiben Sie sie wie"),
    ],
)
def test_a_value_that_cannot_be_is_told_in_the_language_of_the_user(
    german: None, capsys: pytest.CaptureFixture[str], arguments: str, said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments.split())
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", setting_names())
def test_what_a_setting_allows_is_told_in_the_language_of_the_user(german: None, name: str) -> None:
    problem = check_setting(name, object())
    assert problem is not None
    allowed = str(problem.values["allowed"])
    assert allowed_words(allowed) != allowed or allowed == settings._SWITCH.allowed


def test_why_a_log_cannot_be_read_is_told_in_the_language_of_the_user(
    german: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diagnose", "/nowhere"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("/nowhere lässt sich nicht lesen: Datei oder ")  # ours, or the C library's in that language
