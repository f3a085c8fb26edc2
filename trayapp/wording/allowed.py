"""What a setting allows, in words. The core says it in English, since it is also what a settings file may hold."""

import re
from typing import TYPE_CHECKING

from trayapp.core.units import GIB
from trayapp.wording.translation import _
from trayapp.wording.units import figure_words

if TYPE_CHECKING:
    from collections.abc import Callable

_RANGE = re.compile(r"a (whole )?number from (\S+) to ([^\s,]+)(?:, or 0 \((.*)\))?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def allowed_words(allowed: str, write: "Callable[[str], str]" = str) -> str:
    """Return the words of core/settings.py for what is allowed, in the language in use.

    Numbers stay as a settings file and the command line take them, since that is where they are to be corrected;
    write is for what is typed elsewhere.
    """
    if match := _RANGE.fullmatch(allowed):
        whole, low, high, zero = match.groups()
        text = _("a whole number from {low} to {high}") if whole else _("a number from {low} to {high}")
        words = text.format(low=write(low), high=write(high))
        meaning = {
            "automatic": _("automatic"),
            "off": _("off"),
            "the app takes a free one": _("the app takes a free one"),
        }
        return words + (_(", or 0 ({meaning})").format(meaning=meaning.get(zero, zero)) if zero else "")
    if allowed.startswith("one of "):
        return _("one of {names}").format(names=allowed.removeprefix("one of "))
    return _others().get(allowed, allowed)


def typed_words(name: str, value: str, allowed: str) -> tuple[str, str]:
    """Return a value that was refused and what is allowed, both as the field of the setting shows them.

    value is as Python writes it, a text in quotes. Sizes are bytes here, and GiB in their field. Where a field has a
    form of its own, the value is not said: it is no longer as it was typed, and may hold a secret.
    """
    if name in (forms := _forms()):
        return _("This"), forms[name]
    if name.endswith("_bytes"):
        return _size(value), allowed_words(allowed.replace("whole ", ""), _size)
    write = str if name.endswith("port") else _figure  # 65535 is the name of a port, and no amount
    return write(value), allowed_words(allowed, write)


def _forms() -> dict[str, str]:
    return {
        "allowed_origins": _("one page a line, such as http://localhost:3000, or * for all"),
        "extra_arguments": _("what a command line takes: each quotation mark has its second one"),
        "environment": _("one variable a line, such as NAME=value"),
    }


def _size(value: str) -> str:
    return _("{size} GiB").format(size=_figure(value, GIB)) if _NUMBER.fullmatch(value) else value


def _figure(value: str, unit: int = 1) -> str:
    return figure_words(float(value) / unit) if _NUMBER.fullmatch(value) else value


def _others() -> dict[str, str]:
    return {
        "a text on one line": _("a text on one line"),
        "true or false": _("true or false"),
        "another port than the server's": _("another port than the server's"),
        "a host name or an address": _("a host name or an address"),
        "auto, none or the name of a method": _("auto, none or the name of a method"),
        "a list of origins such as http://localhost:3000": _("a list of origins such as http://localhost:3000"),
        "a list of texts": _("a list of texts"),
        "an object of texts": _("an object of texts"),
        'a list of objects with "name" and "url" (http or https), and "ca_file" and "model" where they are needed': _(
            'a list of objects with "name" and "url" (http or https), and "ca_file" and "model" where they are needed'
        ),
        "a list of folders": _("a list of folders"),
        "a list of model@revision": _("a list of model@revision"),
        "a name of plain letters (a to z), digits and signs without blanks, or empty": _(
            "a name of plain letters (a to z), digits and signs without blanks, or empty"
        ),
        "an object with an object of settings for each model": _("an object with an object of settings for each model"),
        "a list of models": _("a list of models"),
        'a language such as "en" or "de", or empty (the system\'s)': _(
            'a language such as "en" or "de", or empty (the system\'s)'
        ),
    }
