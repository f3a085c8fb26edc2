"""What the tray and the small window show, as values made from the state. No widget in here, no Qt."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

from trayapp.core.backend import Backend
from trayapp.core.login_start import LoginStart
from trayapp.core.problems import ProblemKind, Refusal
from trayapp.core.settings import SELFTEST_MODEL, Settings, recent_models
from trayapp.core.states import Afterwards, Checking, Failed, Ready, Starting, State, Stopped, Stopping, Waiting
from trayapp.wording import menu
from trayapp.wording.places import backend_words
from trayapp.wording.states import state_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


APP_TITLE = "vLLM Tray"


class Wish(StrEnum):
    """Everything that the menu and the window offer."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    FREE_GPU = "free_gpu"
    CHOOSE_MODEL = "choose_model"
    USE_SELFTEST_MODEL = "use_selftest_model"
    CHOOSE_SMALLER_MODEL = "choose_smaller_model"
    DOWNLOAD_AGAIN = "download_again"
    COPY_ADDRESS = "copy_address"
    SHOW_LOG = "show_log"
    SHOW_DETAILS = "show_details"
    SHOW_ACTIVITY = "show_activity"
    TRY_IT = "try_it"
    CONNECT = "connect"
    SET_UP = "set_up"
    SHOW_ABOUT = "show_about"
    SHOW_GPU_USERS = "show_gpu_users"
    END_LEFTOVERS = "end_leftovers"
    OPEN_MODEL_PAGE = "open_model_page"
    OPEN_DRIVER_PAGE = "open_driver_page"
    OPEN_SETTINGS = "open_settings"  # the file
    SHOW_SETTINGS = "show_settings"
    INSTALL_RUNTIME = "install_runtime"
    REINSTALL_RUNTIME = "reinstall_runtime"
    UPDATE_RUNTIME = "update_runtime"
    UNLOAD_OLLAMA = "unload_ollama"
    USE_OLLAMA = "use_ollama"
    SET_UP_PLACES = "set_up_places"
    START_ON_LOGIN = "start_on_login"
    QUIT = "quit"


@dataclass(frozen=True, slots=True)
class Row:
    """One entry: the wish it tells, its label, and whether it can be chosen; checked is None for what is no switch."""

    wish: Wish
    text: str
    enabled: bool = True
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One place where the model can run: what is chosen with it, its label, and whether it is the one of now."""

    choice: tuple[tuple[str, str], ...]
    text: str
    checked: bool


@dataclass(frozen=True, slots=True)
class TrayView:
    """Everything that is visible. Each row keeps its place; sections are parted by a line."""

    icon: str
    status: str
    detail: str  # more about the state, for the window: the explanation of a failure, the address
    sections: tuple[tuple[Row, ...], ...]
    places: tuple[PlaceRow, ...]  # a menu of their own, below the model's section
    models: tuple[PlaceRow, ...]  # the last ones, in a menu of their own beside it
    click: Wish | None  # what a click on the icon means; None: nothing, for now

    @property
    def tooltip(self) -> str:
        """Some desktops show none, so that it says nothing that the menu does not."""
        return f"{APP_TITLE}: {self.status}"

    @property
    def rows(self) -> "Sequence[Row]":
        """Every row, from the top."""
        return [row for section in self.sections for row in section]


def tray_view(state: State, settings: Settings, login_start: LoginStart = LoginStart.OFF) -> TrayView:
    """Return what is shown in a state."""
    can_start = not isinstance(state, Checking | Starting | Ready) and not _starts_again(state)
    can_stop = isinstance(state, Checking | Starting | Ready | Waiting) or _starts_again(state)
    can_install = isinstance(state, Failed) and _lacks_vllm(state)
    model_and_server = (
        Row(Wish.CHOOSE_MODEL, menu.model_label(_model_name(state, settings))),
        Row(Wish.COPY_ADDRESS, menu.copy_address_label(), isinstance(state, Ready)),
    )
    windows = (
        Row(Wish.TRY_IT, menu.try_it_label(), isinstance(state, Ready)),
        Row(Wish.CONNECT, menu.connect_label(), isinstance(state, Ready)),
        Row(Wish.SHOW_ACTIVITY, menu.show_activity_label()),
        Row(Wish.SHOW_LOG, menu.show_log_label()),
        Row(Wish.SHOW_DETAILS, menu.show_details_label(), isinstance(state, Failed | Waiting)),
    )
    app = (
        Row(Wish.SHOW_SETTINGS, menu.show_settings_label()),
        Row(Wish.SET_UP, menu.set_up_label()),
        Row(Wish.INSTALL_RUNTIME, menu.install_runtime_label(), can_install),
        _login_row(login_start),
        Row(Wish.SHOW_ABOUT, menu.show_about_label()),
    )
    start_and_stop = (
        Row(Wish.START, menu.start_label(), can_start),
        Row(Wish.STOP, menu.stop_label(), can_stop),
        Row(Wish.RESTART, menu.restart_label(), isinstance(state, Starting | Ready)),
        _free_gpu_row(settings, can_start=can_start, can_stop=can_stop),
    )
    return TrayView(
        icon=_icon(state),
        status=state_row(state),
        detail=_detail(state),
        sections=(start_and_stop, model_and_server, windows, app, (Row(Wish.QUIT, menu.quit_label()),)),
        places=_places(settings),
        models=_models(settings),
        click=None if isinstance(state, Stopping) else Wish.STOP if can_stop else Wish.START,
    )


def _places(settings: Settings) -> tuple[PlaceRow, ...]:
    here = (Backend.VLLM, Backend.OLLAMA)
    rows = tuple(
        PlaceRow((("backend", place.value),), backend_words(place), settings.backend == place) for place in here
    )
    return (*rows, *_elsewhere(settings)) if settings.remote_servers else rows


def _elsewhere(settings: Settings) -> "Iterator[PlaceRow]":
    from trayapp.core.remote_server import chosen_server, read_servers

    chosen, on = chosen_server(settings.remote_servers, settings.remote_server), settings.backend == Backend.REMOTE
    for server in read_servers(settings.remote_servers):
        yield PlaceRow((("backend", "remote"), ("server", server.name)), server.name, on and server == chosen)


def _models(settings: Settings) -> tuple[PlaceRow, ...]:
    known = recent_models(settings, settings.model)  # with one that was only typed in the settings
    on = settings.backend == Backend.VLLM
    here = ("backend", Backend.VLLM.value)
    return tuple(
        PlaceRow((here, ("model", model)), _shown_name(model), on and model == settings.model) for model in known
    )


def _shown_name(model: str) -> str:
    if model == SELFTEST_MODEL:
        return menu.selftest_model_name()
    return model.rstrip("/\\").replace("\\", "/").rpartition("/")[2]


def _icon(state: State) -> str:
    match state:
        case Stopped():
            return "stopped"
        case Checking() | Starting() | Stopping() | Waiting():
            return "working"
        case Ready():
            return "failed" if state.hangs else "ready"
        case Failed():
            return "failed"
        case _:
            assert_never(state)


def _detail(state: State) -> str:
    if isinstance(state, Failed):
        from trayapp.wording.notices import failure_words

        return failure_words(state)[1]
    if isinstance(state, Ready):
        return state.plan.endpoint
    return ""


def _model_name(state: State, settings: Settings) -> str:
    if isinstance(state, Starting | Ready | Stopping):
        return state.plan.model_name
    if settings.backend == Backend.OLLAMA:
        return settings.ollama_model
    return "" if settings.backend == Backend.REMOTE else _shown_name(settings.model)


def _starts_again(state: State) -> bool:
    return isinstance(state, Stopping) and state.afterwards is Afterwards.START_AGAIN


def _lacks_vllm(state: Failed) -> bool:
    return isinstance(state.reason, Refusal) and any(
        problem.kind is ProblemKind.VLLM_NOT_FOUND for problem in state.reason.problems
    )


def _free_gpu_row(settings: Settings, *, can_start: bool, can_stop: bool) -> Row:
    brings_back = settings.model_set_aside and can_start
    return Row(Wish.FREE_GPU, menu.free_gpu_label(brings_back=brings_back), brings_back or can_stop)


def _login_row(login_start: LoginStart) -> Row:
    held_off = login_start is LoginStart.SWITCHED_OFF_BY_DESKTOP
    label = menu.start_on_login_label(switched_off_by_desktop=held_off)
    return Row(Wish.START_ON_LOGIN, label, not held_off, login_start is LoginStart.ON)
