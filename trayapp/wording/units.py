"""Sizes, counts and numbers in words, as the language in use writes them."""

from trayapp.core.units import GIB, MIB
from trayapp.wording.translation import _, language_in_use

_SWAPPED = str.maketrans(",.", ".,")
_WITH_DECIMAL_COMMA = {"de"}


def number_words(value: float, decimals: int = 0) -> str:
    """Return a number with thousands apart: 26608 is "26,608", in German "26.608"."""
    written = f"{value:,.{decimals}f}"
    return written.translate(_SWAPPED) if language_in_use() in _WITH_DECIMAL_COMMA else written


def decimal_words(value: float, digits: int = 6) -> str:
    """Return a number with as many decimals as it has, at most so many digits: 0.6 is "0.6", in German "0,6"."""
    return localized(f"{value:.{digits}g}")


def localized(number: str) -> str:
    """Return a number as programs write it, with the decimal sign of the language in use."""
    return number.replace(".", ",") if language_in_use() in _WITH_DECIMAL_COMMA else number


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
