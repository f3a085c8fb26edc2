"""Sizes, counts and numbers in words, as the language in use writes them, and numbers read as people type them."""

import re

from trayapp.core.units import GIB, MIB
from trayapp.wording.translation import _, language_in_use

_SWAPPED = str.maketrans(",.", ".,")
_WITH_DECIMAL_COMMA = {"de"}
_ENGLISH = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d*)(?:\.\d*)?")  # 0.9 and 1,234.5; 1,5 is none
_GROUPED = re.compile(r"([+-]?[1-9]\d{0,2})((?P<mark>[., \u00a0\u202f])\d{3}(?:(?P=mark)\d{3})*)")


def number_words(value: float, decimals: int = 0) -> str:
    """Return a number with thousands apart: 26608 is "26,608", in German "26.608"."""
    written = f"{value:,.{decimals}f}"
    return _swapped(written) if language_in_use() in _WITH_DECIMAL_COMMA else written


def figure_words(value: float, at_most: int = 6) -> str:
    """Return a number with as many decimals as it has, and no more than at_most: 0.9 is "0.9", in German "0,9"."""
    return number_words(value, at_most).rstrip("0").rstrip(".,")


def read_number(text: str) -> float:
    """Return the number that a person means, or raise ValueError.

    The language in use decides what "1.500" is; "0.9" can mean but one thing, and so is read in German too.
    """
    text = text.strip()
    ways = (_swapped(text), text) if language_in_use() in _WITH_DECIMAL_COMMA else (text, _swapped(text))
    for way in ways:
        if _ENGLISH.fullmatch(way):
            return float(way.replace(",", ""))
    raise ValueError(text)


def read_whole(text: str) -> int:
    """Return the whole number that a person means, or raise ValueError; either language's way to group is read."""
    text = text.strip()
    grouped = _GROUPED.fullmatch(text)
    return int(re.sub(r"[^\d+-]", "", text) if grouped else text)


def tokens_words(tokens: int) -> str:
    """Return a number of tokens, such as "26,608 tokens"."""
    return _("{count} tokens").format(count=number_words(tokens))


def bytes_words(size_bytes: int) -> str:
    """Return a size for people, such as "5.7 GiB"; small ones in MiB."""
    if abs(size_bytes) < GIB // 10:
        return _("{size} MiB").format(size=number_words(size_bytes / MIB))
    return _("{size} GiB").format(size=number_words(size_bytes / GIB, 1))


def rate_words(bytes_a_second: int) -> str:
    """Return a rate, such as "12.3 MiB/s"."""
    return _("{rate} MiB/s").format(rate=number_words(bytes_a_second / MIB, 1))


def left_words(seconds: int) -> str:
    """Return how long something takes still, such as "4 min left"."""
    if seconds < 60:
        return _("{seconds} s left").format(seconds=seconds)
    if seconds < 3600:
        return _("{minutes} min left").format(minutes=round(seconds / 60))
    return _("{hours} h left").format(hours=number_words(seconds / 3600, 1))


def pair_words(done_bytes: int, total_bytes: int) -> tuple[str, str]:
    """Return how much is there and of how much, such as ("0.12", "0.64 GiB"); with MiB where it is little."""
    if total_bytes < GIB // 10:
        return number_words(done_bytes / MIB, 1), _("{size} MiB").format(size=number_words(total_bytes / MIB, 1))
    return number_words(done_bytes / GIB, 2), _("{size} GiB").format(size=number_words(total_bytes / GIB, 2))


def _swapped(text: str) -> str:
    return text.translate(_SWAPPED)
