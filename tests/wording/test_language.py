"""Which language is spoken, and how it writes numbers."""

from collections.abc import Iterator

import pytest

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import check_setting
from trayapp.core.units import GIB, MIB
from trayapp.wording.plan import flag_words
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _, language_in_use, system_languages, use_language
from trayapp.wording.units import bytes_words, number_words, tokens_words


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    yield
    use_language("en")


@pytest.mark.parametrize(
    ("environment", "languages"),
    [
        ({}, []),
        ({"LANG": "de_DE.UTF-8"}, ["de_DE.UTF-8"]),
        ({"LANG": "en_US.UTF-8"}, []),
        ({"LC_MESSAGES": "de_AT.UTF-8", "LANG": "en_US.UTF-8"}, ["de_AT.UTF-8"]),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE.UTF-8", "LANGUAGE": "de"}, []),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "en_US:en:de"}, []),
        ({"LANG": "fr_FR.UTF-8", "LANGUAGE": "fr:de:en"}, ["fr", "de"]),
    ],
)
def test_the_systems_languages_count_up_to_english(environment: dict[str, str], languages: list[str]) -> None:
    assert system_languages(environment) == languages


def test_the_language_follows_the_system() -> None:
    use_language(environment={"LANG": "de_AT.UTF-8"})
    assert (language_in_use(), _("Stop")) == ("de", "Anhalten")


def test_a_chosen_language_counts_more_than_the_systems() -> None:
    use_language("en", environment={"LANG": "de_DE.UTF-8"})
    assert (language_in_use(), _("Stop")) == ("en", "Stop")
    use_language("de", environment={"LANG": "en_US.UTF-8"})
    assert (language_in_use(), _("Stop")) == ("de", "Anhalten")


def test_a_language_without_a_catalogue_is_english() -> None:
    use_language("fr", environment={})
    assert (language_in_use(), _("Stop")) == ("en", "Stop")


@pytest.mark.parametrize(
    ("language", "tokens", "large", "small", "ratio"),
    [
        ("en", "26,608 tokens", "5.7 GiB", "12 MiB", "0.90"),
        ("de", "26.608 Token", "5,7 GiB", "12 MiB", "0,90"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(
    language: str, tokens: str, large: str, small: str, ratio: str
) -> None:
    use_language(language)
    assert tokens_words(26608) == tokens
    assert bytes_words(int(5.7 * GIB)) == large
    assert bytes_words(12 * MIB) == small
    assert number_words(0.9, 2) == ratio


@pytest.mark.parametrize(("language", "share"), [("en", "0.85"), ("de", "0,85")])
def test_a_share_in_a_sentence_is_written_as_the_language_writes_it(language: str, share: str) -> None:
    use_language(language)
    values = {"asked": 0.95, "possible": 0.85, "needed_bytes": 9 * GIB, "free_bytes": 8 * GIB}
    words = problem_words(Problem(ProblemKind.UTILIZATION_TOO_HIGH, values))
    assert share in words.remedy
    assert share.replace("85", "95") in words.detail


def test_what_is_to_be_corrected_in_a_file_or_on_the_command_line_is_written_as_it_is_typed_there() -> None:
    use_language("de")
    problem = check_setting("gpu_memory_utilization", 1.5)
    assert problem is not None
    for words in (problem_words(problem).detail, flag_words(problem)):
        assert "1.5" in words
        assert "eine Zahl von 0.05 bis 0.99" in words
