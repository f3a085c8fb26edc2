"""Looking at a server elsewhere, in words: one row for each step, and what it is."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.remote_server import Step
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _
from trayapp.wording.units import tokens_words

if TYPE_CHECKING:
    from trayapp.core.remote_server import RemoteFacts, StepOutcome


def step_title(step: Step) -> str:
    """Return what a step looks at."""
    match step:
        case Step.NAME:
            return _("name")
        case Step.PORT:
            return _("port")
        case Step.TLS:
            return _("protection (TLS)")
        case Step.KEY:
            return _("key")
        case Step.MODEL:
            return _("model")
        case _:
            assert_never(step)


def step_words(outcome: "StepOutcome") -> str:
    """Return how a step went, in one row; a failed one with the reason and the way out."""
    title = step_title(outcome.step)
    if outcome.problem is None:
        return _("✓ {step}: {told}").format(step=title, told=_told(outcome))
    words = problem_words(outcome.problem)
    return _("✗ {step}: {reason}").format(step=title, reason=" ".join([f"{words.title}.", words.detail, words.remedy]))


def found_words(facts: "RemoteFacts") -> str:
    """Return what a server is that passed every step."""
    what = _("vLLM {version}").format(version=facts.version) if facts.version else _("OpenAI's interface")
    length = tokens_words(facts.max_model_len) if facts.max_model_len else _("context length not told")
    return f"{what} · {facts.model} · {length}"


def _told(outcome: "StepOutcome") -> str:
    match outcome.step:
        case Step.TLS if outcome.told == "none":
            return _("none")
        case Step.KEY:
            return _("accepted") if outcome.told == "sent" else _("none needed")
        case _:
            return outcome.told
