"""The words of the page with the models, of its buttons, and of the news about downloads."""

from trayapp.wording.translation import _


def page_title() -> str:
    """Return the title of the window or page."""
    return _("Models")


def window_title() -> str:
    """Return the title of the window with nothing but the page."""
    return _("Models · vLLM Tray")


def own_folder_words(folder: str) -> str:
    """Return why the files of a folder cannot be downloaded again, and what can be done."""
    return _(
        "It is not known where {folder} comes from: fetch its files again from there, or take another model."
    ).format(folder=folder)


def here_heading() -> str:
    """Return the heading over the models of this computer."""
    return _("On this computer")


def offer_heading() -> str:
    """Return the heading over the models to be had."""
    return _("To get, the best for this computer first")


def found_heading(words: str) -> str:
    """Return the heading over what a search found."""
    return _("Found on the Hugging Face Hub: {words}").format(words=words)


def column_labels() -> list[str]:
    """Return the labels of the columns."""
    return [_("Model"), _("Size"), _("Kind"), _("On this computer")]


def use_label() -> str:
    """Return the label of the button that starts a model."""
    return _("&Use")


def remove_label() -> str:
    """Return the label of the button that removes a model."""
    return _("&Remove")


def remove_again_label(size: str) -> str:
    """Return the label of that button when it was pressed once."""
    return _("&Really remove {size}").format(size=size)


def folder_label() -> str:
    """Return the label of the button that chooses a folder."""
    return _("A &folder…")


def selftest_label() -> str:
    """Return the label of the button that uses the model that comes with the app."""
    return _("&Test model")


def download_label() -> str:
    """Return the label of the button that downloads a model."""
    return _("&Download")


def page_label() -> str:
    """Return the label of the button that opens the page of a model."""
    return _("Model's &page")


def search_hint() -> str:
    """Return what stands in the empty search field."""
    return _("Search the Hugging Face Hub, for example: qwen3 awq")


def search_label() -> str:
    """Return the label of the search button."""
    return _("&Search")


def catalogue_label() -> str:
    """Return the label of the button that leads back from a search."""
    return _("Su&ggestions")


def searching_words() -> str:
    """Return what is said during a search."""
    return _("Asking the Hub, and reading the size of each model…")


def looking_words() -> str:
    """Return what is said while this computer is looked at."""
    return _("Looking at this computer…")


def nothing_found_words() -> str:
    """Return what a search without result says."""
    return _("The Hub has no such model for text with safetensors files.")


def pause_label() -> str:
    """Return the label of the button that interrupts a download."""
    return _("Paus&e")


def resume_label() -> str:
    """Return the label of the button that goes on with it."""
    return _("Go &on")


def cancel_label() -> str:
    """Return the label of the button that gives a download up."""
    return _("&Cancel")


def paused_words(model: str) -> str:
    """Return what is said of a download that pauses."""
    return _("{model} pauses; what is there is kept, also when the app is closed.").format(model=model)


def token_hint() -> str:
    """Return what stands in the empty field for the token."""
    return _("Token with read access, from huggingface.co/settings/tokens")


def token_label() -> str:
    """Return the label of the button that uses the token."""
    return _("Use this to&ken")


def allow_code_label() -> str:
    """Return the label of the button that allows a model's code."""
    return _("I trust its makers: &allow this revision")


def progress_name() -> str:
    """Return what a screen reader says for the bar."""
    return _("Download")


def done_title() -> str:
    """Return the title of the notification when a model is there."""
    return _("The model is there")


def start_label() -> str:
    """Return the label of the button that starts what was downloaded."""
    return _("Start it")


def failed_title(model: str) -> str:
    """Return the title of the notification when a download failed."""
    return _("{model} was not downloaded").format(model=model)
