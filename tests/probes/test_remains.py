"""What is still there of a server after its end."""

import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

from tests.fakes.nvml_library import FakeNvml, NvmlGpu
from trayapp.core.problems import ProblemKind
from trayapp.probes.remains import find_remains

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import pickle, sys
from trayapp.probes.remains import find_remains
found = find_remains("127.0.0.1", int(sys.argv[1]), {4711, 4712}, on_gpu=True)
pickle.dump([(problem.kind.value, dict(problem.values)) for problem in found], sys.stdout.buffer)
"""


def ask(fake_nvml: FakeNvml, port: int) -> list[tuple[str, dict[str, object]]]:
    """Return what is found in a process that has the fake driver."""
    command = [sys.executable, "-c", ASK, str(port)]
    done = subprocess.run(
        command, env={**os.environ, **fake_nvml.environment}, cwd=ROOT, stdout=subprocess.PIPE, check=True
    )
    found: list[tuple[str, dict[str, object]]] = pickle.loads(done.stdout)  # noqa: S301 - written by our own child
    return found


def test_nothing_remains_where_the_port_is_free(free_port: int) -> None:
    assert find_remains("127.0.0.1", free_port, set(), on_gpu=False) == ()


def test_a_port_that_is_not_free_is_named(free_port: int) -> None:
    with socket.create_server(("127.0.0.1", free_port)):
        (problem,) = find_remains("127.0.0.1", free_port, set(), on_gpu=False)
    assert (problem.kind, problem.values["port"]) == (ProblemKind.PORT_TAKEN, free_port)


def test_an_address_that_went_away_is_not_taken() -> None:
    assert find_remains("192.0.2.1", 8000, set(), on_gpu=False) == ()


def test_memory_that_the_driver_counts_as_the_servers_is_named(fake_nvml: FakeNvml, free_port: int) -> None:
    fake_nvml.describe(NvmlGpu(processes=((4711, "compute", 5 << 30), (99, "graphics", 1 << 30))))
    ((kind, values),) = ask(fake_nvml, free_port)
    assert kind == ProblemKind.GPU_IN_USE
    assert (values["gpu"], values["used_bytes"]) == ("NVIDIA GeForce RTX 3060", 5 << 30)
    assert "4711" in str(values["users"])


def test_other_programs_on_the_gpu_are_not_the_servers(fake_nvml: FakeNvml, free_port: int) -> None:
    fake_nvml.describe(NvmlGpu(processes=((99, "compute", 1 << 30),)))
    assert ask(fake_nvml, free_port) == []
