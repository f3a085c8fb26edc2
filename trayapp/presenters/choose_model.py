"""A model is chosen where the models of the place are: vLLM's in a window of their own, others' beside their place."""

from typing import TYPE_CHECKING

from trayapp.core.backend import Backend
from trayapp.presenters import models, place
from trayapp.storage.settings_file import current_settings

if TYPE_CHECKING:
    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> None:
    """Open the window for the place that is chosen."""

    def told(backend: str) -> None:
        if backend == Backend.VLLM:
            models.show(behind)
        else:
            place.show(behind, Backend(backend))

    behind.ask(behind.windows, lambda: current_settings(behind.folders.settings_file).backend, told)
