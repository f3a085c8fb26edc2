"""What a person lives through, end to end: the real app and its command line, with a fake vLLM and fake GPUs."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.nvml_library import LIB_RM_VERSION_MISMATCH, FakeNvml, NvmlGpu
from tests.fakes.vllm_folder import FakeVllmFolder
from tests.running_app import ENDS_WITHIN_S, RunningApp
from trayapp.core.settings import SELFTEST_MODEL

WAIT = ("--wait", "30")
RTX_3060 = NvmlGpu()
RTX_4090 = NvmlGpu(
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-4090bbbb-0000-0000-0000-000000000002",
    total_bytes=24_564 << 20,
    free_bytes=23_000 << 20,
    capability=(8, 9),
)
NATIVE = 40_960

App = Callable[..., RunningApp]


@pytest.fixture
def app(tmp_path: Path, fake_vllm: Callable[..., FakeVllmFolder], fake_nvml: FakeNvml, free_port: int) -> Iterator[App]:
    """Start the app: app(version, *launches, **always) as for the fake vLLM; it serves the model that it brings."""
    started: list[RunningApp] = []

    def start(version: str = "0.32.0", *launches: dict[str, Any], **always: Any) -> RunningApp:
        vllm = fake_vllm(version, *launches, **always)
        running = RunningApp(tmp_path, vllm, fake_nvml, model=SELFTEST_MODEL, port=free_port)
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        running.end()


def start_and_stop(app: RunningApp) -> int:
    """Start the model, stop it again, and return the context length that it had."""
    done = app.run("start", *WAIT)
    assert done.returncode == 0, done.stderr
    length = app.status()["max_model_len"]
    assert app.run("stop", *WAIT).returncode == 0
    assert isinstance(length, int)
    return length


def test_a_first_start_takes_one_launch_and_a_stop_leaves_nothing(app: App) -> None:
    running = app(fits_tokens=26_608, workers=2)
    assert running.run("start", *WAIT).returncode == 0
    status = running.status()
    assert (status["state"], status["max_model_len"], status["launches"]) == ("ready", 26_608, 1)
    assert running.run("stop", *WAIT).returncode == 0
    assert running.status()["state"] == "stopped"
    assert running.vllm.alive() == []


def test_every_later_start_takes_the_kept_limit_less_two_percent(app: App) -> None:
    running = app(fits_tokens=26_608)
    assert [start_and_stop(running) for _ in range(3)] == [26_608, 26_064, 26_064]
    assert running.lengths_asked() == ["auto", "26064", "26064"]


def test_a_vllm_that_cannot_find_the_length_is_launched_twice(app: App) -> None:
    running = app("0.11.0", knows_auto=False, fits_tokens=26_608)
    assert running.run("start", *WAIT).returncode == 0
    status = running.status()
    assert (status["max_model_len"], status["launches"]) == (26_608, 2)
    assert len(running.lengths_asked()) == 2


def test_a_kept_limit_that_fails_one_day_is_measured_anew(app: App) -> None:
    running = app("0.32.0", {"fits_tokens": 26_608}, {"fits_tokens": 20_000})
    assert start_and_stop(running) == 26_608
    assert start_and_stop(running) <= 20_000
    assert running.lengths_asked()[1] == "26064"


def test_another_gpu_is_measured_again_and_the_old_one_finds_its_limit(app: App, fake_nvml: FakeNvml) -> None:
    running = app("0.32.0", {"fits_tokens": 26_608}, {"fits_tokens": 0}, {"fits_tokens": 26_608})
    assert start_and_stop(running) == 26_608
    fake_nvml.describe(RTX_4090)
    start_and_stop(running)
    assert RTX_4090.uuid in running.settings_file.read_text()
    fake_nvml.describe(RTX_3060)
    assert start_and_stop(running) == 26_064
    assert running.lengths_asked()[::2] == ["auto", "26064"]
    assert running.lengths_asked()[1] == "auto"


def test_a_driver_mismatch_is_said_in_words_and_nothing_is_launched(app: App, fake_nvml: FakeNvml) -> None:
    running = app()
    fake_nvml.describe(init=LIB_RM_VERSION_MISMATCH)
    done = running.run("start", *WAIT)
    assert done.returncode == 1
    assert "driver" in done.stderr
    assert "Traceback" not in done.stderr
    assert running.vllm.launches() == []


def test_a_build_for_the_processor_runs_without_a_gpu(app: App, fake_nvml: FakeNvml) -> None:
    running = app("0.32.0+cpu")
    fake_nvml.describe()
    assert running.run("start", *WAIT).returncode == 0
    (launch,) = running.vllm.launches()
    assert int(launch["environment"]["VLLM_CPU_KVCACHE_SPACE"]) >= 1


def test_a_port_that_somebody_has_is_said_before_anything_is_launched(app: App, free_port: int) -> None:
    running = app()
    with socket.create_server(("127.0.0.1", free_port)):
        done = running.run("start", *WAIT)
    assert done.returncode == 1
    assert str(free_port) in done.stderr
    assert running.vllm.launches() == []


@pytest.mark.parametrize("end", [{"ends_after_s": 2}, {"ends_after_s": 2, "end_signal": 9}])
def test_an_exit_that_nobody_asked_for_is_a_crash_even_with_code_0(app: App, end: dict[str, Any]) -> None:
    running = app("0.32.0", end)
    assert running.run("start", *WAIT).returncode == 0
    status = running.wait_for("failed", "waiting", "starting")
    assert status["state"] == "starting" or status["diagnosis"]


def test_a_stop_while_it_loads_is_a_stop(app: App) -> None:
    running = app(never_ready=True, workers=1)
    assert running.run("start").returncode == 0
    running.wait_for("starting")
    assert running.run("stop", *WAIT).returncode == 0
    assert running.status()["state"] == "stopped"
    assert running.vllm.alive() == []


def test_workers_that_flee_are_ended_all_the_same(app: App) -> None:
    running = app(fleeing_workers=3)
    start_and_stop(running)
    assert running.vllm.alive() == []


@pytest.mark.long
def test_a_server_deaf_to_every_request_is_killed(app: App) -> None:
    running = app(ignores_sigterm=True, fleeing_workers=2)
    start_and_stop(running)
    assert running.vllm.alive() == []


def test_the_end_of_the_app_is_the_end_of_its_server(app: App) -> None:
    running = app(workers=1, fleeing_workers=1)
    assert running.run("start", *WAIT).returncode == 0
    assert running.run("quit").returncode == 0
    assert running.process is not None
    assert running.process.wait(ENDS_WITHIN_S) == 0
    assert running.vllm.alive() == []


def test_nothing_survives_when_the_app_is_killed(app: App) -> None:
    running = app(workers=1, fleeing_workers=2)
    assert running.run("start", *WAIT).returncode == 0
    running.end()
    running.wait_until_nothing_lives()


def test_a_second_start_of_the_app_ends_at_once_and_the_first_goes_on(app: App) -> None:
    running = app()
    assert running.run("start", *WAIT).returncode == 0
    with running.launch() as second:
        assert second.wait(ENDS_WITHIN_S) == 0
    assert running.status()["state"] == "ready"
    assert len(running.vllm.launches()) == 1


def test_a_stranger_that_answers_for_another_model_is_never_ready(app: App) -> None:
    running = app(model_name="somebody-elses")
    assert running.run("start", "--wait", "2").returncode == 4
    assert running.status()["state"] == "starting"


def test_a_start_while_the_app_ends_does_not_hold_it_up(app: App) -> None:
    running = app(never_ready=True, deaf_while_loading=True)
    running.run("start")
    running.wait_for("starting")
    assert running.run("quit").returncode == 0
    assert running.run("start").returncode == 0
    assert running.process is not None
    assert running.process.wait(ENDS_WITHIN_S) == 0
    running.wait_until_nothing_lives()
