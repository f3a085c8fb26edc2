"""A new vLLM is tried out before starts use it: the real uv, a made-up index, the real self-test, a made-up vLLM."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.commands.test_runtime import make_runtime
from tests.fakes.package_index import FakePackageIndex, vllm_wheels
from tests.fakes.vllm_folder import FAKES, FakeVllmFolder
from trayapp.__main__ import main
from trayapp.core.runtimes import COMPLETE, UNVERIFIED, VERIFIED, runtime_name
from trayapp.core.settings import Settings
from trayapp.probes.vllm_install import find_vllm
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import current_settings

ANSWERS: dict[str, object] = {"answer": "It works, says the made-up one."}
DIES: dict[str, object] = {"ends_before_ready": True, "end_code": 1}
WAITS: dict[str, object] = {"never_ready": True}


@pytest.fixture(autouse=True)
def bare_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """No vllm of whoever runs the tests is found."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")


@pytest.fixture
def vllm(fake_vllm: Callable[..., FakeVllmFolder]) -> FakeVllmFolder:
    """How the new one behaves when it is started."""
    return fake_vllm("0.32.0+cpu", **ANSWERS)


@pytest.fixture
def index(vllm: FakeVllmFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakePackageIndex]:
    command = f"""#!python
import sys
from pathlib import Path

if "--version" in sys.argv:
    sys.exit(print("0.32.0+cpu"))
sys.path.insert(0, {str(FAKES)!r})
from fake_vllm import main

main(Path({str(vllm.folder)!r}))
"""
    with FakePackageIndex(vllm_wheels(command=command.encode())) as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.index_url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        yield served


def new_folder() -> Path:
    return find_folders().runtimes / runtime_name("0.32.0", "cpu")


def settings() -> Settings:
    return current_settings(find_folders().settings_file)


def in_use() -> str:
    found = find_vllm(settings().vllm_executable, find_folders().runtimes)
    return getattr(found, "executable", "")


def test_a_first_one_that_answers_is_used_and_the_settings_stay_untouched(
    index: FakePackageIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runtime", "install", "cpu", "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    steps = list(dict.fromkeys(each["step"] for each in told))
    assert steps[-3:] == ["checking", "testing", "done"]
    assert (new_folder() / VERIFIED).exists()
    assert not (new_folder() / UNVERIFIED).exists()
    assert in_use() == str(new_folder() / "bin" / "vllm")
    assert not find_folders().settings_file.exists(), "the first run still opens"


def test_one_that_answers_takes_the_place_of_the_old_one_which_is_remembered(index: FakePackageIndex) -> None:
    old = make_runtime("0.21.0")
    main(["runtime", "use", "0.21.0"])
    assert main(["runtime", "install", "cpu"]) == 0
    assert in_use() == str(new_folder() / "bin" / "vllm")
    assert settings().vllm_previous == str(old)
    assert main(["runtime", "use", "--back"]) == 0
    assert in_use() == str(old)


def test_an_older_one_that_was_asked_for_is_used_although_a_newer_one_is_there(index: FakePackageIndex) -> None:
    newer = make_runtime("0.40.0")
    assert main(["runtime", "install", "cpu"]) == 0
    assert (in_use(), settings().vllm_previous) == (str(new_folder() / "bin" / "vllm"), str(newer))


def test_one_that_dies_leaves_the_old_one_in_use_and_says_why(
    index: FakePackageIndex, vllm: FakeVllmFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    old = make_runtime("0.21.0")
    vllm.behave(**DIES)
    assert main(["runtime", "install", "cpu", "--json"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["step"], last["kind"]) == ("failed", "runtime_test_failed")
    assert "vllm-0.21.0-cpu stays in use" in last["detail"]
    assert "{" not in last["detail"]
    assert in_use() == str(old)
    assert (new_folder() / UNVERIFIED).exists()


def test_one_that_answers_nonsense_is_told_with_its_answer(
    index: FakePackageIndex, vllm: FakeVllmFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    vllm.behave(answer="asdf")
    assert main(["runtime", "install", "cpu"]) == 1
    assert 'wrong answer: "asdf"' in capsys.readouterr().err
    assert in_use() == ""


def test_one_that_failed_is_tried_again_without_being_made_again(index: FakePackageIndex, vllm: FakeVllmFolder) -> None:
    vllm.behave(**DIES)
    assert main(["runtime", "install", "cpu"]) == 1
    assert in_use() == ""
    vllm.behave(**ANSWERS)
    index.requests.clear()
    assert main(["runtime", "install", "cpu"]) == 0
    assert index.requests == []
    assert in_use() == str(new_folder() / "bin" / "vllm")


def test_a_person_may_use_one_that_failed_all_the_same(index: FakePackageIndex, vllm: FakeVllmFolder) -> None:
    make_runtime("0.21.0")
    vllm.behave(**DIES)
    assert main(["runtime", "install", "cpu"]) == 1
    assert main(["runtime", "use", "vllm-0.32.0-cpu"]) == 0
    assert in_use() == str(new_folder() / "bin" / "vllm")


def test_without_a_test_it_is_used_at_once(index: FakePackageIndex, vllm: FakeVllmFolder) -> None:
    make_runtime("0.21.0")
    assert main(["runtime", "install", "cpu", "--no-verify"]) == 0
    assert vllm.launches() == []
    assert in_use() == str(new_folder() / "bin" / "vllm")


def test_another_folder_is_made_and_neither_tried_nor_used(
    index: FakePackageIndex, vllm: FakeVllmFolder, tmp_path: Path
) -> None:
    assert main(["runtime", "install", "cpu", "--version", "0.32.0", "--folder", str(tmp_path / "elsewhere")]) == 0
    assert (tmp_path / "elsewhere" / COMPLETE).exists()
    assert vllm.launches() == []
    assert in_use() == ""


def test_a_damaged_one_is_made_anew(index: FakePackageIndex) -> None:
    assert main(["runtime", "install", "cpu"]) == 0
    (new_folder() / "bin" / "vllm").write_text("#!/bin/sh\nexit 1\n")
    assert main(["runtime", "install", "cpu", "--anew", "--no-verify"]) == 0
    assert "fake_vllm" in (new_folder() / "bin" / "vllm").read_text()


def test_a_test_that_is_called_off_ends_its_server_and_the_old_one_stays(
    index: FakePackageIndex, vllm: FakeVllmFolder
) -> None:
    old = make_runtime("0.21.0")
    vllm.behave(**WAITS)
    command = [sys.executable, "-m", "trayapp", "runtime", "install", "cpu", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            values = json.loads(line)
            if values["step"] == "testing" and values["detail"]:
                break
        process.send_signal(signal.SIGTERM)
        last = process.stdout.read().splitlines()[-1]
    assert (process.returncode, json.loads(last)["kind"]) == (130, "cancelled")
    assert vllm.alive() == []
    assert in_use() == str(old)


def test_a_build_for_a_gpu_that_is_not_there_is_refused_before_the_download(
    index: FakePackageIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runtime", "install", "cuda", "--json"]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["kind"] in {"no_gpu", "nvml_failed"}
    assert index.requests == []


def test_what_suits_is_told_with_its_reason_place_and_room(
    index: FakePackageIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runtime", "install", "--no-verify"]) == 0
    told = capsys.readouterr().out
    assert "vLLM 0.32.0 for the processor" in told
    assert str(new_folder()) in told
    assert "3.7 GiB" in told


def test_for_a_version_that_was_named_no_reason_of_another_one_is_told(
    index: FakePackageIndex, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runtime", "install", "--version", "99.0.0", "--no-verify"]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("vLLM 99.0.0 for the processor.\n")
    assert "0.32.0" not in told.out
    assert "99.0.0" in told.err
