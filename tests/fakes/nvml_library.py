"""Builds the fake libnvidia-ml.so.1 and describes GPUs to it. A program with `environment` finds it by real pynvml."""

import os
import pickle
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.fakes.compiled import compile_library
from trayapp.probes.gpus import GpuSurvey

SOURCE = Path(__file__).resolve().parent / "nvml/fake_nvml.c"
ROOT = SOURCE.parents[3]
LIB_RM_VERSION_MISMATCH, GPU_IS_LOST, DRIVER_NOT_LOADED, UNKNOWN = 18, 15, 9, 999
_ASK = """
import pickle, sys
from dataclasses import replace
from trayapp.probes.gpus import find_gpus
survey = find_gpus()
if survey.problem:  # read-only mappings cannot be pickled
    survey = replace(survey, problem=replace(survey.problem, values=dict(survey.problem.values)))
pickle.dump(survey, sys.stdout.buffer)
"""


@dataclass(frozen=True)
class NvmlGpu:
    """One GPU to describe; processes are (pid, "compute" or "graphics", bytes or None)."""

    name: str = "NVIDIA GeForce RTX 3060"
    uuid: str = "GPU-3060aaaa-0000-0000-0000-000000000001"
    total_bytes: int = 12_288 << 20
    reserved_bytes: int = 300 << 20
    free_bytes: int = 11_000 << 20
    capability: tuple[int, int] = (8, 6)
    display: bool = False
    error: int = 0
    memory_v1: int = 0
    processes: tuple[tuple[int, str, int | None], ...] = field(default=())

    def lines(self) -> list[str]:
        return [
            "gpu",
            f"name {self.name}",
            f"uuid {self.uuid}",
            f"total {self.total_bytes}",
            f"reserved {self.reserved_bytes}",
            f"free {self.free_bytes}",
            f"capability {self.capability[0]} {self.capability[1]}",
            f"display {int(self.display)}",
            f"error {self.error}",
            f"memory_v1 {self.memory_v1}",
            *(f"process {pid} {kind} {'-' if told is None else told}" for pid, kind, told in self.processes),
        ]


class FakeNvml:
    """The library in a folder, and the file that says which GPUs there are; it may be changed at any time."""

    def __init__(self, library_folder: Path, description: Path) -> None:
        self._description = description
        self.environment = {"LD_LIBRARY_PATH": str(library_folder), "FAKE_NVML": str(description)}
        self.describe(NvmlGpu())

    def describe(self, *gpus: NvmlGpu, init: int = 0, driver: str = "570.86.16", cuda: int = 12_080) -> None:
        """Say which GPUs the next question finds; init is the result code of nvmlInit."""
        lines = [f"init {init}", f"driver {driver}", f"cuda {cuda}"]
        for gpu in gpus:
            lines += gpu.lines()
        self._description.write_text("\n".join(lines) + "\n")

    def survey(self) -> GpuSurvey:
        """Return what find_gpus finds in a process of its own."""
        environment = {**os.environ, **self.environment}
        done = subprocess.run(
            [sys.executable, "-c", _ASK], env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        survey = pickle.loads(done.stdout)  # noqa: S301 - written by our own child
        assert isinstance(survey, GpuSurvey)
        return survey


def build_nvml(folder: Path) -> Path:
    """Compile the library into a folder and return the folder."""
    return compile_library(SOURCE, folder / "libnvidia-ml.so.1").parent
