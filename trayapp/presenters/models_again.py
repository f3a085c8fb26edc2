"""The model that failed is downloaded again: what is there is read, and what is damaged is fetched anew."""

from typing import TYPE_CHECKING

from trayapp.core.states import Failed
from trayapp.presenters import models
from trayapp.presenters.downloads import downloads_of
from trayapp.ui.models_page import ModelsPage
from trayapp.wording.models_page import own_folder_words

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> "QWidget":
    """Begin, and show how far it is; of a model in a folder of the person it is not known where it comes from."""
    state = behind.controller.state
    model = str(getattr(state.plan, "model", "")) if isinstance(state, Failed) else ""
    name = models.repository_of(model) if model.startswith("/") else model
    if name.count("/") == 1:
        downloads_of(behind).start(name, check=True)
    window = models.show(behind)
    page = window.findChild(ModelsPage)
    if page is not None:
        page.render_trouble(own_folder_words(model) if model and not name else "")
    return window
