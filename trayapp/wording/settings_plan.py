"""What is found out beside the fields of the settings: the length, what a choice buys, a port, a folder with models."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.folder_trouble import FolderTrouble, Trouble
from trayapp.wording.reasons import reason_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, figure_words, number_words, tokens_words

if TYPE_CHECKING:
    from trayapp.core.memory_plan import MemoryPlan
    from trayapp.core.settings_draft import Gain

_FACTOR_WITH_A_PRICE = 2.0


def gain_words(name: str, gain: "Gain") -> str:
    """Return what another choice would change; nothing is said where it changes nothing."""
    if gain.context:
        said = _("{choice}, the context would be {tokens} longer.")
        less = _("{choice}, the context would be {tokens} shorter.")
    else:  # the context is as long as it can be: there is more or less room for further requests
        said = _("{choice}, the memory would hold {tokens} more, for several requests at once.")
        less = _("{choice}, the memory would hold {tokens} fewer.")
    tokens = gain.context or gain.held
    if not tokens:
        return ""
    return (said if tokens > 0 else less).format(choice=_choice(name, gain.value), tokens=tokens_words(abs(tokens)))


def _choice(name: str, value: object) -> str:
    match name:
        case "enforce_eager":
            return _("Switched on") if value else _("Switched off")
        case "max_num_seqs" if value:
            return _("With one request at once")
        case "kv_cache_dtype":
            return _("With {format}").format(format=value)
        case "memory_reserve_bytes" if isinstance(value, int):
            return _("With {size} kept free").format(size=bytes_words(value)) if value else _("With nothing kept free")
        case _:
            return _("Automatic")


def share_words(memory: "MemoryPlan") -> str:
    """Return which share of the memory is taken where the app decides."""
    share, size = figure_words(memory.budget_bytes / memory.total_bytes, 2), bytes_words(memory.budget_bytes)
    return _("Automatic takes {share} now: {size}.").format(share=share, size=size)


def port_words() -> str:
    """Return that a port can be had."""
    return _("This port is free.")


def folder_words(trouble: FolderTrouble) -> str:
    """Return why a folder cannot be looked through for models, and what to do."""
    match trouble.trouble:
        case Trouble.MISSING:
            said = _("{folder} is not there now: check how it is written, or connect the disk that it is on.")
        case Trouble.NO_FOLDER:
            said = _("{folder} is a file: name the folder that it is in.")
        case Trouble.NOT_READABLE:
            said = _("{folder} cannot be read ({reason}): check the rights of the folder, and its disk.")
        case _:
            assert_never(trouble.trouble)
    return said.format(folder=trouble.folder, reason=reason_words(trouble.reason))


def length_words(memory: "MemoryPlan", planned: int) -> str:
    """Return what the model can, what the memory holds (as its picture says it, for all requests), what is planned."""
    held = memory.largest_that_fits.low
    if held >= memory.wanted_context:  # one text ends there, the memory does not
        held = max(held, memory.kv_cache_tokens.low)
    return _("The model can take {native}, the memory holds {held}, {planned} tokens are planned.").format(
        native=number_words(memory.native_context),
        held=number_words(held),
        planned=number_words(planned),
    )


def takes_words(memory: "MemoryPlan", planned: int) -> str:
    """Return the memory that one text of this length takes."""
    size = bytes_words(round(memory.kv_bytes_per_token * planned)).replace(" ", "\u00a0")  # no end of a line within it
    return _("A text of that length takes {size}.").format(size=size)


def factor_words(factor: float) -> str:
    """Return the warning of a large factor, or ""."""
    if factor <= _FACTOR_WITH_A_PRICE:
        return ""
    return _("Above 2.0 the answers to short texts become noticeably worse.")
