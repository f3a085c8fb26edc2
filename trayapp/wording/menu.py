"""Labels of the tray menu and of the small windows; the state's own words are in states.py."""

from trayapp.wording.translation import _


def start_label() -> str:
    """Return the label of the entry that starts the model."""
    return _("Start")


def stop_label() -> str:
    """Return the label of the entry that stops the model."""
    return _("Stop")


def restart_label() -> str:
    """Return the label of the entry that restarts the model."""
    return _("Restart")


def free_gpu_label(*, brings_back: bool) -> str:
    """Return the label of the entry that sets the model aside for a game, and brings it back after that."""
    return _("Bring the model back") if brings_back else _("Free the GPU now")


def model_label(model: str) -> str:
    """Return the label of the model's entry; "" is no model chosen."""
    return _("Model: {model}").format(model=model) if model else _("Choose a model…")


def selftest_model_name() -> str:
    """Return what the model that comes with the app is called."""
    return _("built-in test model")


def copy_address_label() -> str:
    """Return the label of the entry that copies the server's address."""
    return _("Copy server address")


def show_log_label() -> str:
    """Return the label of the entry that opens the log."""
    return _("Show log")


def show_details_label() -> str:
    """Return the label of the entry that opens the details of a failure."""
    return _("What went wrong…")


def show_activity_label() -> str:
    """Return the label of the entry that opens the progress of a start and the live figures."""
    return _("Progress and memory…")


def try_it_label() -> str:
    """Return the label of the entry that opens the window for a question to the model."""
    return _("Try it…")


def connect_label() -> str:
    """Return the label of the entry that tells how other programs reach the model."""
    return _("Connect a program…")


def set_up_label() -> str:
    """Return the label of the entry that leads through the first steps."""
    return _("Set up again…")


def show_about_label() -> str:
    """Return the label of the entry that opens the versions and the check of this computer."""
    return _("About and check-up…")


def recent_models_title() -> str:
    """Return the title of the menu with the last models."""
    return _("Last models")


def show_settings_label() -> str:
    """Return the label of the entry that opens the settings."""
    return _("Settings…")


def install_runtime_label() -> str:
    """Return the label of the entry that sets up a vLLM."""
    return _("Set up vLLM for the processor…")


def start_on_login_label(*, switched_off_by_desktop: bool) -> str:
    """Return the label of the switch, with the reason where the desktop's own settings hold it off."""
    if switched_off_by_desktop:
        return _("Start on login (switched off in the desktop's settings)")
    return _("Start on login")


def quit_label() -> str:
    """Return the label of the entry that ends the app."""
    return _("Quit")


def no_tray_hint() -> str:
    """Return why there is a window: this desktop has no place for the icon."""
    return _("This desktop shows no tray icons (yet), so everything is here. Closing the window keeps the app running.")


def choose_model_title() -> str:
    """Return the title of the dialog in which the folder of a model is chosen."""
    return _("The folder of a model (with its config.json)")
