"""Rules for memory of the GPU: too little of it, and when. Which remedy is right depends on when (see remedies.py)."""

import re
from typing import TYPE_CHECKING

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import NUMBER, Rank, Rule, Scene

if TYPE_CHECKING:
    from trayapp.core.problems import Value


def _estimate(values: "dict[str, Value]") -> None:
    """Compute the length that fits where vLLM does not print it (0.8, and V0 engines in part)."""
    wished, needed, available = (values.get(key) for key in ("max_model_len", "needed_bytes", "available_kv_bytes"))
    if "estimated_max_model_len" in values or not (
        isinstance(wished, int) and isinstance(needed, int) and isinstance(available, int)
    ):
        return
    # The cache grows with the length in proportion where all layers attend to everything, else slower: never too much.
    if needed > 0 and available > 0:
        values["estimated_max_model_len"] = wished * available // needed


_PROFILING = re.compile(
    r"_dummy_(?:sampler_|pooler_)?run|profile_run|capture_(?:model|end|graph)|determine_(?:available_memory|num_available)"
    r"|warming up (?:sampler|pooler)|_initialize_kv_caches|initialize_cache|graph_capture|warmup_kernels"
    r"|profile_cudagraph|compile_or_warm_up_model|warm_up_model|CUDA graph capture"
)
_LOADING = re.compile(
    r"create_weights|make_layers|load_model|load_weights|initialize_model|process_weights_after_loading|get_model\b"
    r"|init_model|weight_loader|not enough GPU memory|Externally held weights"
)
_SERVING = re.compile(
    r"run_busy_loop|_process_engine_step|step_with_batch_queue|output_handler|run_engine_loop|engine_step"
    r"|chat/completions|Running: [1-9]"
)
# Graphs have pools of their own, so they had been captured; the sampler is warmed up right after.
_AFTER_GRAPHS = re.compile(r"allocated in private pools|logits\.sort|topk_topp_sampler")


def out_of_memory_phase(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return which out-of-memory this is: the same words need opposite remedies in different phases."""
    if scene.was_ready or scene.seen_before(line, "ready"):
        return Cause.CUDA_OOM_RUNTIME, True
    frames = scene.around(line, before=60, after=20)
    # A profile run passes through the frames of the model, a load never through those of the profile run.
    if _PROFILING.search(frames):
        return Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE, True
    if _LOADING.search(frames):
        return Cause.CUDA_OOM_LOADING_WEIGHTS, True
    if _SERVING.search(frames):
        return Cause.CUDA_OOM_RUNTIME, True
    if _AFTER_GRAPHS.search(frames) or any(
        scene.seen_before(line, mark) for mark in ("weights_loaded", "cache_made", "graphs")
    ):
        return Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE, True
    return Cause.CUDA_OOM_LOADING_WEIGHTS, scene.seen_before(line, "loading")


_OUT_OF_MEMORY_FIGURES = (
    rf"Tried to allocate (?:(?P<tried_gib>{NUMBER}) GiB|(?P<tried_mib>{NUMBER}) MiB)",
    rf"total capac(?:ity|ty) of (?P<total_gib>{NUMBER}) GiB",
    rf"of which (?:(?P<free_gib>{NUMBER}) GiB|(?P<free_mib>{NUMBER}) MiB) is free",
    # torch 1 and 2.0: "(GPU 0; 23.69 GiB total capacity; 22.9 GiB already allocated; 50.81 MiB free; ..."
    rf"; (?P<total_gib>{NUMBER}) GiB total capacity",
    rf"; (?:(?P<free_gib>{NUMBER}) GiB|(?P<free_mib>{NUMBER}) MiB) free;",
    rf"Process \d+ has (?P<other_process_gib>{NUMBER}) GiB memory in use",
    r"with (?P<dummy_requests>\d+) dummy requests",
)

RULES = (
    Rule(
        Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN,
        (
            "KV cache is needed, which is larger than the",
            "larger than the maximum number of tokens that can be stored in KV cache",
            "estimated maximum model length is",
        ),
        figures=(
            r"max seq len \((?P<max_model_len>\d+)\)",
            rf"\((?P<needed_gib>{NUMBER}) ?Gi?B KV cache is",
            rf"KV cache memory \((?P<available_kv_gib>{NUMBER}) ?Gi?B",
            r"maximum model length is (?P<estimated_max_model_len>\d+)",
            r"stored in KV cache \((?P<estimated_max_model_len>\d+)\)",
        ),
        complete=_estimate,
    ),
    Rule(
        Cause.NO_MEMORY_FOR_CACHE_BLOCKS,
        ("No available memory for the cache blocks", "Cannot auto-fit max_model_len: not enough"),
        figures=(rf"Available KV cache memory: (?P<available_kv_gib>{NUMBER}) GiB",),
        figures_near=(60, 2),
    ),
    Rule(
        Cause.NO_MEMORY_FOR_CACHE_BLOCKS,
        ("Available KV cache memory: -", "# GPU blocks: 0,", "# cuda blocks: 0,"),
        rank=Rank.VAGUE,
        any_level=True,
        figures=(rf"Available KV cache memory: (?P<available_kv_gib>{NUMBER}) GiB",),
    ),
    Rule(
        Cause.FREE_MEMORY_BELOW_UTILIZATION,
        ("on startup is less than desired", "on startup is less than the engine's budget"),
        figures=(
            rf"\((?P<free_gib>{NUMBER})/(?P<total_gib>{NUMBER}) ?GiB\) on startup is less than",
            rf"(?:memory utilization|budget[^(]*) ?\((?P<utilization>{NUMBER}), (?P<wanted_gib>{NUMBER}) ?GiB",
        ),
    ),
    Rule(
        Cause.MEMORY_PROFILING_RACE,
        ("Error in memory profiling",),
        figures=(
            rf"Initial free memory (?P<initial_free_gib>{NUMBER}).{{0,20}}current free memory (?P<free_gib>{NUMBER})",
        ),
    ),
    Rule(
        Cause.MAMBA_BLOCKS_TOO_FEW,
        ("exceeds available Mamba cache blocks",),
        figures=(r"max_num_seqs \((?P<max_num_seqs>\d+)\) exceeds available Mamba cache blocks \((?P<blocks>\d+)\)",),
    ),
    # torch, the CUDA runtime, the CUDA driver and NCCL each say it in their own words.
    Rule(
        Cause.CUDA_OOM_LOADING_WEIGHTS,
        (
            "CUDA out of memory",
            "CUDA error: out of memory",
            "Cuda failure 'out of memory'",
            "Cuda failure 2 'out of memory'",
            "CUDA_ERROR_OUT_OF_MEMORY",
            "cudaErrorMemoryAllocation",
            "OutOfMemoryError: ",
            "CUDA driver error: out of memory",
            "Failed to load model - not enough GPU memory",
            "Externally held weights on device",
        ),
        unless=r"\bray\b.{0,80}OutOfMemoryError|OutOfMemoryError: Task",
        decide=out_of_memory_phase,
        figures=_OUT_OF_MEMORY_FIGURES,
    ),
    Rule(
        Cause.CUDA_OOM_LOADING_WEIGHTS,
        ("CUBLAS_STATUS_ALLOC_FAILED", "CUDNN_STATUS_ALLOC_FAILED"),
        rank=Rank.VAGUE,
        decide=out_of_memory_phase,
    ),
)
