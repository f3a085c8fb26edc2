"""The language of the app: gettext catalogues without Qt, so that the command line speaks it too."""

import gettext
from pathlib import Path

_FOLDERS = (
    Path(__file__).parents[1] / "resources" / "translations",  # in an installed wheel
    Path(__file__).parents[2] / "resources" / "translations",  # in a checkout
)
_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use_language(languages: list[str] | None = None) -> None:
    """Take the catalogue of the first language that has one; None means the system's languages."""
    global _catalogue  # noqa: PLW0603 - the one language of this process
    folder = next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
    _catalogue = gettext.translation("vllm-tray", folder, languages, fallback=True)


def _(text: str) -> str:
    """Return the text in the language in use."""
    return _catalogue.gettext(text)
