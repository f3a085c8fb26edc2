"""What a person can want, from whichever widget: one object collects it. What becomes of a wish is not known here."""

from PySide6.QtCore import QObject, Signal

from trayapp.core.events import RemedyWanted, RestartWanted, StartWanted, StopWanted
from trayapp.core.notices import Button, ButtonId
from trayapp.core.remedy import Remedy, RemedyId
from trayapp.ui.views import Wish

__all__ = ["Wish", "Wishes"]


_ACTIONS = {
    RemedyId.SHOW_GPU_USERS: Wish.SHOW_GPU_USERS,
    RemedyId.END_LEFTOVERS: Wish.END_LEFTOVERS,
    RemedyId.CHOOSE_MODEL: Wish.CHOOSE_MODEL,
    RemedyId.CHOOSE_SMALLER_MODEL: Wish.CHOOSE_SMALLER_MODEL,
    RemedyId.DOWNLOAD_AGAIN: Wish.DOWNLOAD_AGAIN,
    RemedyId.ENTER_TOKEN: Wish.DOWNLOAD_AGAIN,  # which asks for the token where it is refused
    RemedyId.OPEN_MODEL_PAGE: Wish.OPEN_MODEL_PAGE,
    RemedyId.OPEN_DRIVER_PAGE: Wish.OPEN_DRIVER_PAGE,
    RemedyId.CHANGE_SETTINGS: Wish.SHOW_SETTINGS,
    RemedyId.REINSTALL_VLLM: Wish.REINSTALL_RUNTIME,
    RemedyId.UPDATE_VLLM: Wish.UPDATE_RUNTIME,
    RemedyId.USE_OLLAMA: Wish.USE_OLLAMA,
    RemedyId.OTHER_PLACE: Wish.SET_UP_PLACES,
}

_BUTTONS = {
    ButtonId.SHOW_LOG: Wish.SHOW_LOG,
    ButtonId.SHOW_DETAILS: Wish.SHOW_DETAILS,
    ButtonId.COPY_ADDRESS: Wish.COPY_ADDRESS,
    ButtonId.CHOOSE_MODEL: Wish.CHOOSE_MODEL,
    ButtonId.INSTALL_RUNTIME: Wish.INSTALL_RUNTIME,
    ButtonId.OPEN_SETTINGS: Wish.SHOW_SETTINGS,
    ButtonId.UNLOAD_OLLAMA: Wish.UNLOAD_OLLAMA,
    ButtonId.SET_UP_PLACES: Wish.SET_UP_PLACES,
    ButtonId.USE_SELFTEST_MODEL: Wish.USE_SELFTEST_MODEL,
}
_EVENTS = {
    ButtonId.STOP: StopWanted(),
    ButtonId.START_AGAIN: StartWanted(),
    ButtonId.RESTART: RestartWanted(),
    ButtonId.START_ANYWAY: StartWanted(anyway=True),
}


class Wishes(QObject):
    """One signal for each wish."""

    start_wanted = Signal()
    stop_wanted = Signal()
    restart_wanted = Signal()
    free_gpu_wanted = Signal()
    choose_model_wanted = Signal()
    use_selftest_model_wanted = Signal()
    choose_smaller_model_wanted = Signal()
    download_again_wanted = Signal()
    copy_address_wanted = Signal()
    show_log_wanted = Signal()
    show_details_wanted = Signal()
    show_activity_wanted = Signal()
    try_it_wanted = Signal()
    connect_wanted = Signal()
    set_up_wanted = Signal()
    show_about_wanted = Signal()
    show_gpu_users_wanted = Signal()
    end_leftovers_wanted = Signal()
    open_model_page_wanted = Signal()
    open_driver_page_wanted = Signal()
    open_settings_wanted = Signal()
    show_settings_wanted = Signal()
    install_runtime_wanted = Signal()
    reinstall_runtime_wanted = Signal()
    update_runtime_wanted = Signal()
    unload_ollama_wanted = Signal()
    use_ollama_wanted = Signal()
    set_up_places_wanted = Signal()
    place_wanted = Signal(object)
    """Where the model is to run from now on: the backend and, for one elsewhere, the server."""
    start_on_login_wanted = Signal(bool)
    quit_wanted = Signal()
    event_wanted = Signal(object)
    """An event for the lifecycle: what a button of a notification or of the details means."""

    def tell(self, wish: Wish, on: bool = False) -> None:
        """Emit the signal of a wish; on is the new position of a switch."""
        if wish is Wish.START_ON_LOGIN:
            self.start_on_login_wanted.emit(on)
        else:
            getattr(self, f"{wish}_wanted").emit()

    def tell_remedy(self, remedy: Remedy) -> None:
        """Emit what a remedy's button means: another attempt, or something else that the app can do."""
        if remedy.changes:
            self.event_wanted.emit(RemedyWanted(remedy))
        elif remedy.id in _ACTIONS:
            self.tell(_ACTIONS[remedy.id])
        else:
            self.event_wanted.emit(StartWanted())

    def tell_button(self, button: Button) -> None:
        """Emit what a button of a notification or of the details means."""
        if button.remedy is not None:
            self.tell_remedy(button.remedy)
        elif button.id in _EVENTS:
            self.event_wanted.emit(_EVENTS[button.id])
        else:
            self.tell(_BUTTONS[button.id])
