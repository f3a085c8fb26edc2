"""What a remedy is: changes of settings for the next attempt, or something that the person must do."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.launch import LaunchPlan
    from trayapp.core.problems import Value
    from trayapp.core.settings import Settings


class RemedyId(StrEnum):
    """One name for each thing that can be done."""

    USE_DETECTED_CONTEXT = "use_detected_context"
    RETRY = "retry"

    # other settings for the next attempt
    RAISE_UTILIZATION = "raise_utilization"
    LOWER_UTILIZATION = "lower_utilization"
    TAKE_WHAT_IS_FREE = "take_what_is_free"  # a lower share, too, as long as others have the rest
    FEWER_SEQUENCES = "fewer_sequences"
    SMALLER_BATCH = "smaller_batch"
    FP8_KV_CACHE = "fp8_kv_cache"
    EAGER_MODE = "eager_mode"
    USE_HALF = "use_half"
    USE_FLOAT32 = "use_float32"
    DROP_QUANTIZATION = "drop_quantization"
    USE_MODEL_LIMIT = "use_model_limit"
    NO_YARN = "no_yarn"
    USE_OTHER_PORT = "use_other_port"
    DROP_ARGUMENT = "drop_argument"
    FEWER_GPUS = "fewer_gpus"
    NO_FLASHINFER_SAMPLER = "no_flashinfer_sampler"
    PIN_MEMORY_ON_WSL = "pin_memory_on_wsl"
    WAIT_LONGER = "wait_longer"
    ALLOW_MODEL_CODE = "allow_model_code"

    # what another part of the app can do for the person
    SHOW_GPU_USERS = "show_gpu_users"
    END_LEFTOVERS = "end_leftovers"
    CHOOSE_MODEL = "choose_model"
    CHOOSE_SMALLER_MODEL = "choose_smaller_model"
    OPEN_MODEL_PAGE = "open_model_page"
    ENTER_TOKEN = "enter_token"  # noqa: S105 - a name, not a secret
    DOWNLOAD_AGAIN = "download_again"
    RESTART_WSL = "restart_wsl"
    OPEN_DRIVER_PAGE = "open_driver_page"
    REINSTALL_VLLM = "reinstall_vllm"
    UPDATE_VLLM = "update_vllm"
    USE_OLLAMA = "use_ollama"
    OTHER_PLACE = "other_place"

    # advice: only the person can do it
    CLOSE_PROGRAMS = "close_programs"
    FREE_DISK = "free_disk"
    ENLARGE_SHARED_MEMORY = "enlarge_shared_memory"
    INSTALL_COMPILER = "install_compiler"
    RESTART_COMPUTER = "restart_computer"
    POWER_OFF = "power_off"
    CHECK_CONNECTION = "check_connection"
    CHOOSE_OTHER_BUILD_OF_MODEL = "choose_other_build_of_model"
    CHANGE_SETTINGS = "change_settings"
    RAISE_FILE_LIMIT = "raise_file_limit"
    USE_WSL = "use_wsl"
    INSTALL_OLLAMA = "install_ollama"


@dataclass(frozen=True, slots=True)
class Remedy:
    """One way out: safe enough to be done unasked or not, and the settings it changes for the next attempt.

    Without changes it is an action of the app or an advice, except RETRY, which only starts again.
    """

    id: RemedyId
    automatic: bool
    changes: "Mapping[str, object]" = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Case:
    """What a ladder of remedies looks at."""

    values: "Mapping[str, Value]"
    settings: "Settings"
    plan: "LaunchPlan | None"

    def whole(self, name: str) -> int | None:
        """Return a whole number from the log, or None."""
        value = self.values.get(name)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def share(self) -> float:
        """Return the share of the GPU that was asked for."""
        asked = self.values.get("utilization")
        if isinstance(asked, float):
            return asked
        if self.plan is not None and self.plan.remembered_as is not None:
            return self.plan.remembered_as.gpu_memory_utilization
        if self.settings.gpu_memory_utilization:
            return self.settings.gpu_memory_utilization
        return self.plan.vllm_version.default_gpu_memory_utilization if self.plan else 0.9


def remedy(remedy_id: RemedyId, *, automatic: bool = False, **changes: object) -> Remedy:
    """Return a remedy with these changes of settings."""
    return Remedy(remedy_id, automatic, MappingProxyType(changes))
