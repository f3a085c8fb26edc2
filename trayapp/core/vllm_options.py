"""Whether a vLLM knows the options that a person adds, and which one was probably meant. The options come in."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True)
class UnknownOption:
    """An option that this vLLM does not know, and the nearest that it knows ("" for none)."""

    option: str
    nearest: str


def find_unknown(extra_arguments: tuple[str, ...], options: "Collection[str]") -> UnknownOption | None:
    """Return the first that is unknown; without a list of options nothing is.

    vLLM takes "_" for "-", a key behind a ".", "--no-" before a switch, and a beginning that only fits one option.
    """
    if not options:
        return None
    for argument in extra_arguments:
        if not argument.startswith("--") or argument == "--":
            continue
        option = argument.partition("=")[0].partition(".")[0].replace("_", "-")
        plain = option.replace("--no-", "--", 1)
        if any(known.startswith((option, plain)) for known in options):
            continue
        near = get_close_matches(option, sorted(options), 1)
        return UnknownOption(option, near[0] if near else "")
    return None
