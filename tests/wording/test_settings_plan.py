"""What a plan says beside the fields of the settings."""

import pytest

from trayapp.core.settings_draft import Gain
from trayapp.wording.settings_plan import gain_words
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
