"""What is typed into a field of the settings becomes a value, and a value the text that is to be typed."""

import pytest

from trayapp.ui.fields import Kind, read_text, write_text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (Kind.WHOLE, "4096", 4096),
        (Kind.NUMBER, "0.5", 0.5),
        (Kind.GIB, "1", 1 << 30),
        (Kind.ARGUMENTS, "--seed 7", ("--seed", "7")),
        (Kind.PAIRS, "A=b", {"A": "b"}),
        (Kind.LINES, "/a\n/b", ("/a", "/b")),
        (Kind.TEXT, "x", "x"),
    ],
)
def test_what_is_typed_becomes_a_value_and_back(kind: Kind, text: str, value: object) -> None:
    assert read_text(kind, text) == value
    assert write_text(kind, value) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [(Kind.WHOLE, "a lot"), (Kind.GIB, "inf"), (Kind.ARGUMENTS, "--chat-template 'x"), (Kind.PAIRS, "A")],
)
def test_what_means_nothing_stays_a_text(kind: Kind, text: str) -> None:
    assert read_text(kind, text) == text
