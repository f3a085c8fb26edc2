"""GPUs and drivers that vanish, change, fill up or do not answer; the driver is a fake below the real pynvml."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fakes.nvml_library import (
    DRIVER_NOT_LOADED,
    GPU_IS_LOST,
    LIB_RM_VERSION_MISMATCH,
    UNKNOWN,
    FakeNvml,
    NvmlGpu,
)
from tests.faults.conftest import AppMaker
from tests.faults.table import fault
from tests.running_app import RunningApp

if TYPE_CHECKING:
    import subprocess

WAIT = ("--wait", "60")
CUDA = "0.32.0"
RTX_3060 = NvmlGpu()
RTX_4090 = NvmlGpu(
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-4090bbbb-0000-0000-0000-000000000002",
    total_bytes=24_564 << 20,
    free_bytes=23_000 << 20,
    capability=(8, 9),
)


def refused(running: RunningApp, *words: str) -> None:
    """The start must be refused with these words, and nothing may have been launched."""
    done = running.run("start", *WAIT)
    assert done.returncode == 1
    for word in words:
        assert word in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert running.vllm.launches() == []


@fault("the driver: {what}", "refused before anything runs, in words; when it is well again, the model starts")
@pytest.mark.parametrize(
    ("what", "code", "word"),
    [
        ("updated without a restart of the computer", LIB_RM_VERSION_MISMATCH, "Restart"),
        ("not loaded", DRIVER_NOT_LOADED, "GPU"),
        ("an error that nobody knows", UNKNOWN, "driver"),
    ],
)
def test_a_sick_driver(app: AppMaker, fake_nvml: FakeNvml, what: str, code: int, word: str) -> None:
    running = app(version=CUDA)
    fake_nvml.describe(init=code)
    refused(running, word)
    fake_nvml.describe(RTX_3060)
    assert running.run("start", *WAIT).returncode == 0


@fault("there is no driver library at all", "refused before anything runs, with what could be done instead")
def test_no_driver(app: AppMaker, tmp_path: Path) -> None:
    running = app(version=CUDA, start=False)
    running.environment["LD_LIBRARY_PATH"] = str(tmp_path)
    running.start()
    refused(running, "GPU")


@fault("the driver's library is a broken file", "refused before anything runs, in words")
def test_a_broken_library(app: AppMaker, tmp_path: Path) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_bytes(b"\x7fELF, but nothing more")
    running = app(version=CUDA, start=False)
    running.environment["LD_LIBRARY_PATH"] = str(tmp_path)
    running.start()
    refused(running, "GPU")


@fault("the only GPU has fallen off the bus", "refused before anything runs, in words")
def test_a_lost_gpu(app: AppMaker, fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(replace(RTX_3060, error=GPU_IS_LOST))
    refused(app(version=CUDA), "GPU")


@fault("one GPU of two has fallen off the bus", "the other one serves, and the survey says which is gone")
def test_one_gpu_of_two(app: AppMaker, fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(replace(RTX_4090, error=GPU_IS_LOST), RTX_3060)
    running = app(version=CUDA)
    assert running.run("start", *WAIT).returncode == 0
    assert RTX_3060.uuid in running.settings_file.read_text()
    survey = fake_nvml.survey()
    assert survey.problem is not None
    assert survey.problem.values["index"] == 0


@fault("another program fills the GPU", "refused before anything runs, in words")
def test_a_full_gpu(app: AppMaker, fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(replace(RTX_3060, free_bytes=0, processes=((1, "compute", 11_000 << 20),)))
    running = app(version=CUDA)
    refused(running, "0 MiB are free")


@fault("the GPU is exchanged between two starts", "measured again and said; the limit of the first is kept")
def test_another_gpu(app: AppMaker, fake_nvml: FakeNvml) -> None:
    running = app({"fits_tokens": 26_608}, {"fits_tokens": 20_000}, {"fits_tokens": 26_608}, version=CUDA)
    for gpu in (RTX_3060, RTX_4090, RTX_3060):
        fake_nvml.describe(gpu)
        assert running.run("start", *WAIT).returncode == 0
        assert running.run("stop", *WAIT).returncode == 0
    assert running.lengths_asked()[0] == running.lengths_asked()[1] == "auto"
    assert running.lengths_asked()[-1] == "26064"


def told_until_ready(running: RunningApp, notifications: Path, command: str) -> str:
    """Run a command and return everything that is told until the model is ready."""
    notifications.write_text("")
    assert running.run(command, *WAIT).returncode == 0
    until = time.monotonic() + 20
    while "is ready" not in (told := notifications.read_text()):
        assert time.monotonic() < until, told
    return told


@fault("the survey that finds another GPU is called off", "the next start says it: nobody was told before")
def test_another_gpu_that_nobody_heard_of(
    app: AppMaker, fake_nvml: FakeNvml, session_bus: "tuple[str, subprocess.Popen[str]]", notifications: Path
) -> None:
    running = app(version=CUDA, start=False)
    running.environment["DBUS_SESSION_BUS_ADDRESS"] = session_bus[0]
    running.start()
    assert running.run("start", *WAIT).returncode == 0
    assert running.run("stop", *WAIT).returncode == 0
    limits = next(running.settings_file.parents[2].rglob("learned_limits.json"))
    known = limits.read_bytes()
    limits.unlink()
    os.mkfifo(limits)  # holds up the survey, once it has seen the GPU
    fake_nvml.describe(RTX_4090)
    assert running.run("start").returncode == 0
    with limits.open("wb") as held_up:
        assert running.run("stop", *WAIT).returncode == 0
        limits.unlink()
        limits.write_bytes(known)
        held_up.write(known)
    assert "RTX 3060" in told_until_ready(running, notifications, "start")
    assert RTX_4090.uuid in running.settings_file.read_text()
    assert "RTX 3060" not in told_until_ready(running, notifications, "restart")


@fault("the GPU vanishes while the model serves, and the server dies", "a crash with a reason; the app goes on")
def test_a_gpu_that_vanishes(app: AppMaker, fake_nvml: FakeNvml) -> None:
    running = app({"ends_after_s": 1, "end_code": 1, "workers": 1}, version=CUDA)
    assert running.run("start", *WAIT).returncode == 0
    fake_nvml.describe(replace(RTX_3060, error=GPU_IS_LOST))
    status = running.wait_for("failed", "waiting")
    assert status["diagnosis"]
    assert running.wait_for("failed")["state"] == "failed"
    running.wait_until_nothing_lives()
    assert running.run("status").returncode == 0


@fault("the driver is updated while the model serves", "it serves on; the next start is refused in words")
def test_a_driver_that_is_updated(app: AppMaker, fake_nvml: FakeNvml) -> None:
    running = app(version=CUDA)
    assert running.run("start", *WAIT).returncode == 0
    fake_nvml.describe(init=LIB_RM_VERSION_MISMATCH)
    assert running.status()["state"] == "ready"
    assert running.run("stop", *WAIT).returncode == 0
    done = running.run("start", *WAIT)
    assert done.returncode == 1
    assert "Restart" in done.stderr
    assert len(running.vllm.launches()) == 1


@fault("after a stop the driver still lists the server's process", "said: the stop was asked for, and not all is free")
def test_memory_that_is_not_given_back(app: AppMaker, fake_nvml: FakeNvml) -> None:
    running = app(version=CUDA)
    assert running.run("start", *WAIT).returncode == 0
    pid = running.vllm.launches()[0]["pid"]
    fake_nvml.describe(replace(RTX_3060, processes=((pid, "compute", 9_000 << 20),)))
    done = running.run("stop", *WAIT)
    assert str(pid) in done.stdout + done.stderr
    assert running.status()["state"] == "stopped"


@fault("the GPU is older than this vLLM knows", "refused before anything runs; the version that could is named")
def test_a_gpu_that_is_too_old(app: AppMaker, fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(replace(RTX_3060, name="NVIDIA GeForce GTX 960", capability=(5, 2)))
    refused(app(version=CUDA), "GTX 960")


@fault("the driver does not tell who uses the GPU (WSL2)", "it serves; nobody is named")
def test_a_driver_that_keeps_names_to_itself(app: AppMaker, fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(replace(RTX_3060, processes=((4_000_000, "compute", None),), memory_v1=1))
    running = app(version=CUDA)
    assert running.run("start", *WAIT).returncode == 0
    assert running.status()["state"] == "ready"
