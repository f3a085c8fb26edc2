"""What is in use of the memory, and what the processes of a server hold of it."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast

from tests.fakes.nvml_library import FakeNvml, NvmlGpu
from trayapp.core.live_figures import MemoryInUse
from trayapp.core.server_mark import mark_environment
from trayapp.core.units import MIB
from trayapp.probes.memory_in_use import find_memory_in_use

if TYPE_CHECKING:
    from trayapp.core.machine import Gpu

ROOT = Path(__file__).resolve().parents[2]
FOR_NEXT = """
import pickle, sys
from trayapp.probes.computer import find_memory
from trayapp.probes.memory_in_use import find_machine_for_next
machine = find_machine_for_next()
pickle.dump((machine.gpus[0], machine.memory_available_bytes - find_memory()[1]), sys.stdout.buffer)
"""
ASK = """
import pickle, sys
from trayapp.probes.memory_in_use import find_memory_in_use
pickle.dump(find_memory_in_use(sys.argv[2:], int(sys.argv[1])), sys.stdout.buffer)
"""
# A launcher with a worker below it that holds 200 MiB.
SERVER = """
import subprocess, sys
worker = "held = bytearray(b'x') * (200 << 20); print('held', flush=True); input()"
subprocess.run([sys.executable, "-c", worker], check=True)
"""
FIRST, SECOND = NvmlGpu(total_bytes=12_288 * MIB, reserved_bytes=288 * MIB), NvmlGpu(uuid="GPU-second")


@contextmanager
def a_server(mark: str) -> Iterator[int]:
    """A server with a worker, as an app launches it; until the block ends."""
    command, environment = [sys.executable, "-c", SERVER], {**os.environ, **mark_environment(mark)}
    with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "held\n"
        yield server.pid
        server.communicate("\n")


def ask(fake_nvml: FakeNvml, server: int, *gpus: str) -> MemoryInUse:
    """Return what is found in a process that has the fake driver."""
    found = run(fake_nvml, ASK, str(server), *gpus)
    assert isinstance(found, MemoryInUse)
    return found


def run(fake_nvml: FakeNvml, code: str, *arguments: str) -> object:
    """Return what a process with the fake driver has to say."""
    command, environment = [sys.executable, "-c", code, *arguments], {**os.environ, **fake_nvml.environment}
    done = subprocess.run(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return cast("object", pickle.loads(done.stdout))  # noqa: S301 - written by our own child


def test_without_a_gpu_the_memory_of_all_processes_of_the_server_is_added_up() -> None:
    with a_server("mark-of-this-test") as pid:
        found = find_memory_in_use((), pid)
    assert found.server_bytes is not None
    assert 200 * MIB < found.server_bytes < 300 * MIB
    assert found.used_bytes is not None
    assert found.total_bytes is not None
    assert found.server_bytes < found.used_bytes < found.total_bytes


def test_a_server_that_is_gone_holds_nothing_that_is_known() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert find_memory_in_use((), gone.pid).server_bytes is None
    assert find_memory_in_use((), None).server_bytes is None


def test_on_a_gpu_the_driver_tells_what_each_process_of_the_server_holds(fake_nvml: FakeNvml) -> None:
    ours = os.getpid()
    held = ((ours, "compute", 6_000 * MIB), (1, "graphics", 400 * MIB))
    fake_nvml.describe(
        NvmlGpu(
            total_bytes=12_288 * MIB, reserved_bytes=288 * MIB, free_bytes=5_000 * MIB, processes=held, uuid=FIRST.uuid
        ),
        NvmlGpu(uuid=SECOND.uuid, free_bytes=1),
    )
    assert ask(fake_nvml, ours, FIRST.uuid) == MemoryInUse(7_000 * MIB, 12_000 * MIB, 6_000 * MIB)


def test_a_driver_that_names_no_process_or_no_size_leaves_that_open(fake_nvml: FakeNvml) -> None:
    ours = os.getpid()
    fake_nvml.describe(FIRST)
    assert ask(fake_nvml, ours, FIRST.uuid) == MemoryInUse(1_000 * MIB, 12_000 * MIB)
    fake_nvml.describe(NvmlGpu(uuid=FIRST.uuid, processes=((ours, "compute", None),)))
    assert ask(fake_nvml, ours, FIRST.uuid).server_bytes is None


def test_one_gpu_that_does_not_answer_any_more_leaves_all_of_it_open(fake_nvml: FakeNvml) -> None:
    fake_nvml.describe(FIRST)
    assert ask(fake_nvml, os.getpid(), FIRST.uuid, SECOND.uuid) == MemoryInUse()


def test_the_next_model_finds_free_what_a_server_of_ours_holds(fake_nvml: FakeNvml) -> None:
    with a_server("mark-of-this-test") as pid:
        held = ((pid, "compute", 6_000 * MIB), (1, "graphics", 400 * MIB))
        fake_nvml.describe(NvmlGpu(free_bytes=5_000 * MIB, processes=held))
        gpu, more_bytes = cast("tuple[Gpu, int]", run(fake_nvml, FOR_NEXT))
        assert gpu.memory_free_bytes == 11_000 * MIB
        assert [user.pid for user in gpu.users] == [1]
        assert more_bytes > 100 * MIB
    gpu, _more = cast("tuple[Gpu, int]", run(fake_nvml, FOR_NEXT))
    assert gpu.memory_free_bytes == 5_000 * MIB, "nothing of ours holds anything now"
