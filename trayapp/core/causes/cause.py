"""The vocabulary of causes.

What proves one is in the rules beside this file, what people read is in wording/diagnoses.py.
"""

from enum import StrEnum


class Cause(StrEnum):
    """Every cause that a diagnosis can name."""

    HEALTHY = "healthy"  # nothing failed: a good start, or a stop that was asked for
    UNKNOWN = "unknown"  # no known cause; never a guess
    ENGINE_DEAD_WRAPPER_ONLY = "engine_dead_wrapper_only"  # the log says that it failed; the cause is not in this part

    # GPU memory
    KV_CACHE_TOO_SMALL_FOR_MAX_LEN = "kv_cache_too_small_for_max_len"
    NO_MEMORY_FOR_CACHE_BLOCKS = "no_memory_for_cache_blocks"
    FREE_MEMORY_BELOW_UTILIZATION = "free_memory_below_utilization"
    CUDA_OOM_LOADING_WEIGHTS = "cuda_oom_loading_weights"
    CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE = "cuda_oom_profiling_or_graph_capture"
    CUDA_OOM_RUNTIME = "cuda_oom_runtime"
    MEMORY_PROFILING_RACE = "memory_profiling_race"
    MAMBA_BLOCKS_TOO_FEW = "mamba_blocks_too_few"

    # the GPU and its driver
    BF16_UNSUPPORTED = "bf16_unsupported"
    QUANTIZATION_UNSUPPORTED_ON_GPU = "quantization_unsupported_on_gpu"
    GPU_TOO_OLD_COMPUTE_CAPABILITY = "gpu_too_old_compute_capability"
    GPU_TOO_NEW_FOR_BUILD = "gpu_too_new_for_build"
    KERNEL_RESOURCE_LIMIT = "kernel_resource_limit"
    ILLEGAL_MEMORY_ACCESS = "illegal_memory_access"
    GPU_FELL_OFF_BUS_XID = "gpu_fell_off_bus_xid"
    NO_GPU_VISIBLE = "no_gpu_visible"
    NVML_VERSION_MISMATCH = "nvml_version_mismatch"
    DRIVER_TOO_OLD = "driver_too_old"
    DRIVER_CUDA_MISMATCH_803 = "driver_cuda_mismatch_803"
    WSL_UVA_UNAVAILABLE = "wsl_uva_unavailable"
    NCCL_ERROR = "nccl_error"
    TENSOR_PARALLEL_EXCEEDS_GPUS = "tensor_parallel_exceeds_gpus"

    # the model
    MAX_LEN_EXCEEDS_MODEL = "max_len_exceeds_model"
    QUANTIZATION_MISMATCH = "quantization_mismatch"
    QUANTIZATION_CONFIG_MISSING = "quantization_config_missing"
    MARLIN_OR_GROUP_SIZE_SHAPE = "marlin_or_group_size_shape"
    TENSOR_PARALLEL_NOT_DIVISIBLE = "tensor_parallel_not_divisible"
    BAD_ROPE_SCALING = "bad_rope_scaling"
    ARCHITECTURE_UNSUPPORTED = "architecture_unsupported"
    TRANSFORMERS_VERSION_TOO_OLD = "transformers_version_too_old"
    TRANSFORMERS_VERSION_TOO_NEW = "transformers_version_too_new"
    TOKENIZER_ERROR = "tokenizer_error"
    TRUST_REMOTE_CODE_REQUIRED = "trust_remote_code_required"
    CHAT_TEMPLATE_MISSING = "chat_template_missing"
    CORRUPT_OR_INCOMPLETE_SAFETENSORS = "corrupt_or_incomplete_safetensors"
    MODEL_NOT_FOUND = "model_not_found"
    GATED_OR_UNAUTHORIZED = "gated_or_unauthorized"
    NO_NETWORK_OR_OFFLINE = "no_network_or_offline"

    # the command line and the address
    INVALID_CLI_FLAG = "invalid_cli_flag"
    INVALID_CLI_VALUE = "invalid_cli_value"
    PORT_IN_USE = "port_in_use"

    # the installation
    OWN_MODULE_NOT_FOUND = "own_module_not_found"  # what the app has vLLM load
    TORCH_ABI_MISMATCH = "torch_abi_mismatch"
    MISSING_COMPILER_FOR_JIT = "missing_compiler_for_jit"
    PLATFORM_UNSUPPORTED_WINDOWS_NATIVE = "platform_unsupported_windows_native"

    # this computer
    HOST_RAM_OOM_KILLED = "host_ram_oom_killed"
    SHM_TOO_SMALL = "shm_too_small"
    DISK_FULL = "disk_full"
    TOO_MANY_OPEN_FILES = "too_many_open_files"

    # the course of the run
    STARTUP_TIMEOUT = "startup_timeout"
    STARTUP_HANG = "startup_hang"
    ENGINE_DEAD_AT_RUNTIME = "engine_dead_at_runtime"
