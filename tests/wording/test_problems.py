"""Every problem has words, whatever its values."""

import string

import pytest

from trayapp.core.extra_arguments import Why
from trayapp.core.launch import LengthSource
from trayapp.core.memory_plan import Basis, Span, Verdict
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.units import GIB
from trayapp.core.ways import Way
from trayapp.wording.advice import way_words, ways_words
from trayapp.wording.plan import basis_words, span_words, start_words, verdict_words
from trayapp.wording.problems import all_templates, problem_words
from trayapp.wording.settings_fields import fields_words
from trayapp.wording.units import bytes_words, tokens_words


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_every_kind_has_a_title_and_a_detail(kind: ProblemKind) -> None:
    words = problem_words(Problem(kind))
    assert words.title
    assert words.detail
    assert words.title == words[0]
    assert not words.title.endswith(".")


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_no_value_is_missing_from_a_sentence_that_has_them_all(kind: ProblemKind) -> None:
    templates = all_templates({})[kind]
    names = {name for template in templates for _text, name, _spec, _how in string.Formatter().parse(template) if name}
    words = problem_words(Problem(kind, dict.fromkeys(names - {"ways"}, "value")))
    assert "…" not in words.title + words.detail


def test_sizes_lengths_and_ways_are_written_for_people() -> None:
    values = {"needed_bytes": 9 * GIB, "free_bytes": 3 * GIB, "ways": "eager,ollama"}
    words = problem_words(Problem(ProblemKind.MEMORY_DOES_NOT_FIT, values))
    assert "9.0 GiB" in words.detail
    assert "Ollama" in words.remedy
    words = problem_words(Problem(ProblemKind.CONTEXT_TOO_LONG, {"asked": 50_000, "longest": 40_960}))
    assert "50,000" in words.detail
    assert "40,960" in words.detail
    words = problem_words(Problem(ProblemKind.PORT_TAKEN, {"port": 8000, "host": "127.0.0.1", "user": None}))
    assert words.title == "Port 8000 is taken"
    flag = Problem(ProblemKind.SETTING_NOT_ALLOWED, {"key": "port", "value": True, "allowed": "a number"})
    assert "True" in problem_words(flag).detail


def test_values_decide_between_sentences() -> None:
    def remedy(**values: str) -> str:
        return problem_words(Problem(ProblemKind.GPU_NOT_SUPPORTED, values)).remedy

    assert "0.18" in remedy(last_version="0.18")
    assert "0.9" in remedy(first_version="0.9")
    assert "Ollama" in remedy()
    assert "setting port" in problem_words(Problem(ProblemKind.ARGUMENT_NOT_ALLOWED, {"setting": "port"})).remedy
    taken = problem_words(Problem(ProblemKind.PORT_TAKEN, {"user": "python", "host": "h", "port": 1}))
    assert "python" in taken.detail
    still_there = problem_words(Problem(ProblemKind.SECRET_NOT_KEPT, {"name": "server key", "forgetting": True}))
    assert "still has the server key" in still_there.title


@pytest.mark.parametrize("reason", ["longrope", "already_scaled", "version", "no_rope"])
def test_each_reason_against_yarn_has_a_sentence(reason: str) -> None:
    details = {
        other: problem_words(Problem(ProblemKind.YARN_NOT_POSSIBLE, {"reason": other})).detail
        for other in ("longrope", "already_scaled", "version", "no_rope")
    }
    assert len(set(details.values())) == 4
    assert details[reason]


@pytest.mark.parametrize("why", list(Why))
def test_each_reason_against_an_argument_has_a_sentence(why: Why) -> None:
    values = {"argument": "--x", "reason": why.value, "setting": "port" if why is Why.SETTING else "", "code": "m@1"}
    words = problem_words(Problem(ProblemKind.ARGUMENT_NOT_ALLOWED, values))
    assert words.detail
    assert ("code_allowed" in words.remedy) == (why in {Why.CODE, Why.PICKLE})
    assert ("keyring" in words.remedy) == (why is Why.KEY)


@pytest.mark.parametrize("reason", ["gated", "unknown", "network"])
def test_each_answer_of_the_hub_has_a_sentence(reason: str) -> None:
    words = problem_words(Problem(ProblemKind.MODEL_NOT_ON_HUB, {"model": "org/name", "reason": reason}))
    assert words.detail.startswith("org/name")


@pytest.mark.parametrize("way", list(Way))
def test_each_way_out_is_a_sentence(way: Way) -> None:
    assert way_words(way).endswith(".")


def test_no_ways_are_no_words() -> None:
    assert ways_words("") == ""


def test_each_verdict_and_basis_has_words() -> None:
    assert len({verdict_words(verdict) for verdict in Verdict}) == 4
    assert len({basis_words(basis) for basis in Basis}) == 3


def test_what_a_start_asks_for_is_told_for_each_source_of_the_length() -> None:
    told = {source: start_words(source, 26_064) for source in LengthSource}
    assert "26,064" in told[LengthSource.LEARNED]
    assert "settings" in told[LengthSource.USER]
    assert "second" in told[LengthSource.NATIVE]
    assert "auto" in told[LengthSource.AUTO]


def test_sizes_and_counts() -> None:
    assert tokens_words(26_608) == "26,608 tokens"
    assert bytes_words(6_120_328_396) == "5.7 GiB"
    assert bytes_words(50 << 20) == "50 MiB"
    assert bytes_words(-4 * GIB) == "-4.0 GiB"
    assert span_words(Span(GIB, 2 * GIB)) == "1.0 GiB to 2.0 GiB"
    assert span_words(Span(GIB, GIB)) == "1.0 GiB"


@pytest.mark.parametrize("kind", list(ProblemKind))
def test_a_setting_that_has_a_field_is_called_as_in_the_window_and_not_as_in_the_file(kind: ProblemKind) -> None:
    templates = all_templates({})[kind]
    said = [text for template in templates for text, *_ in string.Formatter().parse(template)]
    keys = {name for name in fields_words() if "_" in name}
    assert not [(text, key) for text in said for key in keys if key in text]
