"""Lists the licence of every locked package, from what it says itself: .venv/bin/python installer/licences.py.

Writes installer/licences.md; --check only compares, and ends with 1 where the list is not of these lock files any more.
A package that only other systems need is not installed here: what stands in the list for it was entered by hand.
"""

import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "installer/licences.md"
LOCKS = {"requirements.lock": "What the app needs", "tests/requirements.lock": "What only its tests need"}
HEAD = """# Licences of the locked packages

Made by `.venv/bin/python installer/licences.py` from what the packages say themselves; a test compares it with the lock
files. vLLM and what comes with it are set up apart, at the person's wish, and are not in here.
"""
_PINNED = re.compile(
    r"^(?P<name>[a-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>\S+)(?: ; (?P<where>[^\\]+?))?(?: \\)?$", re.MULTILINE
)
_CLASSIFIER = "License :: OSI Approved :: "
_SHORT = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_LONGEST_NAME = 80


def pinned(lock: str) -> list[tuple[str, str, str]]:
    """Return (name, version, where it is needed or "") of each package in a lock file."""
    return [(found["name"], found["version"], found["where"] or "") for found in _PINNED.finditer(lock)]


def licence_of(package: Distribution) -> str:
    """Return the licence as the package names it, "" where it names none."""
    about = package.metadata
    for name in (about.get("License-Expression"), about.get("License")):
        if name and len(name) <= _LONGEST_NAME and name != "UNKNOWN":
            return name
    names = [
        kind.removeprefix(_CLASSIFIER) for kind in about.get_all("Classifier") or [] if kind.startswith(_CLASSIFIER)
    ]
    return " AND ".join(_SHORT.get(name, name) for name in names)


def rows(lock: str, known: dict[str, str]) -> list[str]:
    """Return a row for each package; one that is not for this system keeps what the list says (known) of it."""
    found = []
    for name, version, where in pinned(lock):
        try:
            licence = licence_of(distribution(name)) or "not named by the package"
        except PackageNotFoundError:
            licence = known.get(name, f"not looked at: {where}")
        found.append(f"| {name} | {version} | {licence} |")
    return found


def write_list(old: str) -> str:
    """Return the whole list."""
    known = dict(re.findall(r"^\| (\S+) \| \S+ \| (.+) \|$", old, re.MULTILINE))
    parts = [HEAD]
    for lock, title in LOCKS.items():
        table = rows((ROOT / lock).read_text(), known)
        parts.append("\n".join([f"## {title}", "", "| package | version | licence |", "|---|---|---|", *table, ""]))
    return "\n".join(parts)


def main() -> int:
    """Write the list, or compare it."""
    old = LIST.read_text() if LIST.exists() else ""
    new = write_list(old)
    if "--check" not in sys.argv:
        LIST.write_text(new)
    elif new != old:
        print(
            "installer/licences.md is not of these lock files: .venv/bin/python installer/licences.py writes it anew."
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
