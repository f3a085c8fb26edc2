"""Under which names a server answers, besides those of its computer: a page that is led here has none of them."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.settings import Settings

ALLOWED_HOSTS = "TRAY_ALLOWED_HOSTS"
"""Variable of the server's environment: names, with commas between them; "*" among them allows all. It is read by
backends/inside_vllm, which knows nothing of ours."""
ANY = "*"
_NAME = re.compile(r"[a-z]+://([^/:]+)", re.IGNORECASE)


def allowed_hosts(settings: "Settings") -> str:
    """Return the names that the settings allow: where the server listens, and where the allowed pages come from."""
    pages = [found[1] for found in map(_NAME.match, settings.allowed_origins) if found]
    return ",".join(dict.fromkeys((settings.host, *pages)))
