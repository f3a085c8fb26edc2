"""Which GPUs a launch takes and how much of them; RAM for a CPU build."""

from dataclasses import replace

import pytest

from tests.builders import (
    a_cpu_install,
    a_gpu,
    a_machine,
    a_machine_without_gpu,
    a_model,
    another_gpu,
)
from tests.core.model_configs import QWEN3_8B_AWQ, QWEN25_7B, card, report_for
from tests.core.planned import kinds, planned, refused, value_of
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.units import GIB


@pytest.mark.parametrize(
    ("total", "free", "version", "share"),
    [
        (11.6, 11.1, "0.32.0", 0.90),
        (23.6, 23.1, "0.32.0", 0.92),
        (23.6, 23.1, "0.18.0", 0.90),
        (23.6, 12.4, "0.32.0", 0.50),
        (100.0, 60.6, "0.32.0", 0.60),
    ],
)
def test_the_share_is_what_is_free_less_a_reserve_rounded_down(
    total: float, free: float, version: str, share: float
) -> None:
    report = report_for(QWEN25_7B, 1.0, card(total, free), version=version, memory_reserve_bytes=int(0.6 * GIB))
    assert report.launch is not None
    assert value_of(report.launch, "--gpu-memory-utilization") == f"{share:g}"


def test_an_explicit_share_is_passed_and_no_reserve_taken_off() -> None:
    plan = planned(gpu_memory_utilization=0.8)
    assert value_of(plan, "--gpu-memory-utilization") == "0.8"
    assert plan.memory is not None
    assert plan.memory.reserve_bytes == 0


def test_more_than_is_free_is_refused_with_what_is_possible() -> None:
    refusal = refused(machine=a_machine(card(23.6, 20.0)), gpu_memory_utilization=0.95)
    assert refusal.may_start_anyway
    assert refusal.problems[0].kind is ProblemKind.UTILIZATION_TOO_HIGH
    assert refusal.problems[0].values["possible"] == 0.83


def test_a_full_gpu_is_refused_and_can_be_tried_anyway() -> None:
    full = a_machine(a_gpu(memory_free_bytes=GIB // 2))
    refusal = refused(machine=full)
    assert refusal.may_start_anyway
    assert refusal.problems[0].kind is ProblemKind.MEMORY_DOES_NOT_FIT
    assert "free_memory" in str(refusal.problems[0].values["ways"])
    assert planned(machine=full, anyway=True).arguments


def test_an_asked_length_far_beyond_the_memory_is_refused() -> None:
    model = a_model(config=QWEN3_8B_AWQ, weights_bytes=int(5.7 * GIB))
    refusal = refused(model=model, max_model_len=40_960, machine=a_machine(card(8.0, 7.7)))
    assert kinds(refusal.problems) == [ProblemKind.CONTEXT_REDUCED]
    assert "shorter_context" in str(refusal.problems[0].values["ways"])


def test_the_gpu_with_most_free_memory_is_taken_and_named_to_cuda() -> None:
    small, large = a_gpu(index=0), another_gpu(index=1)
    plan = planned(machine=a_machine(small, large))
    assert plan.gpus == (large,)
    assert plan.environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert plan.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_the_gpu_of_the_settings_is_kept_unless_it_cannot_run_vllm() -> None:
    small, large = a_gpu(index=0), another_gpu(index=1)
    assert planned(machine=a_machine(small, large), gpu_uuid=small.uuid).gpus == (small,)
    old = replace(small, compute_capability=(6, 1))
    assert planned(machine=a_machine(old, large), gpu_uuid=small.uuid).gpus == (large,)


def test_a_single_gpu_is_not_named() -> None:
    assert "CUDA_VISIBLE_DEVICES" not in planned().environment


def test_several_gpus_share_a_model_when_told() -> None:
    two = a_machine(another_gpu(index=0), another_gpu(index=1, uuid="GPU-b"))
    plan = planned(machine=two, tensor_parallel_size=2)
    assert value_of(plan, "--tensor-parallel-size") == "2"
    assert plan.limit_key.gpu == f"{another_gpu().uuid}+GPU-b"
    assert "CUDA_VISIBLE_DEVICES" not in plan.environment
    assert plan.memory is not None
    assert plan.memory.weights_bytes == a_model().weights_bytes // 2  # type: ignore[operator]


@pytest.mark.parametrize(("ranks", "gpus"), [(2, 1), (3, 3)])
def test_a_model_that_cannot_be_split_so_says_how_it_can(ranks: int, gpus: int) -> None:
    machine = a_machine(*(a_gpu(index=index, uuid=f"GPU-{index}") for index in range(gpus)))
    refusal = refused(machine=machine, tensor_parallel_size=ranks)
    assert kinds(refusal.problems) == [ProblemKind.TENSOR_PARALLEL_NOT_POSSIBLE]
    assert refusal.problems[0].values["possible"] == ("1" if gpus == 1 else "1, 2")


def test_without_a_gpu_the_probes_reason_is_passed_on() -> None:
    mismatch = Problem(ProblemKind.GPU_DRIVER_MISMATCH)
    assert refused(machine=a_machine_without_gpu(gpu_problem=mismatch)).problems == (mismatch,)
    refusal = refused(machine=a_machine_without_gpu())
    assert kinds(refusal.problems) == [ProblemKind.NO_GPU]
    assert not refusal.may_start_anyway


def test_a_cpu_build_gets_ram_instead_of_a_share() -> None:
    plan = planned(machine=a_machine_without_gpu(), install=a_cpu_install())
    assert plan.on_cpu
    assert plan.limit_key.gpu == "cpu"
    assert "--gpu-memory-utilization" not in plan.arguments
    assert 1 <= int(plan.environment["VLLM_CPU_KVCACHE_SPACE"]) <= 20
    assert "CUDA_DEVICE_ORDER" not in plan.environment
    assert ProblemKind.CPU_IS_SLOW in kinds(plan.warnings)


def test_no_more_ram_is_taken_than_a_few_contexts_need() -> None:
    rich = a_machine_without_gpu(memory_total_bytes=512 * GIB, memory_available_bytes=500 * GIB)
    plan = planned(machine=rich, install=a_cpu_install())
    assert int(plan.environment["VLLM_CPU_KVCACHE_SPACE"]) == 18  # four times 40,960 tokens of 112 KiB, rounded up


def test_the_users_own_space_or_share_is_left_alone() -> None:
    machine = a_machine_without_gpu()
    own = planned(machine=machine, install=a_cpu_install(), environment={"VLLM_CPU_KVCACHE_SPACE": "2"})
    assert own.environment["VLLM_CPU_KVCACHE_SPACE"] == "2"
    assert own.memory is not None
    assert own.memory.kv_cache.low == 2 * GIB
    share = planned(machine=machine, install=a_cpu_install(), gpu_memory_utilization=0.5)
    assert "VLLM_CPU_KVCACHE_SPACE" not in share.environment
    assert value_of(share, "--gpu-memory-utilization") == "0.5"


def test_without_any_space_a_cpu_build_asks_for_nearly_all_ram() -> None:
    zero = {"VLLM_CPU_KVCACHE_SPACE": "0"}
    refusal = refused(machine=a_machine_without_gpu(), install=a_cpu_install(), environment=zero)
    assert kinds(refusal.problems) == [ProblemKind.MEMORY_RAM_LOW]


def test_too_little_ram_is_refused() -> None:
    tight = a_machine_without_gpu(memory_total_bytes=4 * GIB, memory_available_bytes=3 * GIB)
    refusal = refused(machine=tight, install=a_cpu_install())
    assert kinds(refusal.problems) == [ProblemKind.MEMORY_RAM_LOW]
    assert refusal.may_start_anyway
    share = refused(machine=tight, install=a_cpu_install(), gpu_memory_utilization=0.9)
    assert kinds(share.problems) == [ProblemKind.MEMORY_RAM_LOW]


def test_the_share_of_a_cpu_build_is_of_one_memory_node() -> None:
    machine = a_machine_without_gpu(memory_node_bytes=16 * GIB)
    share = planned(machine=machine, install=a_cpu_install(), gpu_memory_utilization=0.5)
    assert share.memory is not None
    assert share.memory.budget_bytes == 8 * GIB
    assert share.memory.free_bytes <= share.memory.total_bytes == 16 * GIB
