# ruff: noqa: E501, ISC004 - messages stand here as they are printed
"""Logs rebuilt from the messages of vLLM and its libraries, for failures that a computer without a GPU cannot have.

Each has the shape that the real one has (process names, log records, tracebacks), and the cause it must lead to.
What the CPU build can be made to print is recorded instead: tests/recorded/.
"""

from typing import NamedTuple


class Log(NamedTuple):
    """A log, the cause in it, and what must be read from it."""

    cause: str
    text: str
    values: dict[str, object] = {}  # noqa: RUF012 - a NamedTuple's default is shared and never changed
    capability: tuple[int, int] | None = None


def engine(message: str, *frames: str, version: str = "0.11.0") -> str:
    """Return how an engine's failure looks: the record with its traceback, then the wrapper of the API server."""
    head = "(EngineCore_DP0 pid=68) ERROR 11-20 10:11:12 [core.py:708] "
    traceback = [
        "EngineCore failed to start.",
        "Traceback (most recent call last):",
        '  File "/opt/venv/lib/python3.12/site-packages/vllm/v1/engine/core.py", line 699, in run_engine_core',
        "    engine_core = EngineCoreProc(*args, **kwargs)",
        *[
            f'  File "/opt/venv/lib/python3.12/site-packages/vllm/v1/worker/gpu_worker.py", line 9, in {frame}'
            for frame in frames
        ],
        *message.splitlines(),
    ]
    return "\n".join(
        [
            f"(APIServer pid=1) INFO 11-20 10:11:02 [api_server.py:1839] vLLM API server version {version}",
            "(APIServer pid=1) INFO 11-20 10:11:03 [model.py:547] Resolved architecture: Qwen3ForCausalLM",
            "(EngineCore_DP0 pid=68) INFO 11-20 10:11:05 [core.py:77] Initializing a V1 LLM engine (v0.11.0) with config: "
            "model='Qwen/Qwen3-8B', trust_remote_code=True, dtype=torch.bfloat16, tensor_parallel_size=1",
            *[head + line for line in traceback],
            "(APIServer pid=1) Traceback (most recent call last):",
            '(APIServer pid=1)   File "/opt/venv/bin/vllm", line 8, in <module>',
            "(APIServer pid=1) RuntimeError: Engine core initialization failed. See root cause above. "
            "Failed core proc(s): {'EngineCore_DP0': 1}",
        ]
    )


def loaded(log: str) -> str:
    """Return the log with the lines of a load that went well before its first error."""
    lines = (
        "(EngineCore_DP0 pid=68) INFO 11-20 10:11:08 [gpu_model_runner.py:2602] Starting to load model Qwen/Qwen3-8B...\n"
        "Loading safetensors checkpoint shards: 100% Completed | 4/4 [00:01<00:00,  2.60it/s]\n"
        "(EngineCore_DP0 pid=68) INFO 11-20 10:11:10 [gpu_model_runner.py:2653] Model loading took 15.27 GiB and 2 seconds\n"
    )
    return log.replace("(EngineCore_DP0 pid=68) ERROR", lines + "(EngineCore_DP0 pid=68) ERROR", 1)


def serving(log: str) -> str:
    """Return what a server prints that became ready, then this."""
    return (
        "INFO 11-20 10:11:02 [api_server.py:1839] vLLM API server version 0.11.0\n"
        "INFO:     Started server process [1]\nINFO:     Application startup complete.\n"
        'INFO:     127.0.0.1:5000 - "POST /v1/chat/completions HTTP/1.1" 200 OK\n' + log
    )


def config(message: str) -> str:
    """Return how a refused configuration looks: pydantic's wrapping on stderr of the API server."""
    return (
        "(APIServer pid=1) INFO 11-20 10:11:02 [api_server.py:1839] vLLM API server version 0.16.0\n"
        "Traceback (most recent call last):\n"
        '  File "/opt/venv/lib/python3.12/site-packages/vllm/engine/arg_utils.py", line 1, in create_model_config\n'
        "    return ModelConfig(\n"
        "pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig\n"
        f"  Value error, {message} [type=value_error, input_value=ArgsKwargs((), {{}}), input_type=ArgsKwargs]\n"
        "    For further information visit https://errors.pydantic.dev/2.12/v/value_error\n"
    )


_OOM = (
    "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.74 GiB. GPU 0 has a total capacity of 23.57 GiB "
    "of which 605.88 MiB is free. Process 4242 has 10.97 GiB memory in use. Including non-PyTorch memory, this process "
    "has 12.00 GiB memory in use."
)
_GIB = 1 << 30

LOGS: dict[str, Log] = {
    "kv cache, no estimate printed (0.8.5)": Log(
        "kv_cache_too_small_for_max_len",
        engine(
            "ValueError: To serve at least one request with the models's max seq len (32768), (4.00 GiB KV cache is "
            "needed, which is larger than the available KV cache memory (2.50 GiB). Based on the available memory,  Try "
            "increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the engine.",
            version="0.8.5",
        ),
        {
            "max_model_len": 32768,
            "needed_bytes": 4 * _GIB,
            "available_kv_bytes": 5 * _GIB // 2,
            "estimated_max_model_len": 20480,
        },
    ),
    "kv cache (V0)": Log(
        "kv_cache_too_small_for_max_len",
        "INFO 12-30 10:11:12 gpu_executor.py:76] # GPU blocks: 1250, # CPU blocks: 2048\n"
        "Traceback (most recent call last):\n"
        "ValueError: The model's max seq len (32768) is larger than the maximum number of tokens that can be stored in "
        "KV cache (20000). Try increasing `gpu_memory_utilization` or decreasing `max_model_len` when initializing the "
        "engine.\n",
        {"max_model_len": 32768, "estimated_max_model_len": 20000},
    ),
    "no blocks": Log(
        "no_memory_for_cache_blocks",
        loaded(
            engine(
                "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when "
                "initializing the engine.",
                "_initialize_kv_caches",
            )
        ),
    ),
    "no blocks (auto)": Log(
        "no_memory_for_cache_blocks",
        engine(
            "ValueError: Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token."
        ),
    ),
    "negative cache": Log(
        "no_memory_for_cache_blocks",
        "INFO 11-20 10:11:10 [gpu_worker.py:298] Available KV cache memory: -2.77 GiB\n",
        {"available_kv_bytes": -2974264852},
    ),
    "occupied": Log(
        "free_memory_below_utilization",
        engine(
            "ValueError: Free memory on device cuda:0 (3.12/23.57 GiB) on startup is less than desired GPU memory "
            "utilization (0.9, 21.21 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes."
        ),
        {"utilization": 0.9},
    ),
    "occupied (CPU build)": Log(
        "free_memory_below_utilization",
        engine(
            "ValueError: Available memory on node 0 (10.38/11.71 GiB) on startup is less than desired CPU memory "
            "utilization (0.92, 10.77 GiB)."
        ),
        {"utilization": 0.92},
    ),
    "out of memory while loading": Log(
        "cuda_oom_loading_weights",
        engine(_OOM, "load_model", "initialize_model", "create_weights"),
        {"tried_bytes": 1868310773, "other_process_bytes": 11778947809},
    ),
    "not enough for the weights (0.13)": Log(
        "cuda_oom_loading_weights",
        engine(
            "Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for "
            "weights, increasing --tensor-parallel-size, or using --quantization."
        ),
    ),
    "out of memory, loading begun": Log(
        "cuda_oom_loading_weights",
        "INFO 11-20 10:11:08 [gpu_model_runner.py:2602] Starting to load model Qwen/Qwen3-8B...\n" + _OOM,
    ),
    "out of memory (torch 2.0)": Log(
        "cuda_oom_loading_weights",
        engine(
            "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB (GPU 0; 10.50 GiB total capacity; "
            "9.85 GiB already allocated; 46.00 MiB free; 9.86 GiB reserved in total by PyTorch)",
            "load_model",
        ),
        {"tried_bytes": 224 << 20, "total_bytes": 21 * _GIB // 2, "free_bytes": 46 << 20},
    ),
    "out of memory while profiling": Log(
        "cuda_oom_profiling_or_graph_capture",
        loaded(engine(_OOM, "determine_available_memory", "profile_run", "_dummy_run", "forward")),
    ),
    "out of memory at the sampler": Log(
        "cuda_oom_profiling_or_graph_capture",
        loaded(
            engine(
                "RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try "
                "lowering `max_num_seqs` or `gpu_memory_utilization` when initializing the engine.",
                "_dummy_sampler_run",
            )
        ),
        {"dummy_requests": 1024},
    ),
    "out of memory, cache made": Log(
        "cuda_oom_profiling_or_graph_capture",
        "INFO 11-20 10:11:10 [kv_cache_utils.py:864] GPU KV cache size: 188,640 tokens\n" + _OOM,
    ),
    "out of memory while serving": Log(
        "cuda_oom_runtime",
        serving(
            "ERROR 11-20 11:11:12 [core.py:710] EngineCore encountered a fatal error.\n"
            "ERROR 11-20 11:11:12 [core.py:710] Traceback (most recent call last):\n"
            f"ERROR 11-20 11:11:12 [core.py:710] {_OOM}\n"
            "vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the "
            "root cause.\n"
        ),
    ),
    "out of memory in the busy loop": Log("cuda_oom_runtime", engine(_OOM, "run_busy_loop", "_process_engine_step")),
    "cublas cannot allocate": Log(
        "cuda_oom_runtime",
        serving("RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`\n"),
    ),
    "race": Log(
        "memory_profiling_race",
        loaded(
            engine(
                "AssertionError: Error in memory profiling. Initial free memory 20.05 GiB, current free memory 21.10 "
                "GiB. This happens when other processes sharing the same container release GPU memory while vLLM is "
                "profiling during initialization."
            )
        ),
    ),
    "mamba": Log(
        "mamba_blocks_too_few",
        loaded(
            engine("ValueError: max_num_seqs (256) exceeds available Mamba cache blocks (97). Each decode sequence")
        ),
        {"max_num_seqs": 256, "blocks": 97},
    ),
    "bf16": Log(
        "bf16_unsupported",
        engine(
            "ValueError: Bfloat16 is only supported on GPUs with compute capability of at least 8.0. Your Tesla T4 GPU "
            "has compute capability 7.5. You can use float16 instead by explicitly setting the `dtype` flag in CLI, for "
            "example: --dtype=half."
        ),
        {"gpu": "Tesla T4", "compute_capability": 7.5},
    ),
    "fp16": Log(
        "bf16_unsupported",
        config("The model type 'gemma3_text' does not support float16. Reason: Numerical instability."),
        {"model_type": "gemma3_text"},
    ),
    "fp8 on an old card": Log(
        "quantization_unsupported_on_gpu",
        config(
            "The quantization method fp8 is not supported for the current GPU. Minimum capability: 89. Current "
            "capability: 75."
        ),
        {"method": "fp8", "needed_capability": 89, "capability": 75},
    ),
    "fp8 in triton": Log(
        "quantization_unsupported_on_gpu",
        engine(
            "ValueError(\"type fp8e4nv not supported in this architecture. The supported fp8 dtypes are ('fp8e4b15')\")"
        ),
    ),
    "no kernel, old": Log(
        "gpu_too_old_compute_capability",
        engine("RuntimeError: CUDA error: no kernel image is available for execution on the device"),
        capability=(6, 1),
    ),
    "no kernel, new": Log(
        "gpu_too_new_for_build",
        engine("RuntimeError: CUDA error: no kernel image is available for execution on the device"),
        capability=(12, 0),
    ),
    "no kernel, told by torch": Log(
        "gpu_too_new_for_build",
        "NVIDIA GeForce RTX 5090 with CUDA capability sm_120 is not compatible with the current PyTorch installation.\n"
        "The current PyTorch install supports CUDA capabilities sm_50 sm_60 sm_70 sm_75 sm_80 sm_86 sm_90.\n",
    ),
    "flash attention": Log(
        "gpu_too_old_compute_capability", engine("RuntimeError: FlashAttention only supports Ampere GPUs or newer.")
    ),
    "ptxas": Log(
        "gpu_too_new_for_build",
        engine("ptxas fatal   : Value 'sm_121a' is not defined for option 'gpu-name'"),
    ),
    "triton resources": Log(
        "kernel_resource_limit",
        engine(
            "triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 131072, Hardware limit: "
            "101376. Reducing block sizes or `num_stages` may help."
        ),
    ),
    "illegal access": Log(
        "illegal_memory_access",
        serving("torch.AcceleratorError: CUDA error: an illegal memory access was encountered\n"),
    ),
    "xid 31": Log(
        "illegal_memory_access",
        "[ 812.201] NVRM: Xid (PCI:0000:01:00): 31, pid=4242, name=VLLM::EngineCor, Ch 00000008, MMU Fault\n",
        {"xid": 31},
    ),
    "xid 79": Log(
        "gpu_fell_off_bus_xid",
        "[ 812.101] NVRM: Xid (PCI:0000:01:00): 45, pid=4242, name=VLLM::Worker, Ch 00000008\n"
        "[ 812.201] NVRM: Xid (PCI:0000:01:00): 79, pid='<unknown>', name=<unknown>, GPU has fallen off the bus.\n",
        {"xid": 79},
    ),
    "bus": Log("gpu_fell_off_bus_xid", "kernel: NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.\n"),
    "no gpu": Log(
        "no_gpu_visible",
        "INFO 11-20 10:11:02 [__init__.py:219] No platform detected, vLLM is running on UnspecifiedPlatform\n"
        "RuntimeError: Failed to infer device type, please set the environment variable `VLLM_LOGGING_LEVEL=DEBUG`\n",
    ),
    "nvml missing": Log("no_gpu_visible", "pynvml.NVMLError_LibraryNotFound: NVML Shared Library Not Found\n"),
    "nvml missing, told at debug level": Log(
        "no_gpu_visible",
        "DEBUG 11-20 10:11:02 [__init__.py:93] CUDA platform is not available because: NVML Shared Library Not Found\n",
    ),
    "nvml mismatch": Log(
        "nvml_version_mismatch",
        "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95\n",
    ),
    "driver too old": Log(
        "driver_too_old",
        engine(
            "RuntimeError: The NVIDIA driver on your system is too old (found version 12080). Please update your GPU "
            "driver by downloading and installing a new version"
        ),
        {"driver_cuda_version": 12080},
    ),
    "error 804": Log(
        "driver_too_old",
        engine(
            "RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 804: forward compatibility was attempted on "
            "non supported HW"
        ),
    ),
    "error 803": Log(
        "driver_cuda_mismatch_803",
        engine(
            "RuntimeError: Unexpected error from cudaGetDeviceCount(). Error 803: system has unsupported display driver / "
            "cuda driver combination"
        ),
    ),
    "uva": Log("wsl_uva_unavailable", engine("RuntimeError: UVA is not available")),
    "nccl": Log(
        "nccl_error",
        engine(
            "torch.distributed.DistBackendError: NCCL error in: ProcessGroupNCCL.cpp:1969, unhandled system error (run "
            "with NCCL_DEBUG=INFO for details), NCCL version 2.26.2\nLast error:\nsocketStartConnect: failed"
        ),
    ),
    "too few gpus": Log(
        "tensor_parallel_exceeds_gpus",
        config("World size (4) is larger than the number of available GPUs (1) in this node."),
        {"tensor_parallel_size": 4, "gpus": 1},
    ),
    "length": Log(
        "max_len_exceeds_model",
        config(
            "User-specified max_model_len (131072) is greater than the derived max_model_len "
            "(max_position_embeddings=32768.0 or model_max_length=None in model's config.json)."
        ),
        {"max_model_len": 131072, "model_max_len": 32768},
    ),
    "length, check overridden": Log(
        "max_len_exceeds_model",
        serving(
            "/x/torchinductor/x.py:38: unknown: block: [41,0,0] Assertion `index out of bounds: 0 <= tmp6 < 4096` "
            "failed.\nRuntimeError: CUDA error: device-side assert triggered\n"
        ),
    ),
    "quantization": Log(
        "quantization_mismatch",
        config(
            "Quantization method specified in the model config (awq) does not match the quantization method specified in "
            "the `quantization` argument (gptq)."
        ),
        {"model_method": "awq", "method": "gptq"},
    ),
    "unknown quantization": Log(
        "quantization_mismatch",
        config("Unknown quantization method: bitsandbytes. Must be one of ['awq', 'fp8']."),
        {"method": "bitsandbytes"},
    ),
    "quantization without config": Log(
        "quantization_config_missing", engine("ValueError: Cannot find the config file for awq_marlin")
    ),
    "marlin": Log(
        "marlin_or_group_size_shape",
        engine(
            "ValueError: Weight input_size_per_partition = 10944 is not divisible by min_thread_k = 128. Consider "
            "reducing tensor_parallel_size or running with --quantization gptq."
        ),
    ),
    "heads": Log(
        "tensor_parallel_not_divisible",
        config("Total number of attention heads (28) must be divisible by tensor parallel size (8)."),
        {"heads": 28, "tensor_parallel_size": 8},
    ),
    "heads (ensure_divisibility)": Log(
        "tensor_parallel_not_divisible",
        "Traceback (most recent call last):\n    ensure_divisibility(numerator, denominator)\n"
        "AssertionError: 14 is not divisible by 4\n",
        {"heads": 14, "tensor_parallel_size": 4},
    ),
    "rope": Log(
        "bad_rope_scaling", 'Traceback (most recent call last):\n    assert "factor" in rope_scaling\nAssertionError\n'
    ),
    "rope key": Log(
        "bad_rope_scaling",
        "    rope = get_rope(head_dim, rope_parameters=rope_parameters)\nKeyError: 'original_max_position_embeddings'\n",
    ),
    "architecture": Log(
        "architecture_unsupported",
        config(
            "Model architectures ['NewForCausalLM'] are not supported for now. Supported architectures: "
            "dict_keys(['LlamaForCausalLM', 'Qwen3ForCausalLM'])"
        ),
        {"architecture": "NewForCausalLM"},
    ),
    "architecture in the list": Log(
        "torch_abi_mismatch",
        config(
            "Model architectures ['LlamaForCausalLM'] are not supported for now. Supported architectures: "
            "dict_keys(['LlamaForCausalLM', 'Qwen3ForCausalLM'])"
        ),
    ),
    "architecture removed": Log(
        "architecture_unsupported",
        config(
            "Model architecture XverseForCausalLM was supported in vLLM until v0.10.2, and is not supported anymore."
        ),
    ),
    "inspecting": Log(
        "torch_abi_mismatch",
        "ERROR 11-20 10:11:12 [registry.py:354] Error in inspecting model architecture 'LlamaForCausalLM'\n"
        "ERROR 11-20 10:11:12 [registry.py:354] subprocess.CalledProcessError: died with <Signals.SIGSEGV: 11>.\n",
    ),
    "windows": Log(
        "platform_unsupported_windows_native",
        "ERROR 11-20 10:11:12 [registry.py:354] Error in inspecting model architecture 'LlamaForCausalLM'\n"
        'ERROR 11-20 10:11:12 [registry.py:354]   File "C:\\Users\\user\\vllm\\registry.py", line 1\n',
    ),
    "uvloop": Log(
        "platform_unsupported_windows_native", "RuntimeError: uvloop does not support Windows at the moment\n"
    ),
    "transformers too old": Log(
        "transformers_version_too_old",
        config(
            "The checkpoint you are trying to load has model type `qwen9` but Transformers does not recognize this "
            "architecture. This could be because of an issue with the checkpoint, or because your version of "
            "Transformers is out of date."
        ),
        {"model_type": "qwen9"},
    ),
    "transformers too new": Log(
        "transformers_version_too_new",
        engine("AttributeError: Qwen2Tokenizer has no attribute all_special_tokens_extended. Did you mean: 'all'?"),
    ),
    "tokenizer": Log(
        "tokenizer_error",
        "ValueError: Tokenizer class TokenizersBackend does not exist or is not currently imported.\n",
        {"tokenizer": "TokenizersBackend"},
    ),
    "code": Log(
        "trust_remote_code_required",
        "ValueError: The repository some/model contains custom code which must be executed to correctly load the model. "
        "Please pass the argument `trust_remote_code=True` to allow custom code to be run.\n",
        {"model": "some/model"},
    ),
    "code, asked on a terminal": Log(
        "trust_remote_code_required",
        "    trust_remote_code = resolve_trust_remote_code(\nEOFError: EOF when reading a line\n",
    ),
    "code, only the wrapper": Log(
        "trust_remote_code_required",
        "RuntimeError: Failed to load the model config. If the model is a custom model not yet available in the "
        "HuggingFace transformers library, consider setting `trust_remote_code=True`\n",
    ),
    "chat template": Log(
        "chat_template_missing",
        serving(
            "ERROR 11-20 10:11:12 [serving_chat.py:200] ValueError: As of transformers v4.44, default chat template is no "
            "longer allowed, so you must provide a chat template if the tokenizer does not define one.\n"
            'INFO:     127.0.0.1:5000 - "POST /v1/chat/completions HTTP/1.1" 400 Bad Request\n'
        ),
    ),
    "cut off": Log(
        "corrupt_or_incomplete_safetensors",
        engine(
            "safetensors_rust.SafetensorError: Error while deserializing header: MetadataIncompleteBuffer",
            "load_weights",
        ),
    ),
    "name": Log(
        "model_not_found",
        "huggingface_hub.errors.RepositoryNotFoundError: 401 Client Error. (Request ID: Root=1)\n\n"
        "Repository Not Found for url: https://huggingface.co/api/models/qwen/qwen3-80b/tree/main.\n"
        "If you are trying to access a private or gated repo, make sure you are authenticated.\n"
        "Invalid username or password.\n",
        {"model": "qwen/qwen3-80b"},
    ),
    "name (0.8)": Log(
        "model_not_found", "ValueError: Invalid repository ID or local directory specified: 'foo'\n", {"model": "foo"}
    ),
    "network behind the name": Log(
        "no_network_or_offline",
        "ERROR 11-20 10:11:12 [config.py:1] Error retrieving file list: ConnectionError, retrying 1 of 2\n"
        "ValueError: Invalid repository ID or local directory specified: 'foo'\n",
    ),
    "gated": Log(
        "gated_or_unauthorized",
        "huggingface_hub.errors.GatedRepoError: 401 Client Error. (Request ID: Root=1)\n\n"
        "Cannot access gated repo for url https://huggingface.co/google/gemma-3-4b-it/resolve/main/config.json.\n"
        "Access to model google/gemma-3-4b-it is restricted. You must have access to it and be authenticated.\n",
        {"model": "google/gemma-3-4b-it"},
    ),
    "unauthorised": Log(
        "gated_or_unauthorized",
        "requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://huggingface.co/some/model\n",
    ),
    "offline": Log(
        "no_network_or_offline",
        "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the "
        "cached files.\n",
    ),
    "no route": Log("no_network_or_offline", "OSError: [Errno 101] Network is unreachable\n"),
    "flag": Log(
        "invalid_cli_flag",
        "usage: vllm serve [model_tag] [options]\n  --dtype {auto,half}\nvllm: error: unrecognized arguments: --swap-space 4\n",
        {"argument": "--swap-space"},
    ),
    "value": Log(
        "invalid_cli_value",
        "usage: vllm serve [model_tag] [options]\nvllm serve: error: argument --dtype: invalid choice: 'float7' (choose "
        "from 'auto', 'half')\n",
        {"argument": "--dtype", "value": "float7"},
    ),
    "any other complaint of the command line": Log("invalid_cli_value", "vllm serve: error: something else\n"),
    "port": Log("port_in_use", "OSError: [Errno 98] Address already in use\n"),
    "port, asyncio": Log(
        "port_in_use",
        "ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use\n",
        {"port": 8000},
    ),
    "port, answered by another": Log(
        "port_in_use",
        "vLLM Tray: another program answers in place of our server, port: 8000, user: vLLM (4711)\n",
        {"port": 8000, "user": "vLLM (4711)"},
    ),
    "port below 1024": Log(
        "port_in_use",
        "    sock = create_server_socket(sock_addr)\n    sock.bind(addr)\nPermissionError: [Errno 13] Permission denied\n",
    ),
    "abi": Log(
        "torch_abi_mismatch",
        "WARNING 11-20 10:11:02 [cuda.py:22] Failed to import from vllm._C with ImportError('/opt/venv/vllm/_C.abi3.so: "
        "undefined symbol: _ZN3c104cuda9SetDeviceEa')\n",
        {"symbol": "_ZN3c104cuda9SetDeviceEa"},
    ),
    "module": Log(
        "torch_abi_mismatch", "ModuleNotFoundError: No module named 'torchvision'\n", {"module": "torchvision"}
    ),
    "compiler": Log(
        "missing_compiler_for_jit",
        loaded(
            engine(
                "RuntimeError: Failed to find C compiler. Please specify via CC environment variable.", "profile_run"
            )
        ),
    ),
    "compiler fails": Log(
        "missing_compiler_for_jit",
        engine(
            "subprocess.CalledProcessError: Command '['/usr/bin/gcc', '/x/cuda_utils.c', '-O3']' returned non-zero "
            "exit status 1."
        ),
    ),
    "nvcc": Log(
        "missing_compiler_for_jit",
        loaded(
            engine(
                "RuntimeError: Could not find nvcc and default cuda_home='/usr/local/cuda' doesn't exist", "_dummy_run"
            )
        ),
        {"tool": "nvcc"},
    ),
    "kernel out of memory": Log(
        "host_ram_oom_killed",
        "[ 812.1] Out of memory: Killed process 4242 (VLLM::EngineCor) total-vm:81234567kB, anon-rss:31234567kB\n",
    ),
    "killed": Log(
        "host_ram_oom_killed",
        "Loading safetensors checkpoint shards:  50% Completed | 2/4 [00:01<00:01,  1.60it/s]\nKilled\n",
    ),
    "minus nine": Log(
        "host_ram_oom_killed",
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': -9}\n",
    ),
    "python out of memory": Log("host_ram_oom_killed", "Traceback (most recent call last):\nMemoryError\n"),
    "shm": Log(
        "shm_too_small",
        "NCCL WARN Error while creating shared memory segment /dev/shm/nccl-abc (size 9637888), error: No space left on "
        "device (28)\n",
    ),
    "shm, told by vllm": Log(
        "shm_too_small",
        engine("OSError: Insufficient space in /dev/shm for message queue: 160 MiB required, 64 MiB free"),
        {"needed_bytes": 160 << 20, "free_bytes": 64 << 20},
    ),
    "shm, a lock": Log(
        "shm_too_small",
        "    sl = self._semlock = _multiprocessing.SemLock(\nOSError: [Errno 28] No space left on device\n",
    ),
    "disk": Log(
        "disk_full",
        "    with open(tmp, 'wb') as file:\nOSError: [Errno 28] No space left on device: '/home/user/.cache/vllm/x'\n",
    ),
    "disk, told by the hub": Log(
        "disk_full",
        "UserWarning: Not enough free disk space to download the file. The expected file size is: 4976.70 MB. The target "
        "location /home/user/.cache only has 1022.00 MB free disk space.\n",
    ),
    "files": Log("too_many_open_files", "OSError: [Errno 24] Too many open files: '/home/user/model/config.json'\n"),
    "timeout": Log(
        "startup_timeout",
        "TimeoutError: Timed out waiting for engine core processes to start. This is often caused by slow weight loading "
        "for large models. Waited 600s (configured by VLLM_ENGINE_READY_TIMEOUT_S).\n",
        {"waited_s": 600},
    ),
    "hang": Log(
        "startup_hang",
        "INFO 11-20 10:11:02 [shm_broadcast.py:466] No available shared memory broadcast block found in 60 seconds.\n"
        * 4,
    ),
    "engine died": Log(
        "engine_dead_at_runtime",
        serving(
            "ERROR 11-20 11:11:12 [core_client.py:564] Engine core proc EngineCore_DP0 died unexpectedly, shutting down "
            "client.\n"
        ),
    ),
    "engine died (V0)": Log(
        "engine_dead_at_runtime",
        serving(
            "ERROR 12-01 13:05:02 client.py:282] RuntimeError('Engine process (pid 76) died.')\n"
            "ERROR 12-01 13:05:02 client.py:282] RuntimeError: Engine loop has died\n"
            "CRITICAL 12-01 13:05:02 launcher.py:99] MQLLMEngine is already dead, terminating server process\n"
            "INFO:     Shutting down\n"
        ),
    ),
    "wrapper": Log(
        "engine_dead_wrapper_only",
        "Traceback (most recent call last):\n"
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}\n",
    ),
}
