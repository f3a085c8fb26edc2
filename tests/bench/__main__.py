"""Measures the figures that the app has to reach, and prints them as a table: `python -m tests.bench [NAME...]`.

It needs the desktop of tests/desktop, and for `real` the real vLLM. Nothing else should run on the computer meanwhile.
"""

import argparse
import os
import sys
from functools import partial
from typing import TYPE_CHECKING

from tests.bench import (
    app_start,
    click_to_ready,
    idle,
    log_flood,
    model_download,
    real_vllm,
    runtime_install,
    windows,
)
from tests.bench.figures import Figure, render_table

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = {
    "start": "from the start of the app to its icon",
    "memory": "memory of the idle app",
    "processor": "processor time of the idle app",
    "flood": "a flood of log lines",
    "windows": "every window opened and closed twice",
    "click": "the app's own share of click to ready, and of a stop",
    "models": "downloads of models, and the verdicts for a full cache (22 GB of room, some two minutes)",
    "runtime": "an installation of vLLM beside uv's (3.3 GB of room; fetches 0.9 GB with an empty uv cache)",
    "real": "click to ready with the real vLLM (named with --runtime; some ten minutes)",
}


def main() -> int:
    """Measure what is asked for; the exit code is 1 when a figure is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    listed = "; ".join(f"{name}: {what}" for name, what in NAMES.items())
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{listed} (default: all, real only with --runtime)")
    parser.add_argument("--runtime", default="", metavar="DIR", help="the environment of the real vLLM")
    parser.add_argument("--pairs", type=int, default=real_vllm.PAIRS, help="pairs of starts with the real vLLM")
    parser.add_argument("--quick", action="store_true", help="few turns and short waits: to see that it runs")
    arguments = parser.parse_args()
    wanted = arguments.names or [name for name in NAMES if name != "real" or arguments.runtime]
    unknown = sorted(set(wanted) - set(NAMES))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}")
    measures = _measures(arguments)
    figures: list[Figure] = []
    for name in wanted:
        print(f"measuring {NAMES[name]} ...", file=sys.stderr, flush=True)
        found = measures[name]()
        figures += found
    print(render_table(figures))
    load, cores = os.getloadavg()[2], os.cpu_count() or 1
    print(f"\n{cores} cores, load of the last 15 minutes {load:.1f}")
    return 1 if any("MISSED" in figure.verdict for figure in figures) else 0


def _measures(arguments: argparse.Namespace) -> "dict[str, Callable[[], list[Figure]]]":
    quick = arguments.quick
    return {
        "start": partial(app_start.measure, 1 if quick else app_start.PAIRS),
        "memory": partial(idle.measure_memory, 1.0 if quick else idle.SETTLED_AFTER_S),
        "processor": partial(idle.measure_processor, 1.0 if quick else idle.WATCHED_FOR_S),
        "flood": partial(log_flood.measure, 2_000 if quick else log_flood.LINES),
        "windows": partial(windows.measure, 1 if quick else windows.TURNS),
        "click": partial(click_to_ready.measure, 1 if quick else click_to_ready.TURNS),
        "models": partial(model_download.measure, *((1, 50_000_000, 200_000_000) if quick else ())),
        "runtime": partial(runtime_install.measure, 1 if quick else runtime_install.TURNS),
        "real": lambda: real_vllm.measure(real_vllm.find_vllm_command(arguments.runtime), arguments.pairs),
    }


if __name__ == "__main__":
    sys.exit(main())
