"""The language of the app: gettext catalogues without Qt, so that the command line speaks it too."""

import gettext
import os
from collections.abc import Mapping
from pathlib import Path

_FOLDERS = (
    Path(__file__).parents[1] / "resources" / "translations",  # in an installed wheel
    Path(__file__).parents[2] / "resources" / "translations",  # in a checkout
)
_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use_language(chosen: str = "", environment: Mapping[str, str] = os.environ) -> None:
    """Take the catalogue of the chosen language; without a choice, of the system's first one that is spoken."""
    global _catalogue  # noqa: PLW0603 - the one language of this process
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    wanted = [chosen] if chosen else system_languages(environment)
    # An empty list would mean the environment again; for "C" there never is a catalogue.
    _catalogue = gettext.translation("vllm-tray", folder, wanted or ["C"], fallback=True)


def system_languages(environment: Mapping[str, str]) -> list[str]:
    """Return the user's languages before English, in which the texts are written: "de_AT:en:fr" gives de_AT.

    As in GNU gettext: LANGUAGE is the list, unless the locale (LC_ALL, LC_MESSAGES, LANG) is the plain one.
    """
    locale = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    if locale.partition(".")[0] in {"C", "POSIX"}:
        return []
    languages: list[str] = []
    for language in (environment.get("LANGUAGE") or locale).split(":"):
        if language.startswith("en"):
            break
        if language:
            languages.append(language)
    return languages


def language_in_use() -> str:
    """Return the language of the words, such as "de"; its way to write numbers goes with it."""
    return _catalogue.info().get("language", "en")


def _(text: str) -> str:
    """Return the text in the language in use."""
    return _catalogue.gettext(text)
