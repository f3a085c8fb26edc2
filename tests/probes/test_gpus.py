from pathlib import Path

import psutil
import pytest

from tests.fakes.nvml_library import (
    DRIVER_NOT_LOADED,
    GPU_IS_LOST,
    LIB_RM_VERSION_MISMATCH,
    UNKNOWN,
    FakeNvml,
    NvmlGpu,
)
from trayapp.core.problems import ProblemKind
from trayapp.probes.gpus import find_gpus, read_cuda_version

RTX_4090 = NvmlGpu(
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-4090bbbb-0000-0000-0000-000000000002",
    total_bytes=24_564 << 20,
    reserved_bytes=484 << 20,
    free_bytes=23_000 << 20,
    capability=(8, 9),
    display=True,
)
NOBODY = 4_194_304  # one above the largest process id that Linux gives


def test_both_gpus_of_a_computer_are_found_with_everything_that_a_plan_needs(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(), RTX_4090)
    survey = fake_nvml.survey()
    assert survey.problem is None
    assert (survey.driver_version, survey.cuda_version) == ("570.86.16", "12.8")
    first, second = survey.gpus
    assert (first.index, first.name, first.compute_capability) == (0, "NVIDIA GeForce RTX 3060", (8, 6))
    assert (second.index, second.uuid, second.compute_capability) == (1, RTX_4090.uuid, (8, 9))
    assert (first.display_attached, second.display_attached) == (False, True)
    assert second.memory_free_bytes == RTX_4090.free_bytes


def test_total_memory_is_what_a_program_can_get_without_the_part_that_the_driver_keeps(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(RTX_4090)
    (gpu,) = fake_nvml.survey().gpus
    assert gpu.memory_total_bytes == (24_564 - 484) << 20
    assert gpu.memory_reserved_bytes == 484 << 20


def test_a_driver_that_knows_only_the_older_question_for_memory_is_asked_that(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(memory_v1=1))
    (gpu,) = fake_nvml.survey().gpus
    assert (gpu.memory_total_bytes, gpu.memory_reserved_bytes) == (12_288 << 20, 0)


def test_a_gpu_without_memory_of_its_own_has_the_computers(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(name="NVIDIA GB10", memory_v1=2))
    (gpu,) = fake_nvml.survey().gpus
    assert gpu.memory_total_bytes == psutil.virtual_memory().total
    assert 0 < gpu.memory_free_bytes < gpu.memory_total_bytes


def test_another_card_and_falling_memory_are_seen_at_the_next_question(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(free_bytes=11 << 30))
    (before,) = fake_nvml.survey().gpus
    fake_nvml.describe(NvmlGpu(uuid="GPU-other", free_bytes=3 << 30))
    (after,) = fake_nvml.survey().gpus
    assert (before.uuid, after.uuid) == (NvmlGpu().uuid, "GPU-other")
    assert (before.memory_free_bytes, after.memory_free_bytes) == (11 << 30, 3 << 30)


def test_the_users_of_a_gpu_are_told_with_their_memory_the_biggest_first(fake_nvml: FakeNvml) -> None:
    this = psutil.Process().pid
    fake_nvml.describe(NvmlGpu(processes=((1, "graphics", 50 << 20), (this, "compute", 7 << 30))))
    (gpu,) = fake_nvml.survey().gpus
    assert [(user.pid, user.memory_bytes) for user in gpu.users] == [(this, 7 << 30), (1, 50 << 20)]
    assert all(user.name for user in gpu.users)


def test_a_process_that_computes_and_draws_is_one_user(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(processes=((1, "graphics", 50 << 20), (1, "compute", 80 << 20))))
    (gpu,) = fake_nvml.survey().gpus
    assert [(user.pid, user.memory_bytes) for user in gpu.users] == [(1, 80 << 20)]


def test_memory_that_the_driver_does_not_tell_is_none_and_the_name_comes_from_the_driver(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(processes=((NOBODY, "compute", None),)))
    (gpu,) = fake_nvml.survey().gpus
    (user,) = gpu.users
    assert user.memory_bytes is None
    assert user.name == f"told-by-the-driver-{NOBODY}"


def test_a_driver_updated_without_a_restart_is_a_mismatch(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(init=LIB_RM_VERSION_MISMATCH)
    survey = fake_nvml.survey()
    assert survey.gpus == ()
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.GPU_DRIVER_MISMATCH


def test_a_driver_that_is_not_loaded_is_no_gpu(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(init=DRIVER_NOT_LOADED)
    survey = fake_nvml.survey()
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.NO_GPU
    assert survey.problem.values["reason"] == "Driver Not Loaded"


def test_a_driver_without_a_gpu_is_no_gpu_and_still_tells_its_version(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe()
    survey = fake_nvml.survey()
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.NO_GPU
    assert survey.driver_version == "570.86.16"


def test_any_other_failure_of_the_driver_is_told_with_its_words(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(init=UNKNOWN)
    survey = fake_nvml.survey()
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.NVML_FAILED
    assert survey.problem.values["reason"] == "Unknown Error"


def test_a_lost_gpu_is_named_and_the_others_are_reported(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(NvmlGpu(error=GPU_IS_LOST), RTX_4090)
    survey = fake_nvml.survey()
    assert [gpu.index for gpu in survey.gpus] == [1]
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.GPU_LOST
    assert dict(survey.problem.values) == {"index": 0, "reason": "GPU is lost"}


def test_a_library_that_is_none_is_no_traceback(tmp_path: Path, fake_nvml: FakeNvml) -> None:
    (tmp_path / "libnvidia-ml.so.1").write_text("not a library")
    fake_nvml.environment["LD_LIBRARY_PATH"] = str(tmp_path)
    survey = fake_nvml.survey()
    assert survey.problem is not None
    assert survey.problem.kind is ProblemKind.NO_GPU


def test_asking_never_raises_on_the_computer_that_runs_this_test() -> None:
    survey = find_gpus()
    assert bool(survey.gpus) or survey.problem is not None


@pytest.mark.parametrize(("number", "text"), [(12_080, "12.8"), (13_000, "13.0"), (11_020, "11.2"), (0, "")])
def test_nvmls_number_for_cuda_is_read_as_a_version(number: int, text: str) -> None:
    assert read_cuda_version(number) == text
