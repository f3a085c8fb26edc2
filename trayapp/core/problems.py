"""Trouble that is expected, known before a launch, and returned as a value with a way out.

What it is called for people is in wording/problems.py, which knows a sentence for every kind (a test counts them).
No words and no Qt in here.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.remedy import Remedy

Value = str | int | float | bool | None


class ProblemKind(StrEnum):
    """One name for each kind of trouble; the values that its sentence needs are named behind it."""

    # settings.json: key, value, allowed
    SETTING_NOT_ALLOWED = "setting_not_allowed"
    # path, set_aside (where the damaged file lies now)
    FILE_DAMAGED = "file_damaged"
    # path, reason
    FILE_NOT_WRITABLE = "file_not_writable"
    # path, reason
    FILE_NOT_READABLE = "file_not_readable"
    # path, version, known
    FILE_NEWER = "file_newer"
    # -
    NO_MODEL_CHOSEN = "no_model_chosen"
    # model
    MODEL_NOT_FOUND = "model_not_found"
    # path, key, reason (a key of config.json that makes no sense, or a file that cannot be read)
    MODEL_FILE_BAD = "model_file_bad"
    # -
    VLLM_NOT_FOUND = "vllm_not_found"
    # path
    VLLM_NOT_EXECUTABLE = "vllm_not_executable"
    # path, reason
    VLLM_VERSION_UNKNOWN = "vllm_version_unknown"
    # host, port, user (name of the program, "" when unknown)
    PORT_TAKEN = "port_taken"
    # host, port, reason
    ADDRESS_NOT_USABLE = "address_not_usable"
    # reason
    NO_GPU = "no_gpu"
    # reason
    NVML_FAILED = "nvml_failed"
    # -
    GPU_DRIVER_MISMATCH = "gpu_driver_mismatch"
    # gpu, compute_capability, version, last_version ("" when no version ever could), first_version (for newer GPUs)
    GPU_NOT_SUPPORTED = "gpu_not_supported"
    # needed_bytes, free_bytes, ways (what would help, core/memory_advice.py), largest (context that fits, 0 for none)
    MEMORY_DOES_NOT_FIT = "memory_does_not_fit"
    # argument, reason (core/extra_arguments.py), setting (to use instead, or ""), code (for code_allowed)
    ARGUMENT_NOT_ALLOWED = "argument_not_allowed"
    # reason
    YARN_NOT_POSSIBLE = "yarn_not_possible"
    # native_context, planned
    YARN_BUYS_NOTHING = "yarn_buys_nothing"
    # free_bytes, needed_bytes
    MEMORY_RAM_LOW = "memory_ram_low"
    # index, reason (one GPU among others has stopped answering)
    GPU_LOST = "gpu_lost"
    # path
    MODEL_ONLY_GGUF = "model_only_gguf"
    # asked, longest, native_context
    CONTEXT_TOO_LONG = "context_too_long"
    # before, now (names of GPUs)
    GPU_CHANGED = "gpu_changed"
    # count (processes of an earlier run of the app, ended just now)
    LEFTOVERS_ENDED = "leftovers_ended"
    # pids (of those that would not end)
    LEFTOVERS_STAY = "leftovers_stay"
    # error
    APP_MISTAKE = "app_mistake"
    # host
    OPEN_WITHOUT_KEY = "open_without_key"
    # path
    NO_PROGRAM_FOR_FILE = "no_program_for_file"
    # max_model_len (the kept limit that did not hold this time)
    LIMIT_NO_LONGER_HOLDS = "limit_no_longer_holds"
    # path, reason (why what a start measured cannot be written there)
    LIMIT_NOT_KEPT = "limit_not_kept"
    # path (of the autostart entry that the desktop's own settings switched off)
    AUTOSTART_SWITCHED_OFF = "autostart_switched_off"
    # step, reason (the last words of the program that failed)
    RUNTIME_INSTALL_FAILED = "runtime_install_failed"
    # path (an installation into this folder is at work)
    RUNTIME_INSTALL_RUNNING = "runtime_install_running"
    # host, package (one of both may be ""): nobody answers there, or the connection breaks
    PACKAGES_UNREACHABLE = "packages_unreachable"
    # host, package, status
    PACKAGES_REFUSED = "packages_refused"
    # host
    PACKAGES_CERTIFICATE_UNKNOWN = "packages_certificate_unknown"
    # package
    PACKAGE_DAMAGED = "package_damaged"
    # reason (uv's)
    RUNTIME_NOT_OFFERED = "runtime_not_offered"
    # path
    DISK_FULL = "disk_full"
    # version (the first number of its CUDA is newer than the driver's), driver, needed_driver
    DRIVER_TOO_OLD_FOR_VLLM = "driver_too_old_for_vllm"
    # name, names (those that are known)
    RUNTIME_UNKNOWN = "runtime_unknown"
    # name, path (another program made it)
    RUNTIME_NOT_OWN = "runtime_not_own"
    # name, pids
    RUNTIME_RUNS = "runtime_runs"
    # name (it is the one that a start uses)
    RUNTIME_CHOSEN = "runtime_chosen"
    # -
    RUNTIME_NO_PREVIOUS = "runtime_no_previous"
    # -
    INDEX_SILENT = "index_silent"
    # name, reason (the self-test's), kept (the one that stays in use, "" for none)
    RUNTIME_TEST_FAILED = "runtime_test_failed"
    # the same (why it could not be tried on this computer as it is now)
    RUNTIME_NOT_TESTED = "runtime_not_tested"
    # path (a folder that holds something else)
    FOLDER_NOT_EMPTY = "folder_not_empty"
    # path, needed_bytes, free_bytes
    DISK_SPACE_LOW = "disk_space_low"
    # model, files (how many weight files are missing), needed_bytes
    MODEL_INCOMPLETE = "model_incomplete"
    # model (its config brings Python code, which vLLM runs only when told to)
    MODEL_NEEDS_CODE = "model_needs_code"
    # weights_bytes (nothing says how large the weights are; this is computed from the config)
    WEIGHTS_ESTIMATED = "weights_estimated"
    # native_context (no key of the config says the length; vLLM assumes this)
    CONTEXT_GUESSED = "context_guessed"
    # wanted, largest, planned, ways
    CONTEXT_REDUCED = "context_reduced"
    # asked, found
    QUANTIZATION_IGNORED = "quantization_ignored"
    # method, least (compute capability), gpu, compute_capability, version
    QUANTIZATION_NOT_SUPPORTED = "quantization_not_supported"
    # method, version, plugin
    QUANTIZATION_NEEDS_PLUGIN = "quantization_needs_plugin"
    # gpu, compute_capability
    FP8_CACHE_NOT_SUPPORTED = "fp8_cache_not_supported"
    # gpu, dtype
    DTYPE_NOT_SUPPORTED = "dtype_not_supported"
    # gpu, dtype (what is used instead of bfloat16)
    DTYPE_CHANGED = "dtype_changed"
    # asked, heads, gpus, possible (numbers of GPUs that divide the heads)
    TENSOR_PARALLEL_NOT_POSSIBLE = "tensor_parallel_not_possible"
    # model_type, template (whether the model has a chat template, which could tell)
    NO_TOOL_PARSER = "no_tool_parser"
    # -
    IMAGES_LIMITED = "images_limited"
    # gpu
    UNIFIED_MEMORY = "unified_memory"
    # -
    CPU_IS_SLOW = "cpu_is_slow"
    # the gpu, the names of its users, and used_bytes
    GPU_IN_USE = "gpu_in_use"
    # asked, possible (shares of the GPU), needed_bytes, free_bytes
    UTILIZATION_TOO_HIGH = "utilization_too_high"
    # model; reason: gated, unknown or network
    MODEL_NOT_ON_HUB = "model_not_on_hub"
    # - (it was stopped to free the GPU, and is to be brought back)
    MODEL_SET_ASIDE = "model_set_aside"
    # model, code (what would stand in code_allowed)
    PICKLED_WEIGHTS = "pickled_weights"
    # host (what the key does not guard when the server is open to the network)
    SERVER_OPEN = "server_open"
    # name (of a variable that opens more of the server than a key guards), host
    VARIABLE_NOT_ALLOWED = "variable_not_allowed"
    # - (the settings want a key, and the keyring has none to give)
    SERVER_KEY_MISSING = "server_key_missing"
    # name (of the secret), reason, forgetting (it was to be deleted)
    SECRET_NOT_KEPT = "secret_not_kept"  # noqa: S105 - the name of a kind
    # a server elsewhere, or Ollama: server (its name), host, port and
    # reason
    REMOTE_NAME_UNKNOWN = "remote_name_unknown"
    # reason
    REMOTE_PORT_CLOSED = "remote_port_closed"
    # seconds
    REMOTE_PORT_SILENT = "remote_port_silent"
    # reason (of the certificate)
    REMOTE_NOT_TRUSTED = "remote_not_trusted"
    # reason
    REMOTE_NO_TLS = "remote_no_tls"
    # -
    REMOTE_IS_OPEN = "remote_is_open"
    # path, reason
    CA_FILE_BAD = "ca_file_bad"
    # -
    REMOTE_KEY_BAD = "remote_key_bad"
    # status (of HTTP), for these four and the next
    REMOTE_KEY_REFUSED = "remote_key_refused"
    REMOTE_NO_MODELS_PAGE = "remote_no_models_page"
    REMOTE_BUSY = "remote_busy"
    REMOTE_LOADING = "remote_loading"
    REMOTE_ANSWERS_BADLY = "remote_answers_badly"
    # model, served
    REMOTE_MODEL_UNKNOWN = "remote_model_unknown"
    # -
    REMOTE_SERVES_NOTHING = "remote_serves_nothing"
    # to
    REMOTE_REDIRECTS = "remote_redirects"
    # seconds
    REMOTE_SILENT = "remote_silent"
    # reason
    REMOTE_BROKE_OFF = "remote_broke_off"
    # server, url
    ADDRESS_BAD = "address_bad"
    # -
    REMOTE_NOT_CHOSEN = "remote_not_chosen"
    # server, and the names that are known
    REMOTE_UNKNOWN = "remote_unknown"
    # server
    REMOTE_THERE_ALREADY = "remote_there_already"
    # server
    REMOTE_NAME_BAD = "remote_name_bad"
    # url (where Ollama would be)
    OLLAMA_NOT_FOUND = "ollama_not_found"
    # -
    OLLAMA_SERVICE_STOPPED = "ollama_service_stopped"
    # status (of HTTP), for these two
    OLLAMA_REFUSES = "ollama_refuses"
    OLLAMA_ANSWERS_BADLY = "ollama_answers_badly"
    # known (names of models on the disk)
    OLLAMA_NO_MODEL = "ollama_no_model"
    # model
    OLLAMA_MODEL_MISSING = "ollama_model_missing"
    # model, reason
    OLLAMA_CANNOT_LOAD = "ollama_cannot_load"
    # model, reason
    OLLAMA_PULL_FAILED = "ollama_pull_failed"
    # models (names), used_bytes (of the GPU's memory)
    OLLAMA_HOLDS_GPU = "ollama_holds_gpu"
    # what (the server: a command or an address), how (its end)
    SERVER_ENDED = "server_ended"
    # reason (why this computer could not be looked at)
    CHECK_FAILED = "check_failed"
    # reason (why the plan is a wide range: images or gpus), count (of GPUs)
    ROUGH_ESTIMATE = "rough_estimate"
    # model
    HUB_UNREACHABLE = "hub_unreachable"
    # model, when HF_HUB_OFFLINE is set
    HUB_OFFLINE = "hub_offline"
    # model
    HUB_TOKEN_REFUSED = "hub_token_refused"  # noqa: S105 - no password
    # model
    MODEL_GATED = "model_gated"
    # model, wait_s (0 when the Hub did not say)
    HUB_BUSY = "hub_busy"
    # model, status
    HUB_FAILED = "hub_failed"
    # model, file
    FILE_CHECKSUM_WRONG = "file_checksum_wrong"
    # model
    DOWNLOAD_RUNNING = "download_running"
    # model, and a file that is pickled
    MODEL_PICKLED = "model_pickled"
    # model
    MODEL_WITHOUT_SAFETENSORS = "model_without_safetensors"
    # model, revision
    MODEL_CODE_NOT_ALLOWED = "model_code_not_allowed"
    # model, file (named by the index and not there; "" when the index itself makes no sense)
    MODEL_INDEX_WRONG = "model_index_wrong"
    # model, and the commits before and now
    MODEL_CHANGED = "model_changed"
    # model
    MODEL_IN_USE = "model_in_use"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: its kind and the values its sentence names (see ProblemKind)."""

    kind: ProblemKind
    values: "Mapping[str, Value]" = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Refusal:
    """A plan that was not made: the problems that stand in its way, the gravest first; never empty."""

    problems: tuple[Problem, ...]
    may_start_anyway: bool = False
    remedies: tuple["Remedy", ...] = ()
