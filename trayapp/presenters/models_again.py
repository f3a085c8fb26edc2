"""The model that failed is downloaded again: what is there is read, and what is damaged is fetched anew."""

from typing import TYPE_CHECKING

from trayapp.core.states import Failed
from trayapp.presenters import models
from trayapp.presenters.downloads import downloads_of

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> "QWidget":
    """Begin, and show how far it is; a model in a folder of the person has no place to come from, and is shown only."""
    state = behind.controller.state
    model = str(getattr(state.plan, "model", "")) if isinstance(state, Failed) else ""
    name = models.repository_of(model) if model.startswith("/") else model
    if name.count("/") == 1:
        downloads_of(behind).start(name, check=True)
    return models.show(behind)
