"""One measured start makes the plan of its neighbours exact, on the real vLLM."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.supervision.story import Story
from trayapp.core.memory_plan import Basis, MemoryPlan
from trayapp.core.states import Ready

pytestmark = [pytest.mark.real, pytest.mark.long]


def planned(ready: Ready) -> MemoryPlan:
    assert ready.plan.memory is not None
    return ready.plan.memory


def test_another_share_and_another_length_are_computed_within_1_percent(
    story: Callable[..., Story], wide_model: Path
) -> None:
    """Three starts. Without VLLM_CPU_KVCACHE_SPACE a CPU build takes its share of the RAM, as on a GPU."""
    measured: dict[tuple[float, int], tuple[Basis, int, int]] = {}
    for share, length in ((0.20, 4096), (0.30, 4096), (0.20, 8192)):
        told = story(str(wide_model), environment={}, gpu_memory_utilization=share, max_model_len=length)
        ready = told.start()
        memory = planned(ready)
        middle = (memory.kv_cache.low + memory.kv_cache.high) // 2
        measured[share, length] = memory.basis, middle, ready.figures["available_kv_bytes"]
        told.stop()
    assert [basis for basis, _middle, _seen in measured.values()] == [
        Basis.ESTIMATED,
        Basis.NEIGHBOUR,
        Basis.MEASURED,
    ]
    for _basis, middle, seen in list(measured.values())[1:]:
        assert middle == pytest.approx(seen, rel=0.01), measured
