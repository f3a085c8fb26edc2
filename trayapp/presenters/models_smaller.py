"""The model that failed is too large: the page opens with a smaller one that fits chosen, here or to be had."""

from typing import TYPE_CHECKING

from trayapp.core.states import Failed
from trayapp.presenters import models

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from trayapp.presenters.behind import Behind


def show(behind: "Behind") -> "QWidget":
    """Open the models anew, with the choice made as soon as the lists are there."""
    state = behind.controller.state
    failed = str(getattr(state.plan, "model", "")) if isinstance(state, Failed) else ""
    window = models.show(behind)
    page = window.findChild(models.Models)
    if page is not None and failed:
        page.choose_smaller_than(models.repository_of(failed) or failed)
    return window
