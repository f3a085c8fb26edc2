"""A path as a person writes it."""

import os
from pathlib import Path


def home_path(text: str) -> Path:
    """Return the path with the home folder for "~"; that of a user who is not there stays as it is, and is nowhere."""
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path's own raises for a user who is not there
