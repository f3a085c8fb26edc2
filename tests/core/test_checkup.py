from tests.builders import a_cpu_install, a_gpu, a_machine, a_machine_without_gpu, an_install, another_gpu
from trayapp.core.checkup import DISK_NEEDED_BYTES, Topic, disk_finding, gpu_findings, vllm_finding
from trayapp.core.machine import GpuUser
from trayapp.core.problems import Problem, ProblemKind

NO_GPU = Problem(ProblemKind.NO_GPU, {"reason": "Driver Not Loaded"})
NO_VLLM = Problem(ProblemKind.VLLM_NOT_FOUND)


def test_each_gpu_is_a_finding_of_its_own() -> None:
    first, second = gpu_findings(a_machine(a_gpu(), another_gpu(index=1)), an_install())
    assert (first.facts["index"], second.facts["index"]) == (0, 1)
    assert first.facts["compute_capability"] == "8.6"
    assert first.facts["driver_version"] == "570.86.16"
    assert not first.problems


def test_users_of_a_gpu_are_named_and_by_their_number_when_they_have_no_name() -> None:
    gpu = a_gpu(users=(GpuUser(7, "Ollama", None), GpuUser(8, "", None)))
    (finding,) = gpu_findings(a_machine(gpu), an_install())
    assert finding.facts["users"] == "Ollama, 8"


def test_no_gpu_is_a_problem_for_a_vllm_that_needs_one() -> None:
    machine = a_machine_without_gpu(gpu_problem=NO_GPU)
    assert [finding.problems for finding in gpu_findings(machine, an_install())] == [(NO_GPU,)]
    assert [finding.problems for finding in gpu_findings(machine, NO_VLLM)] == [(NO_GPU,)]


def test_no_gpu_is_no_problem_for_a_vllm_that_runs_on_the_processor() -> None:
    machine = a_machine_without_gpu(gpu_problem=NO_GPU)
    assert [finding.problems for finding in gpu_findings(machine, a_cpu_install())] == [()]


def test_a_broken_driver_is_a_problem_on_any_computer() -> None:
    mismatch = Problem(ProblemKind.GPU_DRIVER_MISMATCH)
    machine = a_machine_without_gpu(gpu_problem=mismatch)
    assert [finding.problems for finding in gpu_findings(machine, a_cpu_install())] == [(mismatch,)]


def test_a_lost_gpu_is_told_besides_those_that_are_left() -> None:
    lost = Problem(ProblemKind.GPU_LOST, {"index": 1, "reason": "GPU is lost"})
    left, missing = gpu_findings(a_machine(gpu_problem=lost), an_install())
    assert (left.problems, missing.problems) == ((), (lost,))
    assert missing.topic is Topic.GPU


def test_the_vllm_that_would_be_started_is_named_or_the_reason_why_there_is_none() -> None:
    finding = vllm_finding(a_cpu_install())
    assert dict(finding.facts) == {"executable": "/opt/vllm/bin/vllm", "version": "0.32.0+cpu", "on_cpu": True}
    assert vllm_finding(NO_VLLM).problems == (NO_VLLM,)


def test_little_room_on_the_disk_is_a_problem_and_unknown_room_is_none() -> None:
    assert disk_finding("/models", DISK_NEEDED_BYTES).problems == ()
    assert disk_finding("/models", None).problems == ()
    (low,) = disk_finding("/models", DISK_NEEDED_BYTES - 1).problems
    assert low.kind is ProblemKind.DISK_SPACE_LOW
    assert low.values["free_bytes"] == DISK_NEEDED_BYTES - 1
