"""What can be done about a failure, in words short enough for a button."""

from typing import TYPE_CHECKING

from trayapp.core.remedy import Remedy, RemedyId
from trayapp.wording.translation import _
from trayapp.wording.units import number_words, tokens_words

if TYPE_CHECKING:
    from collections.abc import Mapping


def remedy_words(remedy: Remedy) -> str:
    """Return a remedy as the label of a button, such as "Use 9,216 tokens"."""
    return _labels()[remedy.id].format_map(_Named(_shown(remedy.changes)))


class _Named(dict[str, str]):
    """A change that a remedy lacks is a mistake of ours; the label must come out all the same."""

    def __missing__(self, key: str) -> str:
        return "…"


def _shown(changes: "Mapping[str, object]") -> dict[str, str]:
    shown = {name: str(value) for name, value in changes.items()}
    length = changes.get("max_model_len")
    if isinstance(length, int):
        shown["max_model_len"] = tokens_words(length) if length else _("the model's own length")
    share = changes.get("gpu_memory_utilization")
    if isinstance(share, float):
        shown["gpu_memory_utilization"] = f"{number_words(share * 100)} %"
    return shown


def _labels() -> dict[RemedyId, str]:
    return {
        RemedyId.USE_DETECTED_CONTEXT: _("Use {max_model_len}"),
        RemedyId.RETRY: _("Try again"),
        RemedyId.RAISE_UTILIZATION: _("Take {gpu_memory_utilization} of the GPU"),
        RemedyId.LOWER_UTILIZATION: _("Take only {gpu_memory_utilization} of the GPU"),
        RemedyId.TAKE_WHAT_IS_FREE: _("Take only {gpu_memory_utilization} of the GPU"),
        RemedyId.FEWER_SEQUENCES: _("Allow {max_num_seqs} requests at once"),
        RemedyId.SMALLER_BATCH: _("Work in smaller steps"),
        RemedyId.FP8_KV_CACHE: _("Keep conversations in 8 bits"),
        RemedyId.EAGER_MODE: _("Start without CUDA graphs (slower)"),
        RemedyId.USE_HALF: _("Calculate in half precision"),
        RemedyId.USE_FLOAT32: _("Calculate in full precision (twice the memory)"),
        RemedyId.DROP_QUANTIZATION: _("Let vLLM read it from the model"),
        RemedyId.USE_MODEL_LIMIT: _("Use {max_model_len}"),
        RemedyId.NO_YARN: _("Do not stretch the context"),
        RemedyId.USE_OTHER_PORT: _("Use port {port}"),
        RemedyId.DROP_ARGUMENT: _("Leave that argument out"),
        RemedyId.FEWER_GPUS: _("Use {tensor_parallel_size} GPUs"),
        RemedyId.NO_FLASHINFER_SAMPLER: _("Do without the compiled part"),
        RemedyId.PIN_MEMORY_ON_WSL: _("Allow pinned memory"),
        RemedyId.WAIT_LONGER: _("Wait up to an hour"),
        RemedyId.ALLOW_MODEL_CODE: _("Allow the model's own code"),
        RemedyId.SHOW_GPU_USERS: _("See who uses the GPU"),
        RemedyId.END_LEFTOVERS: _("Stop a left-over server"),
        RemedyId.CHOOSE_MODEL: _("Choose another model"),
        RemedyId.CHOOSE_SMALLER_MODEL: _("Choose a smaller model"),
        RemedyId.OPEN_MODEL_PAGE: _("Open the model's page"),
        RemedyId.ENTER_TOKEN: _("Enter a token"),
        RemedyId.DOWNLOAD_AGAIN: _("Download the file again"),
        RemedyId.RESTART_WSL: _("Restart WSL"),
        RemedyId.OPEN_DRIVER_PAGE: _("Open the driver page"),
        RemedyId.REINSTALL_VLLM: _("Install vLLM anew"),
        RemedyId.UPDATE_VLLM: _("Install a newer vLLM"),
        RemedyId.USE_OLLAMA: _("Use Ollama"),
        RemedyId.OTHER_PLACE: _("Choose another place…"),
        RemedyId.INSTALL_OLLAMA: _("Install Ollama (from ollama.com/download)"),
        RemedyId.CLOSE_PROGRAMS: _("Close other programs"),
        RemedyId.FREE_DISK: _("Free some space on the disk"),
        RemedyId.ENLARGE_SHARED_MEMORY: _("Make /dev/shm larger"),
        RemedyId.INSTALL_COMPILER: _("Install a compiler (gcc, Python headers, CUDA toolkit)"),
        RemedyId.RESTART_COMPUTER: _("Restart the computer"),
        RemedyId.POWER_OFF: _("Switch the computer off and on"),
        RemedyId.CHECK_CONNECTION: _("Check the connection"),
        RemedyId.CHOOSE_OTHER_BUILD_OF_MODEL: _("Choose another build of the model"),
        RemedyId.CHANGE_SETTINGS: _("Change the settings"),
        RemedyId.RAISE_FILE_LIMIT: _("Raise the limit of open files"),
        RemedyId.USE_WSL: _("Use vLLM inside WSL 2"),
    }
