"""How well the memory plan agrees with starts that were measured: python -m tests.bench.plan_accuracy.

tests/data/measured_starts.json holds what public logs of real starts say: model, GPU, version and flags, and what was
left for the KV cache. GiB throughout; what a log leaves out is null and then not compared.
"""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trayapp.core.choices import default_sequences
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Gpu, Machine, VllmInstall
from trayapp.core.memory_plan import MemoryPlan
from trayapp.core.settings import Settings
from trayapp.core.units import GIB, bytes_from_gib
from trayapp.core.vllm_version import parse_vllm_version

STARTS = Path(__file__).parents[1] / "data" / "measured_starts.json"
VERSION_WHEN_UNKNOWN = "0.25.0"


@dataclass(frozen=True)
class Figures:
    """What was compared, one entry a start."""

    per_token: list[float]  # logged tokens times planned bytes, over the logged memory: 1 is right
    covered: list[bool]
    errors_gib: list[float]
    widths_gib: list[float]
    promised_gib: list[float]  # low end less what was there


def planned_memory(start: dict[str, Any], models: dict[str, Any]) -> MemoryPlan:
    version = parse_vllm_version(start["vllm"] or VERSION_WHEN_UNKNOWN)
    assert version is not None
    major, _point, minor = start["capability"].partition(".")
    gpus = tuple(
        Gpu(
            index,
            f"GPU-{index}",
            "GPU",
            bytes_from_gib(start["total_gib"]),
            bytes_from_gib(start["total_gib"]),
            (int(major), int(minor)),
        )
        for index in range(start["gpus"])
    )
    flags = dict(start["flags"])
    if "gpu_memory_utilization" in flags:
        flags.setdefault("max_num_seqs", default_sequences(gpus[0]))
    ranks = flags.get("tensor_parallel_size", 1)
    model = FoundModel(
        source="it",
        name="it",
        revision="",
        config=models[start["model"]],
        config_path="config.json",
        weights_bytes=bytes_from_gib((start["weights_gib"] or 1.0) * ranks),
    )
    settings = Settings().with_changes(flags)
    report = plan_report(settings, Machine(gpus=gpus), VllmInstall("vllm", version), model, LearnedLimits())
    assert report.memory is not None, report.problems
    return report.memory


def compare(*, aloud: bool = False) -> Figures:
    """Return the figures over all starts; aloud prints those that the plan missed."""
    content = json.loads(STARTS.read_text(encoding="utf-8"))
    figures = Figures([], [], [], [], [])
    for start in content["starts"]:
        plan = planned_memory(start, content["models"])
        seen = start["kv_gib"]
        if start["tokens"] and seen and seen > 0.5:
            figures.per_token.append(start["tokens"] * plan.kv_bytes_per_token / (seen * GIB))
        if seen is None or not start["weights_gib"] or "gpu_memory_utilization" not in start["flags"]:
            continue
        low, high = plan.kv_cache.low / GIB, plan.kv_cache.high / GIB
        figures.covered.append(low - 0.02 <= seen <= high + 0.02)  # logs have two decimals
        figures.errors_gib.append(abs((low + high) / 2 - seen))
        figures.widths_gib.append(high - low)
        figures.promised_gib.append(low - seen)
        if aloud and not figures.covered[-1]:
            print(f"missed: {start['model']}, vLLM {start['vllm']}: {low:.2f} to {high:.2f}, was {seen:.2f}")
    return figures


def seconds_of_the_command() -> float:
    """Return the median time of `vllm-tray plan` for the model that comes with the app."""
    command = [sys.executable, "-m", "trayapp", "plan", "selftest", "--json", "--gpu-total-gib", "12"]
    taken = []
    for _attempt in range(7):
        before = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        taken.append(time.perf_counter() - before)
    return statistics.median(taken)


def main() -> None:
    figures = compare(aloud=True)
    exact = sum(abs(ratio - 1) <= 0.01 for ratio in figures.per_token)
    rows = [
        ("KV bytes per token within 1 %", f"{exact} of {len(figures.per_token)}", "≥ 95 %"),
        ("logged KV memory inside the span", f"{sum(figures.covered)} of {len(figures.covered)}", "≥ 90 %"),
        ("middle of the span, median error", f"{statistics.median(figures.errors_gib):.2f} GiB", "≤ 0.15 GiB"),
        ("middle of the span, 90th percentile", f"{percentile_90(figures.errors_gib):.2f} GiB", "≤ 0.6 GiB"),
        ("width of the span, median", f"{statistics.median(figures.widths_gib):.2f} GiB", "≤ 0.8 GiB"),
        ("most that the low end promised too much", f"{max(figures.promised_gib):.2f} GiB", "≤ 0.1 GiB"),
        ("time of `vllm-tray plan`", f"{seconds_of_the_command():.2f} s", "≤ 0.5 s"),
    ]
    for name, figure, goal in rows:
        print(f"{name:<42} {figure:>12}   {goal}")


def percentile_90(values: list[float]) -> float:
    return sorted(values)[int(0.9 * (len(values) - 1))]


if __name__ == "__main__":
    main()
