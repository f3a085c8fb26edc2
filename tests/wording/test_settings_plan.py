"""What a plan says beside the fields of the settings."""

import pytest

from tests.builders import a_gpu, a_machine, an_install
from tests.core.model_configs import QWEN3_8B, found
from trayapp.core.launch_plan import plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Gain
from trayapp.core.units import GIB
from trayapp.wording.settings_plan import gain_words, length_words
from trayapp.wording.translation import use_language


@pytest.mark.parametrize(
    ("name", "gain", "said"),
    [
        ("enforce_eager", Gain(True, 900), "Switched on, the context would be 900 tokens longer."),
        ("enforce_eager", Gain(False, -900), "Switched off, the context would be 900 tokens shorter."),
        ("kv_cache_dtype", Gain("auto", -9000), "With auto, the context would be 9,000 tokens shorter."),
        ("max_num_seqs", Gain(1, 64), "With one request at once, the context would be 64 tokens longer."),
        ("max_num_seqs", Gain(0, -64), "Automatic, the context would be 64 tokens shorter."),
        ("memory_reserve_bytes", Gain(0, 64), "With nothing kept free, the context would be 64 tokens longer."),
        ("memory_reserve_bytes", Gain(1 << 30, -64), "With 1.0 GiB kept free, the context would be 64 tokens shorter."),
        ("gpu_memory_utilization", Gain(0.0, 64), "Automatic, the context would be 64 tokens longer."),
        (
            "kv_cache_dtype",
            Gain("fp8", 0, 5000),
            "With fp8, the memory would hold 5,000 tokens more, for several requests at once.",
        ),
        ("kv_cache_dtype", Gain("auto", 0, -5000), "With auto, the memory would hold 5,000 tokens fewer."),
        ("kv_cache_dtype", Gain("fp8", 0, 0), ""),
    ],
)
def test_a_field_says_what_the_other_choice_buys(name: str, gain: Gain, said: str) -> None:
    use_language("en")
    assert gain_words(name, gain) == said


@pytest.mark.parametrize(("total_gib", "fits"), [(20, False), (80, True)])
def test_the_memory_holds_what_its_picture_says(total_gib: int, fits: bool) -> None:
    use_language("en")
    gpu = a_gpu(memory_total_bytes=total_gib * GIB, memory_free_bytes=total_gib * GIB - GIB // 2)
    machine, model = a_machine(gpu), found(QWEN3_8B, 15.0)
    memory = plan_report(Settings(model="m"), machine, an_install(), model, LearnedLimits()).memory
    assert memory is not None
    assert (memory.kv_cache_tokens.low > memory.native_context) is fits
    held = memory.kv_cache_tokens.low if fits else memory.largest_that_fits.low
    assert f"the memory holds {held:,}, " in length_words(memory, memory.planned_context)
