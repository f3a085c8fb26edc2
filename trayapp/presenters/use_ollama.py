"""A model that vLLM cannot run here is run by Ollama: at once where its model is chosen, else it is to be chosen."""

from typing import TYPE_CHECKING

from trayapp.backends.http_client import AskingFailed
from trayapp.backends.ollama_client import find_models, find_program, ollama_target
from trayapp.core.backend import Backend
from trayapp.core.ollama import named
from trayapp.presenters import place
from trayapp.storage.settings_file import current_settings

if TYPE_CHECKING:
    from pathlib import Path

    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> None:
    """Switch to Ollama and start, or open the page where its model is chosen."""

    def told(can_start: bool) -> None:
        if can_start:
            behind.use({"backend": Backend.OLLAMA})
        else:
            place.show(behind, Backend.OLLAMA)

    behind.ask(behind.windows, lambda: _can_start(behind.folders.settings_file), told)


def _can_start(settings_file: "Path") -> bool:
    """Whether a model is chosen that Ollama has (blocks); one that is only installed cannot be asked before."""
    model = current_settings(settings_file).ollama_model
    if not model:
        return False
    try:
        return named(find_models(ollama_target()), model) is not None
    except AskingFailed:
        return bool(find_program())
