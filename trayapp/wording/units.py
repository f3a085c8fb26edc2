"""Sizes, counts and numbers in words, as the language in use writes them."""

from trayapp.core.units import GIB, MIB
from trayapp.wording.translation import _, language_in_use

_SWAPPED = str.maketrans(",.", ".,")
_WITH_DECIMAL_COMMA = {"de"}


def number_words(value: float, decimals: int = 0) -> str:
    """Return a number with thousands apart: 26608 is "26,608", in German "26.608"."""
    written = f"{value:,.{decimals}f}"
    return written.translate(_SWAPPED) if language_in_use() in _WITH_DECIMAL_COMMA else written


def tokens_words(tokens: int) -> str:
    """Return a number of tokens, such as "26,608 tokens"."""
    return _("{count} tokens").format(count=number_words(tokens))


def bytes_words(size_bytes: int) -> str:
    """Return a size for people, such as "5.7 GiB"; small ones in MiB."""
    if abs(size_bytes) < GIB // 10:
        return _("{size} MiB").format(size=number_words(size_bytes / MIB))
    return _("{size} GiB").format(size=number_words(size_bytes / GIB, 1))
