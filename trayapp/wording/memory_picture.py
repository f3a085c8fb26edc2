"""The picture of the memory in words: for its labels, on hover, and for who cannot see it."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.memory_picture import Part
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, tokens_words

if TYPE_CHECKING:
    from trayapp.core.memory_picture import MemoryPicture, Segment


def part_name(part: Part) -> str:
    """Return what a piece is for."""
    match part:
        case Part.OTHERS:
            return _("other programs")
        case Part.WEIGHTS:
            return _("weights of the model")
        case Part.WORKING:
            return _("room to compute")
        case Part.KV_CACHE:
            return _("context")
        case Part.RESERVE:
            return _("kept free for the desktop")
        case Part.FREE:
            return _("free")
        case Part.MISSING:
            return _("missing")
        case _:
            assert_never(part)


def segment_words(segment: "Segment") -> str:
    """Return a piece with its size, the context it holds, and how that is known."""
    size = bytes_words(segment.size_bytes)
    if segment.tokens:
        size = _("{size} = {tokens}").format(size=size, tokens=tokens_words(segment.tokens))
    how = _("measured") if segment.measured else _("estimated")
    return _("{part}: {size} ({how})").format(part=part_name(segment.part), size=size, how=how)


def picture_name(picture: "MemoryPicture") -> str:
    """Return what the bar shows, with its size."""
    size = bytes_words(picture.total_bytes)
    if picture.of_gpu:
        return _("GPU memory, {size} in all").format(size=size)
    return _("Memory of the computer, {size} in all").format(size=size)


def picture_words(picture: "MemoryPicture") -> str:
    """Return the whole picture, a line for each piece."""
    return "\n".join((picture_name(picture), *(segment_words(segment) for segment in picture.segments)))
