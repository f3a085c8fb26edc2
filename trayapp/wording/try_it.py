"""Texts of the window in which a person asks the model one question."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.chat import ChatFailure
from trayapp.wording.translation import _
from trayapp.wording.units import number_words

if TYPE_CHECKING:
    from trayapp.core.chat import Answer


def window_title() -> str:
    """Return the title of the window."""
    return _("Try it · vLLM Tray")


def question_label() -> str:
    """Return the label of the field for the question."""
    return _("&Question")


def question_hint() -> str:
    """Return what stands in the empty field."""
    return _("Ask the model anything. Ctrl+Enter sends it.")


def first_question() -> str:
    """Return the question that stands there from the start, in the person's language."""
    return _("Who are you, and what can you do for me?")


def answer_label() -> str:
    """Return the label above the answer."""
    return _("Answer")


def ask_label() -> str:
    """Return the label of the button that sends the question."""
    return _("&Ask")


def stop_label() -> str:
    """Return the label of the button that ends the answer."""
    return _("&Stop")


def model_words(model: str) -> str:
    """Return who answers."""
    return _("{model} is ready.").format(model=model) if model else _("No model is running.")


def waiting_words() -> str:
    """Return what is shown until the first token comes."""
    return _("Waiting for the first token…")


def stopped_words() -> str:
    """Return what is added when the person ended the answer."""
    return _("Stopped.")


def speed_words(answer: "Answer") -> str:
    """Return what was measured: "42 tokens · first token after 0.18 s · 31.5 tokens per second"."""
    parts = [_("{count} tokens").format(count=number_words(answer.tokens))]
    if answer.first_token_s is not None:
        parts.append(_("first token after {seconds} s").format(seconds=number_words(answer.first_token_s, 2)))
    if answer.tokens_per_s is not None:
        parts.append(_("{speed} tokens per second").format(speed=number_words(answer.tokens_per_s, 1)))
    if answer.finished == "length":
        parts.append(_("ended at the longest length"))
    return " · ".join(parts)


def failure_words(failure: ChatFailure, message: str) -> str:
    """Return in one sentence why there is no answer, or no more of it."""
    match failure:
        case ChatFailure.NOT_REACHED:
            return _("The server cannot be reached ({reason}); see the log.").format(reason=message)
        case ChatFailure.NOT_ALLOWED:
            return _("The server does not accept the key of this app; start the model again.")
        case ChatFailure.NO_CHAT_TEMPLATE:
            return _("This model was not made for chats (it has no chat template); choose an “Instruct” or “Chat” one.")
        case ChatFailure.TOO_LONG:
            return _("The question is longer than the context: {reason}").format(reason=message)
        case ChatFailure.NOT_READY:
            return _("The server is up but cannot answer now; try again in a moment.")
        case ChatFailure.REFUSED:
            return _("The server refused the question: {reason}").format(reason=message)
        case ChatFailure.BROKEN_OFF:
            return _("The answer broke off ({reason}); see the log.").format(reason=message)
        case _:
            assert_never(failure)
