"""Where the files lie that come with the app: icons, the desktop file, the self-test model."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def resource(name: str) -> Path:
    """Return the path of a file or folder in resources/, from a checkout and from an installed wheel alike.

    Raises FileNotFoundError for a name that does not come with the app: a mistake in the program.
    """
    for folder in (_PACKAGE / "resources", _PACKAGE.parent / "resources"):  # the wheel's place, the checkout's
        path = folder / name
        if path.exists():
            return path
    raise FileNotFoundError(f"no resource named {name}")
