"""Each remedy that the app applies unasked brings a start to ready: the real app, below it logs of failures."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.rebuilt_logs import LOGS
from tests.fakes.nvml_library import FakeNvml, NvmlGpu
from tests.fakes.recording import write_recording
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.running_app import RunningApp
from trayapp.core.settings import SELFTEST_MODEL

# (the log of the first launch, settings, what the second launch has and the first had not)
CASES = {
    "retry": ("race", {}, ()),
    "lower utilization to what is free": ("occupied", {"gpu_memory_utilization": 0.92}, ()),
    "fewer sequences for the sampler": (
        "out of memory at the sampler",
        {"max_num_seqs": 256},
        ("--max-num-seqs", "64"),
    ),
    "fewer sequences for Mamba": ("mamba", {"max_num_seqs": 256}, ()),
    "half precision": ("bf16", {}, ("--dtype", "half")),
    "no quantization flag": ("quantization", {"quantization": "awq"}, ()),
    "another free port": ("port", {"port": 0}, ()),
    "eager mode before giving up": ("no blocks", {}, ("--enforce-eager",)),
}


@pytest.fixture
def app(tmp_path: Path, fake_vllm: Callable[..., FakeVllmFolder], fake_nvml: FakeNvml, free_port: int) -> Iterator[Any]:
    started: list[RunningApp] = []
    fake_nvml.describe(NvmlGpu(total_bytes=24 << 30, free_bytes=23 << 30))

    def start(log: str, others: str = "10.97 GiB", **settings: Any) -> RunningApp:
        # Of the occupied card nearly as much is free as was asked for: only then may less be taken unasked.
        text = LOGS[log].text.replace("(3.12/", "(20.90/").replace("10.97 GiB", others)
        recording = write_recording(tmp_path / log, text)
        failing = {"recording": recording, "ends_before_ready": True, "end_code": 1}
        vllm = fake_vllm("0.32.0", failing, {})
        running = RunningApp(tmp_path, vllm, fake_nvml, model=SELFTEST_MODEL, **{"port": free_port, **settings})
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        running.end()


@pytest.mark.parametrize("name", CASES)
def test_it_brings_a_start_to_ready(app: Callable[..., RunningApp], name: str) -> None:
    log, settings, expected = CASES[name]
    running = app(log, **settings)
    done = running.run("start", "--wait", "30")
    assert done.returncode == 0, done.stderr
    status = running.status()
    assert (status["state"], status["launches"]) == ("ready", 2)
    first, second = (launch["arguments"] for launch in running.vllm.launches())
    if expected:
        assert " ".join(expected) in " ".join(second)
        assert " ".join(expected) not in " ".join(first)
    elif name not in {"retry", "another free port"}:
        assert first != second


@pytest.mark.parametrize("others", ["0.50 GiB", "10.97 GiB"])
def test_a_share_that_was_too_much_is_not_tried_again_unless_others_were_in_the_way(
    app: Callable[..., RunningApp], others: str
) -> None:
    running = app("out of memory while profiling", others)
    for command in ("start", "stop", "start"):
        assert running.run(command, "--wait", "30").returncode == 0
    launches = [launch["arguments"] for launch in running.vllm.launches()]
    first, second, third = (float(each[each.index("--gpu-memory-utilization") + 1]) for each in launches)
    assert second < first
    assert third == (first if others == "10.97 GiB" else second)
