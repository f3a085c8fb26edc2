"""The machine without the programs that stop before the next model starts."""

import pytest

from tests.builders import a_gpu, a_machine, another_gpu
from trayapp.core.machine import Gpu, GpuUser, machine_without
from trayapp.core.units import GIB

GAME, OURS = GpuUser(1, "game", 2 * GIB), GpuUser(7, "VLLM::EngineCore", 7 * GIB)


def free(gpu: Gpu, *, before: tuple[Gpu, ...] = ()) -> float:
    machine = machine_without(a_machine(gpu), {7, 8}, 0, before)
    return machine.gpus[0].memory_free_bytes / GIB


def test_what_a_server_holds_is_free_without_it_and_what_others_hold_is_not() -> None:
    gpu = a_gpu(memory_free_bytes=2 * GIB, users=(OURS, GAME))
    without = machine_without(a_machine(gpu, another_gpu()), {7}, 3 * GIB)
    assert without.gpus[0].memory_free_bytes == 9 * GIB
    assert without.gpus[0].users == (GAME,)
    assert without.gpus[1] == another_gpu()
    assert without.memory_available_bytes == 29 * GIB


def test_no_more_is_free_than_there_is() -> None:
    assert free(a_gpu(memory_free_bytes=9 * GIB, users=(OURS,))) * GIB == a_gpu().memory_total_bytes
    assert machine_without(a_machine(), {7}, 99 * GIB).memory_available_bytes == 32 * GIB


@pytest.mark.parametrize(
    ("users", "expected"),
    [((), 10), ((OURS,), 9), ((GAME,), 2), ((GpuUser(7, "VLLM", None), GAME), 2)],
)
def test_where_the_driver_names_no_program_it_is_as_before_the_start(
    users: tuple[GpuUser, ...], expected: float
) -> None:
    gpu = a_gpu(memory_free_bytes=2 * GIB, users=users)
    assert free(gpu, before=(a_gpu(memory_free_bytes=10 * GIB),)) == expected
    assert free(a_gpu(memory_free_bytes=2 * GIB), before=(another_gpu(),)) == 2, "another GPU says nothing about it"
