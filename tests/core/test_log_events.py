# ruff: noqa: E501, ISC004 - lines stand here as they are printed
"""A line gives its phase and its figures, in every wording since 0.6."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core import recordings
from trayapp.core.log_events import FigureSeen, Listening, LogEvent, Phase, PhaseSeen, read_log_event, read_log_events

GIB = 1 << 30
R, W, C, M, G, S = (
    Phase.READING_MODEL,
    Phase.LOADING_WEIGHTS,
    Phase.COMPILING,
    Phase.MEASURING_MEMORY,
    Phase.CAPTURING_GRAPHS,
    Phase.STARTING_API,
)


@pytest.mark.parametrize(
    ("line", "phase", "done", "total"),
    [
        ("INFO 12-30 10:11:12 api_server.py:651] vLLM API server version 0.6.6", R, None, None),
        (
            "(APIServer pid=1) INFO 11-20 11:11:07 [api_utils.py:347] vLLM server version 0.32.0, serving model x",
            R,
            None,
            None,
        ),
        (
            "INFO 12-30 10:11:12 llm_engine.py:234] Initializing an LLM engine (v0.6.6) with config: model='x'",
            R,
            None,
            None,
        ),
        (
            "INFO 11-20 11:11:07 [core.py:77] Initializing a V1 LLM engine (v0.11.0) with config: model='x'",
            R,
            None,
            None,
        ),
        ("INFO 11-20 11:11:07 [model.py:547] Resolved architecture: Qwen3ForCausalLM", R, None, None),
        ("INFO 11-20 11:11:07 [model.py:1510] Using max model len 40960", R, None, None),
        ("INFO 11-20 11:11:07 [gpu_model_runner.py:2602] Starting to load model Qwen/Qwen3-8B...", W, None, None),
        ("INFO 11-20 11:11:07 [model_runner.py:399] Loading model from scratch...", W, None, None),
        ("\rLoading safetensors checkpoint shards:  50% Completed | 2/4 [00:01<00:01,  1.60it/s]", W, 2, 4),
        ("Loading pt checkpoint shards: 100% Completed | 1/1 [00:00<00:00,  1.12it/s]", W, 1, 1),
        ("Loading safetensors checkpoint shards (eager):   0% Completed | 0/3 [00:00<?, ?it/s]", W, 0, 3),
        ("INFO 11-20 11:11:07 [weight_utils.py:1079] Prefetching checkpoint files: 30% (3/10)", W, 3, 10),
        ("INFO 11-20 11:11:07 [default_loader.py:268] Loading weights took 12.34 seconds", W, None, None),
        ("INFO 11-20 11:11:07 [backends.py:548] Using cache directory: /x for vLLM's torch.compile", C, None, None),
        ("INFO 11-20 11:11:07 [backends.py:559] Dynamo bytecode transform time: 5.30 s", C, None, None),
        ("INFO 11-20 11:11:07 [backends.py:197] Compiling a graph for dynamic shape takes 20.1 s", C, None, None),
        (
            "INFO 11-20 11:11:07 [backends.py:311] Compiling a graph for compile range (1, 8192) takes 9 s",
            C,
            None,
            None,
        ),
        ("INFO 11-20 11:11:07 [backends.py:164] Directly load the compiled graph(s) for dynamic shape", C, None, None),
        ("INFO 11-20 11:11:07 [cpu_model_runner.py:87] Warming up model for the compilation...", C, None, None),
        ("INFO 11-20 11:11:07 [monitor.py:34] torch.compile takes 25.4 s in total", M, None, None),
        ("INFO 11-20 11:11:07 [monitor.py:34] torch.compile took 25.4 s in total", M, None, None),
        ("INFO 11-20 11:11:07 [monitor.py:91] [backbone] Initial profiling/warmup run took 0.04 s", M, None, None),
        ("INFO 11-20 11:11:07 [gpu_model_runner.py:6304] Profiling CUDA graph memory: 67 sizes", M, None, None),
        ("Capturing CUDA graph shapes:  34%|███▍      | 23/67 [00:01<00:02, 20.4it/s]", G, 23, 67),
        ("Capturing CUDA graphs (mixed prefill-decode, PIECEWISE): 100%|█████| 67/67 [00:02<00:00]", G, 67, 67),
        ("Capturing CUDA graphs (decode, FULL):   3%|▎| 1/35 [00:00<00:07]", G, 1, 35),
        ("Capturing CUDA graphs (FULL):  50%|█| 5/10 [00:00<00:07]", G, 5, 10),
        ("INFO 12-30 10:11:12 model_runner.py:1442] Capturing the model for CUDA graphs. This may lead", G, None, None),
        ("INFO 12-30 10:11:12 [gpu_model_runner.py:1] Capturing cudagraphs for decode", G, None, None),
        (
            "INFO 11-20 11:11:07 [core.py:214] init engine (profile, create kv cache, warmup model) took 50 seconds",
            S,
            None,
            None,
        ),
        ("INFO 11-20 11:11:07 [api_server.py:1] Starting vLLM API server 0 on http://127.0.0.1:8000", S, None, None),
        ("INFO:     Started server process [1]", S, None, None),
    ],
)
def test_a_line_tells_the_phase(line: str, phase: Phase, done: int | None, total: int | None) -> None:
    assert read_log_event(line) == PhaseSeen(phase, done, total)


@pytest.mark.parametrize(
    ("line", "figures"),
    [
        (
            "INFO 12-30 10:11:12 model_runner.py:1099] Loading model weights took 2.8875 GB",
            {"weights_bytes": 2.8875 * GIB},
        ),
        ("INFO [x.py:1] Model loading took 15.2683 GiB and 2.871029 seconds", {"weights_bytes": 15.2683 * GIB}),
        ("INFO [x.py:1] Model loading took 5.71 GiB memory and 12.3 seconds", {"weights_bytes": 5.71 * GIB}),
        ("INFO [x.py:1] Available KV cache memory: 12.50 GiB", {"available_kv_bytes": 12.5 * GIB}),
        ("INFO [x.py:1] Available KV cache memory: -2.50 GiB", {"available_kv_bytes": -2.5 * GIB}),
        ("INFO [x.py:1] Explicitly set (1.0/8.59) GiB for KV cache on node 0.", {"available_kv_bytes": GIB}),
        ("INFO [x.py:1] GPU KV cache size: 188,640 tokens", {"kv_cache_tokens": 188_640}),
        (
            "INFO [x.py:1] CPU KV cache size: 524,288 tokens, Maximum concurrency for 40,960 tokens per request: 12.80x",
            {"kv_cache_tokens": 524_288},
        ),
        (
            "INFO [x.py:1] Auto-fit max_model_len: reduced from 40960 to 9216 to fit in available GPU memory (1 GiB)",
            {"max_model_len": 9216, "native_context": 40960},
        ),
        (
            "INFO [x.py:1] Auto-fit max_model_len: full model context length 40960 fits in available GPU memory",
            {"max_model_len": 40960},
        ),
        ("INFO [x.py:1] Graph capturing finished in 12 secs, took 0.50 GiB", {"cuda_graph_bytes": 0.5 * GIB}),
        ("INFO [x.py:1] Estimated CUDA graph memory: 0.25 GiB total", {"cuda_graph_estimate_bytes": 0.25 * GIB}),
        (
            "INFO [x.py:1] Free memory on device (22.5/24.0 GiB) on startup. Desired GPU memory utilization is (0.9, 21.6 "
            "GiB). Actual usage is 15.5 GiB for consumed memory (weights + non-torch), 1.5 GiB for peak activation, and "
            "0.5 GiB for CUDAGraph memory. Replace gpu_memory_utilization config with `--kv-cache-memory=1`",
            {"activation_bytes": 1.5 * GIB, "cuda_graph_bytes": 0.5 * GIB},
        ),
        (
            "INFO [x.py:1] Actual usage is 15.5 GiB for weight, 1.5 GiB for peak activation, 0.25 GiB for non-torch "
            "memory, and 0.5 GiB for CUDAGraph memory.",
            {"activation_bytes": 1.5 * GIB, "non_torch_bytes": 0.25 * GIB, "cuda_graph_bytes": 0.5 * GIB},
        ),
        (
            "INFO 12-30 10:11:12 worker.py:241] model weights take 2.50GiB; non_torch_memory takes 0.25GiB; PyTorch "
            "activation peak memory takes 1.25GiB; the rest of the memory reserved for KV Cache is 16.5GiB.",
            {
                "weights_bytes": 2.5 * GIB,
                "non_torch_bytes": 0.25 * GIB,
                "activation_bytes": 1.25 * GIB,
                "available_kv_bytes": 16.5 * GIB,
            },
        ),
    ],
)
def test_a_line_tells_figures(line: str, figures: dict[str, float]) -> None:
    found = {event.name: event.value for event in read_log_events(line) if isinstance(event, FigureSeen)}
    assert found == {name: int(value) for name, value in figures.items()}
    assert isinstance(read_log_event(line), FigureSeen)


@pytest.mark.parametrize("line", ["INFO:     Application startup complete.", "INFO:     Uvicorn running on http://x:1"])
def test_a_line_tells_that_the_api_is_up(line: str) -> None:
    assert read_log_event(line) == Listening()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "INFO 11-20 11:11:07 [loggers.py:123] Engine 000: Avg prompt throughput: 1.0 tokens/s",
        "Graph capturing finished in no time",
        "Capturing attention",
        "the nap took 2 hours",
        'INFO:     127.0.0.1:5 - "GET /health HTTP/1.1" 200 OK',
    ],
)
def test_most_lines_tell_nothing(line: str) -> None:
    assert read_log_event(line) is None


def phases(name: str) -> list[Phase]:
    events: list[LogEvent] = [event for line in recordings.load(name).lines() for event in read_log_events(line)]
    return [event.phase for event in events if isinstance(event, PhaseSeen)]


@pytest.mark.parametrize("name", ["healthy_start_and_stop", "healthy_auto_length", "engine_killed_while_serving"])
def test_the_phases_of_a_real_start_come_in_their_order(name: str) -> None:
    order = list(Phase)
    seen = phases(name)
    assert all(order.index(earlier) <= order.index(later) for earlier, later in pairwise(seen))
    assert set(seen) == {R, W, C, M, S}  # without a GPU there are no graphs to capture


def test_the_length_that_a_real_start_found_is_read() -> None:
    lines = recordings.load("healthy_auto_length").lines()
    figures = {e.name: e.value for line in lines for e in read_log_events(line) if isinstance(e, FigureSeen)}
    assert figures["max_model_len"] == 9216
    assert figures["native_context"] == 40960
    assert figures["available_kv_bytes"] == GIB


@given(st.text(max_size=300))
def test_any_line_can_be_read(line: str) -> None:
    assert isinstance(read_log_events(line), tuple)
