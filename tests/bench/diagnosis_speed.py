"""How long reading and diagnosing long logs takes: `python tests/bench/diagnosis_speed.py` prints it."""

import sys
import time
import tracemalloc
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from trayapp.core.diagnosis import diagnose
from trayapp.core.log_events import read_log_events
from trayapp.core.log_lines import LineAssembler

CHUNK_BYTES = 64 << 10
STATS = (
    "(APIServer pid=1) INFO 11-20 11:12:{:02} [loggers.py:236] Engine 000: Avg prompt throughput: {}.3 tokens/s, "
    "Avg generation throughput: 4.6 tokens/s, Running: 4 reqs, Waiting: 0 reqs, GPU KV cache usage: 3.8%, "
    "Prefix cache hit rate: 0.0%"
)
FRAME = (
    "(EngineCore pid=2) ERROR 11-20 11:15:19 [core.py:1510]   "
    'File "/home/user/vllm/lib/python3.11/site-packages/vllm/v1/engine/core.py", line {}, in run_{}'
)
SOURCE = "(EngineCore pid=2) ERROR 11-20 11:15:19 [core.py:1510]     outputs_{} = self.executor.collective_rpc({})"
BAR = "Loading safetensors checkpoint shards:  50% Completed | {}/100000 [00:01<00:01, {}.60it/s] ███▍"
CAUSE = (
    "ValueError: To serve at least one request with the model's max seq len (40960), (4.38 GiB KV cache is needed, "
    "which is larger than the available KV cache memory (0.99 GiB). Based on the available memory, the estimated "
    "maximum model length is 9216."
)


def log(pattern: str, count: int) -> list[str]:
    """Return a log of that many lines, the cause at its end."""
    return [pattern.format(number % 60, number) for number in range(count - 1)] + [CAUSE]


def main() -> None:
    """Print one line for each kind of log."""
    for name, pattern in (("statistics", STATS), ("frames", FRAME), ("source lines", SOURCE), ("bars", BAR)):
        lines = log(pattern, 100_000)
        tracemalloc.start()
        diagnose(lines)
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        started = time.perf_counter()
        cause = diagnose(lines).cause
        took_s = time.perf_counter() - started
        print(f"diagnose {name:13} {len(lines)} lines: {took_s:.2f} s, {peak_bytes / 1e6:.0f} MB, {cause}")
    for name, pattern in (("statistics", STATS), ("bars", BAR)):
        data = "\n".join(log(pattern, 200_000)).encode()
        assembler, slowest_s, count = LineAssembler(), 0.0, 0
        started = time.perf_counter()
        for start in range(0, len(data), CHUNK_BYTES):
            chunk_started = time.perf_counter()
            for line in assembler.feed(data[start : start + CHUNK_BYTES]):
                read_log_events(line)
                count += 1
            slowest_s = max(slowest_s, time.perf_counter() - chunk_started)
        took_s = time.perf_counter() - started
        each_us = took_s / count * 1e6
        print(f"read {name:13} {count} lines: {each_us:.1f} µs a line, slowest chunk {slowest_s * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
