"""Lines come out of chunks whole, however the bytes were cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trayapp.core.log_lines import CUT_MARK, LONGEST_LINE, LineAssembler, normalise


def lines_of(*chunks: bytes) -> list[str]:
    assembler = LineAssembler()
    return [line for chunk in chunks for line in assembler.feed(chunk)] + assembler.finish()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_kind_of_end_ends_a_line(end: bytes) -> None:
    assert lines_of(b"one" + end + b"two" + end) == ["one", "two"]


def test_a_return_at_the_end_of_a_chunk_ends_the_line_at_once_and_only_once() -> None:
    assembler = LineAssembler()
    assert assembler.feed(b"50 %\r") == ["50 %"]
    assert assembler.feed(b"\nnext") == []
    assert assembler.finish() == ["next"]


def test_an_empty_chunk_between_return_and_newline_changes_nothing() -> None:
    assert lines_of(b"a\r", b"", b"\nb\n") == ["a", "b"]


def test_a_character_cut_in_two_survives() -> None:
    bar = "███▍ 34 %".encode()
    assert lines_of(bar[:4], bar[4:8], bar[8:], b"\n") == ["███▍ 34 %"]


def test_bytes_that_are_no_text_are_replaced() -> None:
    assert lines_of(b"a\xff\xfeb\n") == ["a\ufffd\ufffdb"]


def test_the_rest_comes_at_the_end_and_only_then() -> None:
    assembler = LineAssembler()
    assert assembler.feed(b"no end") == []
    assert assembler.finish() == ["no end"]
    assert assembler.finish() == []


def test_half_a_character_at_the_end_is_replaced() -> None:
    assert lines_of("é".encode()[:1]) == ["\ufffd"]


def test_a_line_without_end_is_broken_and_loses_nothing() -> None:
    lines = lines_of(*[b"x" * 5000] * 20)
    assert all(len(line) <= LONGEST_LINE + len(CUT_MARK) for line in lines)
    assert "".join(line.removesuffix(CUT_MARK) for line in lines) == "x" * 100_000
    assert [line.endswith(CUT_MARK) for line in lines] == [True] * (len(lines) - 1) + [False]


def test_a_long_line_inside_a_chunk_is_broken_too() -> None:
    lines = lines_of(b"a\n" + b"x" * (LONGEST_LINE + 1) + b"\nb\n")
    assert [len(line) for line in lines] == [1, LONGEST_LINE + len(CUT_MARK), 1, 1]


def test_what_is_held_back_stays_small() -> None:
    assembler = LineAssembler()
    for _ in range(100):
        assembler.feed(b"x" * 10_000)
    assert sum(len(line) for line in assembler.finish()) <= LONGEST_LINE


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=8))
def test_cuts_do_not_matter(data: bytes, cuts: list[int]) -> None:
    places = sorted({0, len(data), *(cut for cut in cuts if cut <= len(data))})
    chunks = [data[a:b] for a, b in pairwise(places)]
    assert lines_of(*chunks) == lines_of(data)


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        ("INFO 12-30 10:11:12 config.py:510] msg", "INFO 12-30 10:11:12 config.py:510] msg"),
        ("(APIServer pid=1) (EngineCore_DP0 pid=68) ERROR x", "ERROR x"),
        ("\x1b[1;36m(VllmWorker rank=0 pid=268)\x1b[0;0m INFO x\r", "INFO x"),
        ("^[[1;36m(EngineCore_0 pid=2)^[[0;0m x", "x"),
        ("(VllmWorker-0 pid=9) (VllmWorker TP0 pid=302) x", "x"),
        ("vllm-1  | (APIServer pid=7) x", "x"),
        ("(RayWorkerWrapper pid=123, ip=10.0.0.2) x", "x"),
        ('<font color="#EF2929">ERROR x</font>', "ERROR x"),
        ("│ boxed text      │", "boxed text"),
        ("\x1b]0;title\x07 x", " x"),
        ("(not a prefix) x", "(not a prefix) x"),
        ("  indented |", "  indented |"),
        ("vllm    | b", "b"),
        ("int | None", "int | None"),
        ("", ""),
    ],
)
def test_decoration_is_taken_off(line: str, plain: str) -> None:
    assert normalise(line) == plain


@given(st.text(max_size=300))
def test_any_line_can_be_normalised(line: str) -> None:
    assert len(normalise(line)) <= len(line)
