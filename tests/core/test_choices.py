"""What the settings leave open is chosen."""

from typing import Any

import pytest

from tests.builders import a_machine, a_machine_without_gpu, a_version, an_install, some_settings
from tests.core.model_configs import QWEN3_8B, QWEN3_VL_4B_FP8, card, found
from trayapp.core.choices import Choices, choose, default_batched_tokens, default_sequences
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Machine
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.situation import Situation
from trayapp.core.units import GIB

A100 = card(79.2, 78.0, "8.0", "NVIDIA A100-SXM4-80GB")
H100 = card(79.2, 78.0, "9.0", "NVIDIA H100 80GB HBM3")
H200 = card(139.7, 139.0, "9.0", "NVIDIA H200")
B300 = card(267.0, 266.0, "10.0", "NVIDIA B300")
GB10 = card(119.0, 100.0, "12.1", "NVIDIA GB10")


def choices(machine: Machine, config: dict[str, Any] = QWEN3_8B, version: str = "0.32.0", **settings: Any) -> Choices:
    model = found(config)
    facts = read_model_facts(model)
    assert isinstance(facts, ModelFacts)
    situation = Situation(some_settings(**settings), machine, an_install(version), model, facts, LearnedLimits())
    chosen = choose(situation)
    assert isinstance(chosen, Choices)
    return chosen


@pytest.mark.parametrize(
    ("gpu", "version", "tokens", "sequences"),
    [
        (card(24.0), "0.32.0", 2048, 256),
        (A100, "0.32.0", 2048, 256),
        (H100, "0.32.0", 8192, 1024),
        (H200, "0.32.0", 8192, 1024),
        (B300, "0.28.0", 16384, 1024),
        (B300, "0.25.0", 8192, 1024),
        (GB10, "0.32.0", 2048, 256),
        (None, "0.32.0", 4096, 256),
    ],
)
def test_the_defaults_of_vllm_depend_on_the_card(gpu: Any, version: str, tokens: int, sequences: int) -> None:
    assert default_batched_tokens(gpu, a_version(version)) == tokens
    assert default_sequences(gpu) == sequences


def test_a_batch_is_no_longer_than_all_requests_together() -> None:
    assert choices(a_machine(card(24.0)), max_num_seqs=1, max_model_len=512).load.max_num_batched_tokens == 512


def test_before_0_8_a_prompt_was_computed_as_a_whole() -> None:
    old = choices(a_machine(card(24.0)), version="0.7.3", max_model_len=16384)
    assert old.load.max_num_batched_tokens == 16384
    assert choices(a_machine(card(24.0)), version="0.7.3").load.max_num_batched_tokens == 2048


def test_few_requests_are_enough_for_one_person() -> None:
    assert choices(a_machine(card(24.0))).max_num_seqs == 16
    assert choices(a_machine_without_gpu(), version="0.32.0+cpu").max_num_seqs == 4
    assert choices(a_machine(card(24.0)), max_num_seqs=100).max_num_seqs == 100


@pytest.mark.parametrize(
    ("config", "settings", "version", "size"),
    [
        (QWEN3_8B, {}, "0.32.0", 2),
        (QWEN3_8B, {"kv_cache_dtype": "fp8"}, "0.32.0", 1),
        (QWEN3_8B, {"kv_cache_dtype": "fp8_e4m3"}, "0.32.0", 1),
        (QWEN3_8B, {"kv_cache_dtype": "bfloat16", "dtype": "float32"}, "0.32.0", 2),
        (QWEN3_8B, {"dtype": "float32"}, "0.32.0", 4),
        ("made for fp8", {}, "0.32.0", 1),
        ("made for fp8", {}, "0.13.0", 2),
        ("made for fp8", {}, "0.32.0+cpu", 2),
        ("made for fp8", {"kv_cache_dtype": "bfloat16"}, "0.32.0", 2),
    ],
)
def test_the_size_of_a_number_in_the_cache(config: Any, settings: dict[str, Any], version: str, size: int) -> None:
    if config == "made for fp8":
        entry = {"quant_method": "compressed-tensors", "kv_cache_scheme": {"num_bits": 8}}
        config = QWEN3_8B | {"quantization_config": entry}
    assert choices(a_machine(card(24.0, capability="8.9")), config, version, **settings).cache_bytes_each == size


def test_the_gpu_with_the_least_free_memory_decides() -> None:
    two = a_machine(card(24.0, 23.0), card(24.0, 12.0, uuid="GPU-2", index=1))
    chosen = choices(two, tensor_parallel_size=2)
    assert chosen.free_bytes == chosen.gpu.memory_free_bytes  # type: ignore[union-attr]
    assert chosen.utilization == 0.47
    assert choices(a_machine_without_gpu(), version="0.32.0+cpu").gpu is None


def test_a_gpu_that_tells_no_memory_has_none() -> None:
    assert choices(a_machine(card(0.0, 0.0))).utilization == 0.01


def test_where_all_share_one_memory_the_servers_own_processes_are_left_room() -> None:
    shared, own = choices(a_machine(GB10)), choices(a_machine(card(119.0, 100.0, "12.0")))
    assert shared.reserve_bytes - own.reserve_bytes == int(1.5 * GIB)
    assert (shared.utilization, own.utilization) == (0.82, 0.83)
    assert choices(a_machine(GB10), gpu_memory_utilization=0.7).reserve_bytes == 0


@pytest.mark.parametrize(
    ("extra", "limited"),
    [
        ((), True),
        (("--limit-mm-per-prompt", '{"image": 4, "video": 0}'), True),
        (("--limit-mm-per-prompt", '{"image": 4}'), False),
        (("--language-model-only",), True),
    ],
)
def test_whether_images_are_limited(extra: tuple[str, ...], limited: bool) -> None:
    chosen = choices(a_machine(card(24.0, capability="8.9")), QWEN3_VL_4B_FP8, extra_arguments=extra)
    assert chosen.load.images_limited is limited
    assert bool(chosen.image_arguments) is (not extra)
