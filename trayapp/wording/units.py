"""Sizes and counts in words."""

from trayapp.core.units import GIB, MIB
from trayapp.wording.translation import _


def tokens_words(tokens: int) -> str:
    """Return a number of tokens, such as "26,608 tokens"."""
    return _("{count} tokens").format(count=f"{tokens:,}")


def bytes_words(size_bytes: int) -> str:
    """Return a size for people, such as "5.7 GiB"; small ones in MiB."""
    if abs(size_bytes) < GIB // 10:
        return _("{size} MiB").format(size=round(size_bytes / MIB))
    return _("{size} GiB").format(size=f"{size_bytes / GIB:.1f}")
