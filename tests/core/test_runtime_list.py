"""What a word means among the vLLMs of a computer, and which of them may be removed."""

import pytest

from tests.builders import a_version
from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_list import Chosen, Runtime, RuntimeKind, find_named, runtime_values, why_kept


def a_runtime(name: str, version: str, kind: RuntimeKind = RuntimeKind.OWN, *, usable: bool = True) -> Runtime:
    install = VllmInstall(f"/data/{name}/bin/vllm", a_version(version))
    return Runtime(name, f"/data/{name}", install, kind, usable=usable, size_bytes=3)


CPU = a_runtime("vllm-0.32.0-cpu", "0.32.0+cpu")
CUDA = a_runtime("vllm-0.33.0-cuda", "0.33.0")
TOOL = a_runtime("vllm", "0.32.0", RuntimeKind.UV)
ALL = (CUDA, CPU, TOOL)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("vllm-0.32.0-cpu", CPU),
        ("0.32.0", CPU),
        ("0.32.0+cpu", CPU),
        ("0.33.0", CUDA),
        ("vllm", TOOL),
        ("/data/vllm/bin/vllm", TOOL),
        ("/data/vllm/", TOOL),
    ],
)
def test_a_word_means_one_of_them(word: str, meant: Runtime) -> None:
    assert find_named(word, ALL) is meant


def test_of_one_version_the_one_that_passed_its_test_is_meant() -> None:
    new = a_runtime("vllm-0.32.0-cuda", "0.32.0", usable=False)
    assert find_named("0.32.0", (new, CPU)) is CPU
    assert find_named("0.32.0", (new,)) is new


def test_a_word_that_means_none_names_those_that_there_are() -> None:
    found = find_named("0.1.0", ALL)
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.RUNTIME_UNKNOWN
    assert "vllm-0.32.0-cpu" in str(found.values["names"])


@pytest.mark.parametrize(
    ("runtime", "pids", "chosen_too", "kind"),
    [
        (TOOL, (), True, ProblemKind.RUNTIME_NOT_OWN),
        (CPU, (12, 13), True, ProblemKind.RUNTIME_RUNS),
        (CUDA, (), False, ProblemKind.RUNTIME_CHOSEN),
        (CUDA, (), True, None),
        (CPU, (), False, None),
    ],
)
def test_only_an_own_one_that_nobody_needs_is_removed(
    runtime: Runtime, pids: tuple[int, ...], chosen_too: bool, kind: ProblemKind | None
) -> None:
    problem = why_kept(runtime, Chosen(CUDA.install.executable), pids, chosen_too=chosen_too)
    assert (problem.kind if problem else None) is kind


def test_programs_are_told_everything_about_one() -> None:
    chosen = Chosen("/data/vllm-0.33.0-cuda/bin/vllm", "/data/vllm-0.32.0-cpu/bin/vllm")
    assert runtime_values(CPU, chosen) == {
        "name": "vllm-0.32.0-cpu",
        "executable": "/data/vllm-0.32.0-cpu/bin/vllm",
        "version": "0.32.0+cpu",
        "build": "cpu",
        "kind": "own",
        "chosen": False,
        "previous": True,
        "verified": False,
        "bytes": 3,
    }
    assert runtime_values(CUDA, chosen)["chosen"]
