"""A newer vLLM would help: its page in the settings is opened, and the index asked, since the person asked for it."""

from typing import TYPE_CHECKING

from trayapp.presenters import settings
from trayapp.presenters.runtimes import runtimes_of
from trayapp.wording.runtime_page import page_title

if TYPE_CHECKING:
    from trayapp.presenters.behind import Behind
    from trayapp.ui.settings_dialog import SettingsDialog


def show(behind: "Behind") -> "SettingsDialog":
    """Open the page: what is new and how large it is, with the button that installs it."""
    dialog = settings.show(behind)
    dialog.show_added_page(page_title())
    runtimes_of(behind).check()
    return dialog
