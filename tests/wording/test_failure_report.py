"""A report tells a developer everything about a failure and nothing about its writer."""

from types import MappingProxyType

from tests.core import recordings
from tests.core.test_remedies import plan
from trayapp.core.diagnosis import Circumstances, diagnose
from trayapp.core.exits import Exit
from trayapp.core.machine import Gpu, GpuUser, Machine
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.remedies import Remedy, RemedyId
from trayapp.core.settings import Settings
from trayapp.wording.failure_report import LOG_LINES, Writer, failure_report

GIB = 1 << 30
WRITER = Writer(home="/home/jane", user="jane", host="janes-pc", secrets=("s3cr3t-key",))
MACHINE = Machine(
    gpus=(Gpu(0, "GPU-4242", "RTX 3090", 24 * GIB, 3 * GIB, (8, 6), users=(GpuUser(1, "firefox", GIB),)),),
    driver_version="580.95",
    cuda_version="13.0",
    memory_total_bytes=32 * GIB,
    memory_available_bytes=20 * GIB,
    wsl=True,
)


def report(machine: Machine = MACHINE, settings: Settings | None = None, lines: list[str] | None = None) -> str:
    recording = recordings.load("kv_cache_too_small")
    all_lines = recording.lines()
    diagnosis = diagnose(all_lines, Circumstances(exit=recording.exit))
    return failure_report(
        diagnosis,
        recording.exit,
        settings or Settings(),
        plan(),
        machine,
        (Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes={"max_model_len": 9216}),),
        all_lines if lines is None else lines,
        app_version="1.0",
        system="Linux 6.8",
        writer=WRITER,
    )


def test_it_tells_what_happened_where_and_with_what() -> None:
    text = report()
    for part in (
        "kv_cache_too_small_for_max_len (certain), exit code 1",
        "already tried: Use 9,216 tokens",
        "vLLM 0.32.0",
        "RTX 3090, compute capability 8.6, 3.0 GiB of 24.0 GiB free, 1 users",
        "driver 580.95, CUDA 13.0",
        "estimated maximum model length is 9216",
        "vllm serve",
    ):
        assert part in text


def test_it_tells_nothing_about_its_writer() -> None:
    settings = Settings(
        model="/home/jane/models/x",
        gpu_uuid="GPU-4242",
        extra_arguments=("--api-key", "s3cr3t-key"),
        environment=MappingProxyType({"HF_TOKEN": "hf_" + "a1B2" * 8}),
    )
    text = report(settings=settings, lines=["jane@janes-pc:/home/jane$ vllm --api-key s3cr3t-key"])
    assert not any(word in text for word in ("jane", "s3cr3t", "a1B2", "GPU-4242"))
    assert "~/models/x" in text


def test_without_a_gpu_it_says_so_and_why() -> None:
    assert "- no GPU" in report(Machine())
    assert "no_gpu" in report(Machine(gpu_problem=Problem(ProblemKind.NO_GPU, {"reason": "no driver"})))
    assert "compute capability unknown" in report(Machine(gpus=(Gpu(0, "GPU-1", "Old", GIB, GIB),)))


def test_only_the_end_of_a_long_log_is_in_it() -> None:
    text = report(lines=[f"line {number}" for number in range(10_000)])
    assert f"line {10_000 - LOG_LINES}\n" in text
    assert f"line {10_000 - LOG_LINES - 1}\n" not in text
    assert len(text) < 65_536
    assert str(Exit(1)) in text
