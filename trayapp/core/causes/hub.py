"""Rules for getting the model: its name, the licence, the network."""

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule, Scene

_MODEL = (
    r"(?:local directory specified:? ?|Access to model |form '[^']*'[^:]*: |repo_name'[^:]*: )'?(?P<model>[\w./-]+)",
    r"huggingface\.co/(?:api/models/)?(?P<model>[\w.-]+/[\w.-]+?)(?:/|\.?\s|$)",
)


def _network_or_name(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return the network where something around tells of it: vLLM hides its failures behind the name of the model."""
    around = scene.around(line, before=200, after=40)
    if any(sign in around for sign in ("onnection error", "ConnectionError", "Network is unreachable", "offline mode")):
        return Cause.NO_NETWORK_OR_OFFLINE, True
    return Cause.MODEL_NOT_FOUND, True


RULES = (
    Rule(
        Cause.GATED_OR_UNAUTHORIZED,
        (
            "Cannot access gated repo",
            "GatedRepoError",
            "trying to access a gated repo",
            "not in the authorized list",
            "awaiting a review from the repo authors",
            "Invalid user token",
            "Invalid credentials in Authorization header",
        ),
        figures=_MODEL,
    ),
    Rule(
        Cause.GATED_OR_UNAUTHORIZED,
        ("Access to model ",),
        also=r"is restricted",
        figures=_MODEL,
    ),
    # Also the answer for a name that does not exist; then "Repository Not Found" stands with it and wins.
    Rule(
        Cause.GATED_OR_UNAUTHORIZED,
        ("401 Client Error", "403 Client Error", "403 Forbidden"),
        also=r"huggingface|hf_",
        near=(10, 4),
        rank=Rank.VAGUE,
    ),
    Rule(
        Cause.MODEL_NOT_FOUND,
        (
            "Repo id must",
            "Repository Not Found for url",
            "RepositoryNotFoundError",
            "is not a local folder and is not a valid model identifier",
            "RevisionNotFoundError",
            "Revision Not Found for url",
            "Cannot find any model weights with",
            "does not appear to have a file named config.json",
            "No model weights found",
        ),
        figures=_MODEL,
    ),
    Rule(
        Cause.MODEL_NOT_FOUND,
        ("Entry Not Found for url",),
        also=r"/config\.json",
        near=(0, 0),
        rank=Rank.VAGUE,
        figures=_MODEL,
    ),
    Rule(
        Cause.MODEL_NOT_FOUND,
        ("Invalid repository ID or local directory specified",),
        rank=Rank.VAGUE,
        decide=_network_or_name,
        figures=_MODEL,
    ),
    Rule(
        Cause.NO_NETWORK_OR_OFFLINE,
        (
            "We couldn't connect to",
            "offline mode is enabled",
            "OfflineModeIsEnabled",
            "LocalEntryNotFoundError",
            "Cannot find the requested files in the",
            "Cannot find an appropriate cached snapshot folder",
            "outgoing traffic has been disabled",
            "429 Client Error",
            "429 Too Many Requests",
        ),
    ),
    Rule(
        Cause.NO_NETWORK_OR_OFFLINE,
        (
            "Network is unreachable",
            "Temporary failure in name resolution",
            "NameResolutionError",
            "Max retries exceeded with url",
            "Failed to establish a new connection",
            "ConnectTimeout",
            "ReadTimeout",
            "CERTIFICATE_VERIFY_FAILED",
            "ProxyError",
            "SSLError",
        ),
        rank=Rank.VAGUE,
    ),
)
