"""Brings the catalogues up to date; run it with `python resources/translations/update.py`.

Gathers every text inside `_()`, merges it into each vllm-tray.po (new ones empty, gone ones dropped, none guessed),
compiles the .mo files, and names what is still to be translated; the exit code is 1 then.
"""

import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

TRANSLATIONS = Path(__file__).parent
PACKAGE = TRANSLATIONS.parents[1] / "trayapp"
# Files that follow from the texts alone: one date for all of them, and no line numbers.
_DATE = datetime(2026, 1, 1, tzinfo=UTC)


def texts() -> dict[str, list[str]]:
    """Return every text for people, with the files that it stands in."""
    found: dict[str, list[str]] = {}
    for file, _line, text, _comments, _context in extract_from_dir(
        PACKAGE, method_map=[("**.py", "python")], keywords={"_": None}
    ):
        assert isinstance(text, str), f"{file}: {text}"  # noqa: S101 - plurals are not used
        files = found.setdefault(text, [])
        if file not in files:
            files.append(file)
    return found


def languages() -> list[str]:
    """Return the languages that have a catalogue."""
    return sorted(path.parts[-3] for path in TRANSLATIONS.glob("*/LC_MESSAGES/vllm-tray.po"))


def read(language: str) -> Catalog:
    """Return the catalogue of a language as it is on the disk."""
    return read_po(BytesIO(_path(language).read_bytes()), locale=language)


def merged(language: str) -> Catalog:
    """Return the catalogue with exactly the texts of now."""
    old = read(language)
    new = Catalog(
        locale=language,
        project="vllm-tray",
        header_comment="# German words of vLLM Tray." if language == "de" else "# Words of vLLM Tray.",
        creation_date=_DATE,
        revision_date=_DATE,
        fuzzy=False,
    )
    for text, files in sorted(texts().items(), key=lambda item: (sorted(item[1]), item[0])):
        known = old.get(text)
        new.add(
            text,
            known.string if known else "",
            locations=[(file, None) for file in sorted(files)],
            flags=(known.flags if known else set()) | {"python-brace-format"} if "{" in text else (),
        )
    return new


def po_bytes(catalogue: Catalog) -> bytes:
    """Return the text form of a catalogue."""
    out = BytesIO()
    write_po(out, catalogue, width=120, omit_header=False, include_lineno=False)
    return out.getvalue()


def mo_bytes(catalogue: Catalog) -> bytes:
    """Return the form of a catalogue that gettext reads."""
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def missing(catalogue: Catalog) -> list[str]:
    """Return the texts that have no translation, or only a guessed one."""
    return [str(message.id) for message in catalogue if message.id and (not message.string or message.fuzzy)]


def _path(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "vllm-tray.po"


def main() -> int:
    """Write every catalogue anew; return 1 while a text has no translation."""
    lacking = 0
    for language in languages():
        catalogue = merged(language)
        _path(language).write_bytes(po_bytes(catalogue))
        _path(language).with_suffix(".mo").write_bytes(mo_bytes(catalogue))
        for text in missing(catalogue):
            lacking += 1
            print(f"{language}: {text}")
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
