"""Models on the Hub that match some words: text generation, with safetensors. Needs the network, downloads nothing."""

from dataclasses import dataclass

from trayapp.core.download import hub_trouble
from trayapp.core.problems import Problem, ProblemKind

_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class HubEntry:
    """A model that was found; its files are not looked at yet."""

    model: str
    gated: bool
    licence: str
    downloads: int


def search_hub(words: str, limit: int = 12, endpoint: str | None = None) -> tuple[HubEntry, ...] | Problem:
    """Return the most downloaded models that match, or why the Hub could not be asked."""
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        return Problem(ProblemKind.HUB_OFFLINE, {"model": words})
    try:
        found = HfApi(endpoint=endpoint).list_models(
            search=words, pipeline_tag="text-generation", filter="safetensors", sort="downloads", limit=limit
        )
        return tuple(
            HubEntry(info.id, bool(info.gated), _licence(info.tags or []), info.downloads or 0) for info in found
        )
    except Exception as error:  # noqa: BLE001 - its network library, and so the errors, change with its version
        response = getattr(error, "response", None)
        headers = getattr(response, "headers", None) or {}
        status = int(getattr(response, "status_code", 0) or 0)
        code, after = headers.get("X-Error-Code", ""), headers.get("Retry-After", "")
        return hub_trouble(words, status, code, after).problem


def _licence(tags: list[str]) -> str:
    return next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), "")
