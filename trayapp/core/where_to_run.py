"""What changes in the settings when a person chooses where the model runs, and which one. Values only."""

from typing import TYPE_CHECKING

from trayapp.core.backend import Backend
from trayapp.core.problems import Problem
from trayapp.core.remote_server import chosen_server
from trayapp.core.settings import recent_models

if TYPE_CHECKING:
    from trayapp.core.settings import Settings


def choice_changes(
    settings: "Settings", *, backend: str | None = None, server: str | None = None, model: str | None = None
) -> dict[str, object]:
    """Return the settings that change; a model is kept for the backend that it is chosen for."""
    changes: dict[str, object] = {}
    if backend is not None:
        changes["backend"] = backend
    if server is not None:
        changes["remote_server"] = server
    if model is not None:
        changes.update(_model_changes(settings.with_changes(changes), model))
    return changes


def _model_changes(settings: "Settings", model: str) -> dict[str, object]:
    match settings.backend:
        case Backend.OLLAMA:
            return {"ollama_model": model}
        case Backend.REMOTE:
            chosen = chosen_server(settings.remote_servers, settings.remote_server)
            if isinstance(chosen, Problem):
                return {}
            servers = [
                {**entry, "model": model} if entry["name"] == chosen.name else dict(entry)
                for entry in settings.remote_servers
            ]
            return {"remote_servers": servers}
        case _:
            return {"model": model, "recent_models": recent_models(settings, model)}
