"""A streamed answer of a model: bytes into events, events into pieces, pieces into an answer with its speed.

No network and no clock in here: bytes and moments come as arguments. The format is that of OpenAI's
/v1/chat/completions with stream=true (server-sent events); vLLM, Ollama and others speak it.
"""

import codecs
import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

LONGEST_EVENT = 1 << 20
"""Characters; a stranger that never ends a line must not fill the memory."""


class EventAssembler:
    """Turns the chunks of a stream into the data of its events; a character may be spread over any chunks."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._data: list[str] = []

    def feed(self, chunk: bytes) -> list[str]:
        """Return the data of every event that these bytes complete."""
        text = self._rest + self._decode(chunk)
        # A "\r" at the end may be half of a "\r\n": it waits for what follows.
        held = "\r" if text.endswith("\r") else ""
        text = text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
        *lines, rest = text.split("\n")
        self._rest = (rest + held)[-LONGEST_EVENT:]
        return [data for line in lines for data in self._line(line)]

    def _line(self, line: str) -> list[str]:
        if not line:
            event, self._data = self._data, []
            return ["\n".join(event)] if event else []
        name, _colon, value = line.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        return []


@dataclass(frozen=True, slots=True)
class Piece:
    """What one event brought. tokens: of the answer so far, where the server counts; error: what it says instead."""

    text: str = ""
    thought: str = ""
    tokens: int | None = None
    finished: str = ""  # "stop", "length": why there is no more
    error: str = ""
    is_last: bool = False


def read_piece(data: str) -> Piece:
    """Return what the data of one event says; what is no such event says nothing."""
    if data.strip() == "[DONE]":
        return Piece(is_last=True)
    try:
        event = json.loads(data)
    except (ValueError, RecursionError):
        return Piece()
    if not isinstance(event, dict):
        return Piece()
    if "error" in event:
        return Piece(error=read_error(data) or "error")
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    delta = _part(choice, "delta")
    tokens = _part(event, "usage").get("completion_tokens")
    return Piece(
        text=_text(delta, "content"),
        thought=_text(delta, "reasoning_content") or _text(delta, "reasoning"),
        tokens=tokens if isinstance(tokens, int) else None,
        finished=_text(choice, "finish_reason"),
    )


def read_error(body: str) -> str:
    """Return the sentence of an answer that is an error, "" where it has none."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = answer.get("error", answer) if isinstance(answer, dict) else None
    if isinstance(error, str):
        return error
    return _text(error, "message") or _text(error, "detail")


def _part(value: Any, name: str) -> dict[str, Any]:
    part = value.get(name) if isinstance(value, dict) else None
    return part if isinstance(part, dict) else {}


def _text(value: Any, name: str) -> str:
    text = value.get(name) if isinstance(value, dict) else None
    return text if isinstance(text, str) else ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer so far; moments are in seconds of a steady clock, None before they came."""

    asked_at_s: float
    text: str = ""
    thought: str = ""
    tokens: int = 0
    first_at_s: float | None = None
    last_at_s: float | None = None
    finished: str = ""

    def with_piece(self, piece: Piece, at_s: float) -> "Answer":
        """Return the answer after one more piece."""
        if piece.is_last:
            return self
        says = bool(piece.text or piece.thought)
        counted = piece.tokens if piece.tokens is not None else self.tokens + says
        return replace(
            self,
            text=self.text + piece.text,
            thought=self.thought + piece.thought,
            tokens=max(self.tokens, counted),
            first_at_s=at_s if says and self.first_at_s is None else self.first_at_s,
            last_at_s=at_s if says else self.last_at_s,
            finished=piece.finished or self.finished,
        )

    @property
    def first_token_s(self) -> float | None:
        """Seconds from the question to the first token."""
        return None if self.first_at_s is None else self.first_at_s - self.asked_at_s

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens a second after the first one; None before there are two."""
        if self.first_at_s is None or self.last_at_s is None or self.tokens < 2 or self.last_at_s <= self.first_at_s:
            return None
        return (self.tokens - 1) / (self.last_at_s - self.first_at_s)


class ChatFailure(StrEnum):
    """Why there is no answer, or no more of it."""

    NOT_REACHED = "not_reached"
    NOT_ALLOWED = "not_allowed"
    NO_CHAT_TEMPLATE = "no_chat_template"
    TOO_LONG = "too_long"
    NOT_READY = "not_ready"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"


def failure_of(status: int, message: str) -> ChatFailure:
    """Return what an HTTP status (0: no answer at all) and the server's sentence mean."""
    if status == 0:
        return ChatFailure.NOT_REACHED
    if status in {401, 403}:
        return ChatFailure.NOT_ALLOWED
    if status == 503:
        return ChatFailure.NOT_READY
    if "chat template" in message:
        return ChatFailure.NO_CHAT_TEMPLATE
    if "context length" in message or "max_model_len" in message:
        return ChatFailure.TOO_LONG
    return ChatFailure.REFUSED
