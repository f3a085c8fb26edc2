"""Whether a vLLM knows the options and variables that a person adds, and which one was probably meant.

Those that it knows come in.
"""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


_OF_VLLM, _OF_US = "VLLM_", "VLLM_TRAY_"


@dataclass(frozen=True, slots=True)
class UnknownOption:
    """An option, or a variable, that this vLLM does not know, and the nearest that it knows ("" for none)."""

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


def find_unknown_variable(names: "Iterable[str]", known: "Collection[str]") -> UnknownOption | None:
    """Return the first that has the name of one of vLLM's, and is none; without a list of them nothing is.

    Any other name is another program's, such as LD_PRELOAD, or this app's own.
    """
    if not known:
        return None
    for name in names:
        if name.startswith(_OF_VLLM) and not name.startswith(_OF_US) and name not in known:
            rests = sorted(each.removeprefix(_OF_VLLM) for each in known if each.startswith(_OF_VLLM))
            near = get_close_matches(name.removeprefix(_OF_VLLM), rests, 1)  # what all begin with makes none alike
            return UnknownOption(name, _OF_VLLM + near[0] if near else "")
    return None
