"""Where the running app listens for commands: one rule for the app and for the command line. No Qt in here."""

import os
import stat
import tempfile
from pathlib import Path

FOLDER = "vllm-tray"
SOCKET = "app"
LOCK = "app.lock"

_LONGEST_PATH_BYTES = 90
"""A socket's path holds 107 bytes on Linux, and Qt makes the socket under a longer name first."""


def find_socket_folder() -> Path:
    """Return the folder of the socket and its lock; it need not exist yet.

    It is in the session's runtime folder, which only this user can enter; a command line without a session (su, ssh,
    cron) is led to the same one. Without such a folder: the user's cache folder, or the temporary one when the path
    would be too long for a socket.
    """
    user = os.getuid() if hasattr(os, "getuid") else 0
    for runtime in (os.environ.get("XDG_RUNTIME_DIR", ""), f"/run/user/{user}"):
        if runtime and _is_ours(Path(runtime)) and _fits(Path(runtime) / FOLDER):
            return Path(runtime) / FOLDER
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / FOLDER
    return cache if _fits(cache) else Path(tempfile.gettempdir()) / f"{FOLDER}-{user}"


def find_socket_path() -> Path:
    """Return the path of the socket on which the app listens, whether it runs or not."""
    return find_socket_folder() / SOCKET


def make_private_folder(folder: Path) -> None:
    """Make the folder with access for this user alone; raises OSError when it belongs to somebody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_ours(folder):
        raise PermissionError(f"{folder} does not belong to this user")
    if hasattr(os, "getuid") and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        folder.chmod(0o700)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET)) <= _LONGEST_PATH_BYTES


def _is_ours(folder: Path) -> bool:
    """Whether this is a folder of this user's, and no link to one: a link in /tmp may be anybody's."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and (not hasattr(os, "getuid") or status.st_uid == os.getuid())
