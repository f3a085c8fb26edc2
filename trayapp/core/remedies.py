"""What would fix a diagnosed cause, the best first. Memory of the GPU is in remedies_memory.py.

What is safe is marked automatic; how often and in what order that is tried is in attempts.py. No words in here.
"""

from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core import remedies_memory
from trayapp.core.causes.cause import Cause
from trayapp.core.remedy import Case, Remedy, RemedyId, remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from trayapp.core.diagnosis import Diagnosis
    from trayapp.core.launch import LaunchPlan
    from trayapp.core.settings import Settings

__all__ = ["Remedy", "RemedyId", "remedies_for", "with_ollama"]


def remedies_for(diagnosis: "Diagnosis", settings: "Settings", plan: "LaunchPlan | None") -> tuple[Remedy, ...]:
    """Return what would fix this, the best first; empty where nothing is known to help.

    settings are those of the attempt that failed, with the changes of earlier remedies in them.
    """
    ladder = _LADDERS.get(diagnosis.cause)
    if ladder is None:
        return ()
    return tuple(ladder(Case(diagnosis.values, settings, plan)))


def with_ollama(remedies: "Iterable[Remedy]", *, is_there: bool) -> tuple[Remedy, ...]:
    """Return the remedies as this computer can offer them: where Ollama is not, it has to be installed first."""
    if is_there:
        return tuple(remedies)
    install = remedy(RemedyId.INSTALL_OLLAMA)
    return tuple(install if each.id is RemedyId.USE_OLLAMA else each for each in remedies)


def _half(case: Case) -> "Iterator[Remedy]":
    if "model_type" in case.values:  # the model cannot be run in half precision: twice the memory is all that is left
        yield remedy(RemedyId.USE_FLOAT32, dtype="float32")
    elif case.settings.dtype not in {"half", "float16"}:
        yield remedy(RemedyId.USE_HALF, automatic=True, dtype="half")
    yield remedy(RemedyId.CHOOSE_MODEL)


def _drop_quantization(case: Case) -> "Iterator[Remedy]":
    changes: dict[str, object] = {}
    if case.settings.quantization not in {"auto", "none"}:
        changes["quantization"] = "auto"
    rest = _without(case.settings.extra_arguments, "--quantization", "-q")
    if rest != case.settings.extra_arguments:
        changes["extra_arguments"] = rest
    if changes:
        yield remedy(RemedyId.DROP_QUANTIZATION, automatic=True, **changes)
    yield remedy(RemedyId.CHOOSE_OTHER_BUILD_OF_MODEL)


def _without(arguments: tuple[str, ...], *flags: str) -> tuple[str, ...]:
    """Return the arguments without these flags and their values."""
    kept: list[str] = []
    dropping = False
    for argument in arguments:
        if argument.startswith("-"):
            dropping = argument.partition("=")[0].replace("_", "-") in flags
            if dropping:
                continue
        elif dropping:
            continue
        kept.append(argument)
    return tuple(kept)


def _drop_argument(case: Case) -> "Iterator[Remedy]":
    argument = case.values.get("argument")
    if isinstance(argument, str) and argument.startswith("-"):
        names = argument.partition("=")[0].replace("_", "-").split("/")
        rest = _without(case.settings.extra_arguments, *names)
        if rest != case.settings.extra_arguments:
            yield remedy(RemedyId.DROP_ARGUMENT, extra_arguments=rest)
    yield remedy(RemedyId.CHANGE_SETTINGS)


def _model_limit(case: Case) -> "Iterator[Remedy]":
    limit = case.whole("model_max_len") or (case.plan.native_context if case.plan else None)
    if case.settings.enable_yarn:
        yield remedy(RemedyId.NO_YARN, enable_yarn=False, max_model_len=limit or 0)
    else:
        yield remedy(RemedyId.USE_MODEL_LIMIT, max_model_len=limit or 0)


def _rope(case: Case) -> "Iterator[Remedy]":
    if case.settings.enable_yarn:
        yield remedy(RemedyId.NO_YARN, enable_yarn=False)
    yield remedy(RemedyId.UPDATE_VLLM)
    yield remedy(RemedyId.CHANGE_SETTINGS)


def _port(case: Case) -> "Iterator[Remedy]":
    port = case.settings.port
    if not port:  # the app may choose: the next attempt takes another free one
        yield remedy(RemedyId.RETRY, automatic=True)
        return
    yield remedy(RemedyId.USE_OTHER_PORT, port=port + 1 if port < 65535 else 8000)
    yield remedy(RemedyId.END_LEFTOVERS)


def _divisible(case: Case) -> "Iterator[Remedy]":
    heads, parts = case.whole("heads"), case.whole("tensor_parallel_size")
    if heads and parts and 1 < parts <= 64:
        fewer = next(size for size in range(parts - 1, 0, -1) if heads % size == 0)
        yield remedy(RemedyId.FEWER_GPUS, tensor_parallel_size=fewer)
    elif case.settings.tensor_parallel_size != 1:
        yield remedy(RemedyId.FEWER_GPUS, tensor_parallel_size=1)
    yield remedy(RemedyId.CHANGE_SETTINGS)


def _gpus(case: Case) -> "Iterator[Remedy]":
    gpus = case.whole("gpus")
    yield remedy(RemedyId.FEWER_GPUS, tensor_parallel_size=max(gpus, 1) if gpus is not None else 1)


def _compiler(case: Case) -> "Iterator[Remedy]":
    if case.values.get("tool") in {"nvcc", "ninja"}:
        yield _with_variable(case, RemedyId.NO_FLASHINFER_SAMPLER, "VLLM_USE_FLASHINFER_SAMPLER", "0")
    yield remedy(RemedyId.INSTALL_COMPILER)


def _with_variable(case: Case, remedy_id: RemedyId, name: str, value: str) -> Remedy:
    return remedy(remedy_id, environment=MappingProxyType({**case.settings.environment, name: value}))


def _pin_memory(case: Case) -> "Iterator[Remedy]":
    yield _with_variable(case, RemedyId.PIN_MEMORY_ON_WSL, "VLLM_WSL2_ENABLE_PIN_MEMORY", "1")
    yield remedy(RemedyId.UPDATE_VLLM)


def _timeout(case: Case) -> "Iterator[Remedy]":
    yield _with_variable(case, RemedyId.WAIT_LONGER, "VLLM_ENGINE_READY_TIMEOUT_S", "3600")


def _own_code(case: Case) -> "Iterator[Remedy]":
    # Runs a stranger's program with the person's rights: never without their word, for this model and revision.
    if case.plan is not None and case.plan.limit_key.model not in case.settings.code_allowed:
        allowed = (*case.settings.code_allowed, case.plan.limit_key.model)
        yield remedy(RemedyId.ALLOW_MODEL_CODE, code_allowed=allowed)
    yield remedy(RemedyId.CHOOSE_MODEL)


def _illegal_access(case: Case) -> "Iterator[Remedy]":
    # A test more than a cure, and much slower: not without asking.
    if not case.settings.enforce_eager:
        yield remedy(RemedyId.EAGER_MODE, enforce_eager=True)
    yield remedy(RemedyId.UPDATE_VLLM)


def _only(*ids: RemedyId) -> "Callable[[Case], Iterator[Remedy]]":
    remedies = tuple(Remedy(remedy_id, automatic=False) for remedy_id in ids)
    return lambda _case: iter(remedies)


_LADDERS: "Mapping[Cause, Callable[[Case], Iterator[Remedy]]]" = {
    Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN: remedies_memory.kv_cache_too_small,
    Cause.NO_MEMORY_FOR_CACHE_BLOCKS: remedies_memory.no_blocks,
    Cause.FREE_MEMORY_BELOW_UTILIZATION: remedies_memory.free_memory,
    Cause.CUDA_OOM_LOADING_WEIGHTS: remedies_memory.out_of_memory_loading,
    Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE: remedies_memory.out_of_memory_measuring,
    Cause.CUDA_OOM_RUNTIME: remedies_memory.out_of_memory_serving,
    Cause.MEMORY_PROFILING_RACE: remedies_memory.race,
    Cause.MAMBA_BLOCKS_TOO_FEW: remedies_memory.mamba,
    Cause.BF16_UNSUPPORTED: _half,
    Cause.QUANTIZATION_UNSUPPORTED_ON_GPU: _only(RemedyId.CHOOSE_OTHER_BUILD_OF_MODEL, RemedyId.UPDATE_VLLM),
    Cause.GPU_TOO_OLD_COMPUTE_CAPABILITY: _only(RemedyId.REINSTALL_VLLM, RemedyId.USE_OLLAMA),
    Cause.GPU_TOO_NEW_FOR_BUILD: _only(RemedyId.UPDATE_VLLM, RemedyId.OPEN_DRIVER_PAGE),
    Cause.KERNEL_RESOURCE_LIMIT: _only(RemedyId.UPDATE_VLLM, RemedyId.CHOOSE_OTHER_BUILD_OF_MODEL),
    Cause.ILLEGAL_MEMORY_ACCESS: _illegal_access,
    Cause.GPU_FELL_OFF_BUS_XID: _only(RemedyId.POWER_OFF, RemedyId.OPEN_DRIVER_PAGE),
    Cause.NO_GPU_VISIBLE: _only(RemedyId.OPEN_DRIVER_PAGE, RemedyId.RESTART_WSL),
    Cause.NVML_VERSION_MISMATCH: _only(RemedyId.RESTART_COMPUTER),
    Cause.DRIVER_TOO_OLD: _only(RemedyId.OPEN_DRIVER_PAGE),
    Cause.DRIVER_CUDA_MISMATCH_803: _only(RemedyId.RESTART_COMPUTER, RemedyId.OPEN_DRIVER_PAGE),
    Cause.WSL_UVA_UNAVAILABLE: _pin_memory,
    Cause.NCCL_ERROR: _only(RemedyId.ENLARGE_SHARED_MEMORY, RemedyId.OPEN_DRIVER_PAGE),
    Cause.TENSOR_PARALLEL_EXCEEDS_GPUS: _gpus,
    Cause.MAX_LEN_EXCEEDS_MODEL: _model_limit,
    Cause.QUANTIZATION_MISMATCH: _drop_quantization,
    Cause.QUANTIZATION_CONFIG_MISSING: _drop_quantization,
    Cause.MARLIN_OR_GROUP_SIZE_SHAPE: _divisible,
    Cause.TENSOR_PARALLEL_NOT_DIVISIBLE: _divisible,
    Cause.BAD_ROPE_SCALING: _rope,
    Cause.ARCHITECTURE_UNSUPPORTED: _only(RemedyId.UPDATE_VLLM, RemedyId.CHOOSE_MODEL),
    Cause.TRANSFORMERS_VERSION_TOO_OLD: _only(RemedyId.UPDATE_VLLM, RemedyId.CHOOSE_MODEL),
    Cause.TRANSFORMERS_VERSION_TOO_NEW: _only(RemedyId.REINSTALL_VLLM),
    Cause.TOKENIZER_ERROR: _only(RemedyId.DOWNLOAD_AGAIN, RemedyId.UPDATE_VLLM, RemedyId.CHOOSE_MODEL),
    Cause.TRUST_REMOTE_CODE_REQUIRED: _own_code,
    Cause.CHAT_TEMPLATE_MISSING: _only(RemedyId.CHOOSE_MODEL),
    Cause.CORRUPT_OR_INCOMPLETE_SAFETENSORS: _only(RemedyId.DOWNLOAD_AGAIN),
    Cause.MODEL_NOT_FOUND: _only(RemedyId.CHOOSE_MODEL, RemedyId.OPEN_MODEL_PAGE),
    Cause.GATED_OR_UNAUTHORIZED: _only(RemedyId.OPEN_MODEL_PAGE, RemedyId.ENTER_TOKEN),
    Cause.NO_NETWORK_OR_OFFLINE: _only(RemedyId.CHECK_CONNECTION, RemedyId.CHOOSE_MODEL),
    Cause.INVALID_CLI_FLAG: _drop_argument,
    Cause.INVALID_CLI_VALUE: _drop_argument,
    Cause.PORT_IN_USE: _port,
    Cause.OWN_MODULE_NOT_FOUND: _only(RemedyId.CHANGE_SETTINGS),
    Cause.TORCH_ABI_MISMATCH: _only(RemedyId.REINSTALL_VLLM),
    Cause.MISSING_COMPILER_FOR_JIT: _compiler,
    Cause.PLATFORM_UNSUPPORTED_WINDOWS_NATIVE: _only(RemedyId.USE_WSL),
    Cause.HOST_RAM_OOM_KILLED: _only(RemedyId.CLOSE_PROGRAMS, RemedyId.RESTART_WSL, RemedyId.CHOOSE_SMALLER_MODEL),
    Cause.SHM_TOO_SMALL: _only(RemedyId.ENLARGE_SHARED_MEMORY),
    Cause.DISK_FULL: _only(RemedyId.FREE_DISK),
    Cause.TOO_MANY_OPEN_FILES: _only(RemedyId.RAISE_FILE_LIMIT),
    Cause.STARTUP_TIMEOUT: _timeout,
    Cause.STARTUP_HANG: _only(RemedyId.END_LEFTOVERS, RemedyId.RESTART_COMPUTER),
}
