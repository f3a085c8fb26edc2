"""The address under which programs on this computer reach the server."""

import re

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - recognised here, never listened on


def reachable_host(host: str) -> str:
    """Return the host as it stands in a URL: an address that means "all interfaces" becomes this computer's own."""
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]" if ":" in host else host


def endpoint(host: str, port: int) -> str:
    """Return the base address that OpenAI clients are given."""
    return f"http://{reachable_host(host)}:{port}/v1"


def is_this_computer_only(host: str) -> bool:
    """Whether a server at this host can be reached from this computer alone."""
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None
