"""How much room there is where files would be written. Asking only: what is enough is decided elsewhere."""

import shutil
from pathlib import Path


def find_free_bytes(folder: Path) -> int | None:
    """Return the bytes that this user may still write at a folder that may not exist yet, None when nobody can tell."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return None
