"""The index is asked by the real uv which vLLM is the newest; an index on this computer answers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.faults_on_demand import Fault
from tests.fakes.package_index import FakePackageIndex
from tests.fakes.wheels import make_wheel, wheel_name
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import Build, RuntimeChoice, Why
from trayapp.jobs.runtime_lookup import Newest, find_newest

NEWEST = RuntimeChoice(Build.CUDA, "0.33.0", Why.NEWEST)
OLD_DRIVER = RuntimeChoice(Build.CUDA, "0.19.1", Why.DRIVER_OLD, below="0.20")
PACKAGES = (
    ("vllm", "0.19.1", ("transformers==4.0",)),
    ("vllm", "0.19.2", ("transformers==4.0",)),
    ("vllm", "0.40.0", ("transformers==5.0", "small")),
    ("transformers", "4.0", ()),
    ("transformers", "5.0", ()),
    ("small", "1.0", ()),
)


@pytest.fixture
def index() -> Iterator[FakePackageIndex]:
    wheels = {wheel_name(name, version): make_wheel(name, version, requires=needs) for name, version, needs in PACKAGES}
    with FakePackageIndex(wheels) as served:
        yield served


def ask(index: FakePackageIndex, folder: Path, choice: RuntimeChoice, **installed: str) -> Newest | Problem:
    environment = {"UV_DEFAULT_INDEX": index.index_url, "UV_CACHE_DIR": str(folder / "cache"), "UV_HTTP_RETRIES": "0"}
    return find_newest(choice, installed, {"PATH": os.environ["PATH"], "HOME": str(folder), **environment})


def size(index: FakePackageIndex, name: str, version: str) -> int:
    return len(index.wheels[wheel_name(name, version)])


def test_the_newest_is_told_with_what_it_downloads_and_what_changes(index: FakePackageIndex, tmp_path: Path) -> None:
    found = ask(index, tmp_path, NEWEST, vllm="0.19.1", transformers="4.0", small="1.0")
    assert found == Newest(
        "0.40.0",
        size(index, "vllm", "0.40.0") + size(index, "transformers", "5.0"),
        ("transformers 4.0 → 5.0", "vllm 0.19.1 → 0.40.0"),
    )
    assert not any(each.endswith(".whl") for each in index.requests), "nothing is downloaded"


def test_where_nothing_is_installed_everything_counts_and_nothing_is_new(
    index: FakePackageIndex, tmp_path: Path
) -> None:
    found = ask(index, tmp_path, NEWEST)
    whole = size(index, "vllm", "0.40.0") + size(index, "transformers", "5.0") + size(index, "small", "1.0")
    assert found == Newest("0.40.0", whole)


def test_what_is_too_new_for_the_driver_is_no_update(index: FakePackageIndex, tmp_path: Path) -> None:
    found = ask(index, tmp_path, OLD_DRIVER, vllm="0.19.1", transformers="4.0")
    assert found == Newest("0.19.2", size(index, "vllm", "0.19.2"), ("vllm 0.19.1 → 0.19.2",))


def test_an_index_with_a_fault_is_told_as_one(index: FakePackageIndex, tmp_path: Path) -> None:
    index.faults.append(Fault("/simple/vllm/", status=503))
    found = ask(index, tmp_path, NEWEST)
    assert isinstance(found, Problem)
    assert (found.kind, found.values["status"]) == (ProblemKind.PACKAGES_REFUSED, 503)
