"""A streamed answer: fed whole, byte by byte, and with rubbish in between."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.access import HIDDEN_KEY, Access
from trayapp.core.chat import (
    LONGEST_EVENT,
    Answer,
    ChatFailure,
    EventAssembler,
    Piece,
    failure_of,
    read_error,
    read_piece,
)

STREAM = (
    ": a remark\r\n\r\ndata: eins\n\ndata: zwei\ndata: zwei b\r\n\r\nevent: x\nid: 7\n\ndata:drei ü\r\rdata: [DONE]\n\n"
)
EVENTS = ["eins", "zwei\nzwei b", "drei ü", "[DONE]"]


def chunk(delta: dict[str, object], **more: object) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": None}], **more})


def test_a_stream_is_cut_into_the_data_of_its_events() -> None:
    assert EventAssembler().feed(STREAM.encode()) == EVENTS


def test_a_stream_may_come_byte_by_byte() -> None:
    events = EventAssembler()
    assert [data for byte in STREAM.encode() for data in events.feed(bytes([byte]))] == EVENTS


@given(st.lists(st.integers(0, len(STREAM.encode()))))
def test_a_stream_may_be_cut_anywhere(cuts: list[int]) -> None:
    data, events, found, start = STREAM.encode(), EventAssembler(), [], 0
    for cut in [*sorted(cuts), len(data)]:
        found += events.feed(data[start:cut])
        start = cut
    assert found == EVENTS


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    events = EventAssembler()
    events.feed(b"x" * (LONGEST_EVENT + 10))
    assert len(events._rest) == LONGEST_EVENT


@pytest.mark.parametrize(
    ("data", "piece"),
    [
        (chunk({"role": "assistant", "content": ""}), Piece()),
        (chunk({"content": "Hallo"}), Piece(text="Hallo")),
        (chunk({"reasoning_content": "hm"}), Piece(thought="hm")),
        (chunk({"reasoning": "hm"}), Piece(thought="hm")),
        (chunk({"content": "a"}, usage={"completion_tokens": 3}), Piece(text="a", tokens=3)),
        (json.dumps({"choices": [{"delta": {}, "finish_reason": "length"}]}), Piece(finished="length")),
        (json.dumps({"choices": [], "usage": {"completion_tokens": 9}}), Piece(tokens=9)),
        ("[DONE]", Piece(is_last=True)),
        (json.dumps({"error": {"message": "no"}}), Piece(error="no")),
        (json.dumps({"error": {}}), Piece(error="error")),
        ("rubbish", Piece()),
        ("[1]", Piece()),
        (json.dumps({"choices": "x", "usage": 3}), Piece()),
        (json.dumps({"choices": [{"delta": "x"}]}), Piece()),
    ],
)
def test_an_event_is_a_piece_and_rubbish_says_nothing(data: str, piece: Piece) -> None:
    assert read_piece(data) == piece


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ('{"error": {"message": "too long", "code": 400}}', "too long"),
        ('{"error": "Unauthorized"}', "Unauthorized"),
        ('{"message": "old style"}', "old style"),
        ('{"detail": "Not Found"}', "Not Found"),
        ("<html>", ""),
        ("[]", ""),
        ("{}", ""),
    ],
)
def test_an_errors_sentence_is_found(body: str, sentence: str) -> None:
    assert read_error(body) == sentence


def test_an_answer_knows_its_speed() -> None:
    answer = Answer(10.0)
    assert (answer.first_token_s, answer.tokens_per_s) == (None, None)
    answer = answer.with_piece(Piece(), 10.1)  # the role alone is no token
    assert answer.first_token_s is None
    for number in range(1, 12):
        answer = answer.with_piece(Piece(text="x", tokens=number), 10.4 + number / 10)
    assert answer.text == "x" * 11
    assert answer.first_token_s == pytest.approx(0.5)
    assert answer.tokens_per_s == pytest.approx(10.0)
    assert answer.with_piece(Piece(is_last=True), 99.0) == answer
    assert answer.with_piece(Piece(finished="stop"), 99.0).finished == "stop"


def test_a_server_that_does_not_count_has_its_parts_counted() -> None:
    answer = Answer(0.0).with_piece(Piece(text="a"), 1.0)
    assert answer.tokens_per_s is None
    answer = answer.with_piece(Piece(thought="b"), 2.0)
    assert (answer.tokens, answer.tokens_per_s) == (2, 1.0)


@pytest.mark.parametrize(
    ("status", "message", "failure"),
    [
        (0, "Connection refused", ChatFailure.NOT_REACHED),
        (401, "Unauthorized", ChatFailure.NOT_ALLOWED),
        (503, "", ChatFailure.NOT_READY),
        (400, "default chat template is no longer allowed", ChatFailure.NO_CHAT_TEMPLATE),
        (400, "maximum context length is 128 tokens", ChatFailure.TOO_LONG),
        (500, "bug", ChatFailure.REFUSED),
    ],
)
def test_a_status_has_a_meaning(status: int, message: str, failure: ChatFailure) -> None:
    assert failure_of(status, message) is failure


def test_a_key_can_be_hidden_and_is_in_no_traceback() -> None:
    access = Access("http://x/v1", "m", "geheim")
    assert access.with_hidden_key().key == HIDDEN_KEY
    assert "geheim" not in repr(access)
    assert Access("http://x/v1", "m").with_hidden_key().key == ""
