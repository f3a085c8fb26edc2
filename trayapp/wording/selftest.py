"""What the self-test says of its steps; the command line and the window of the set-up show it."""

from trayapp.wording.translation import _
from trayapp.wording.units import number_words, tokens_words


def step_names() -> dict[str, str]:
    """Return the name of each step."""
    return {"start": _("start"), "question": _("question"), "stop": _("stop")}


def ready_words(model: str, version: str, tokens: int, launches: int) -> str:
    """Return that the model is ready, and after how many launches of vLLM."""
    said = _("{model} on vLLM {version}, {tokens}, launches: {launches}")
    return said.format(model=model, version=version, tokens=tokens_words(tokens), launches=number_words(launches))


def answered_words(answer: str, *, right: bool) -> str:
    """Return what the model answered."""
    said = _('answered "{answer}"') if right else _('wrong answer: "{answer}"')
    return said.format(answer=answer)


def not_answered_words(reason: str) -> str:
    """Return why there was no answer."""
    return _("no answer: {reason}").format(reason=reason)


def stopped_words(leftovers: tuple[int, ...]) -> str:
    """Return that the server has ended, and which of its processes live on."""
    if leftovers:
        return _("stopped, but these live: {pids}").format(pids=", ".join(map(str, leftovers)))
    return _("stopped, nothing is left")


def result_words(*, passed: bool) -> str:
    """Return how it ended."""
    return _("The self-test passed.") if passed else _("The self-test failed.")
