"""Whether this Linux runs inside Windows (WSL). One question, no consequence drawn."""

from pathlib import Path


def find_wsl() -> bool:
    """Return whether the kernel is the one that Windows brings for Linux programs."""
    try:
        return read_wsl(Path("/proc/sys/kernel/osrelease").read_text())
    except OSError:  # no Linux at all
        return False


def read_wsl(release: str) -> bool:
    """Return whether a kernel's release ("5.15.167.4-microsoft-standard-WSL2") is one of WSL's."""
    return "microsoft" in release.lower()
