"""The KV cache is packed as the functions of the real vLLM pack it."""

import json
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.builders import a_version
from tests.core.model_configs import DEEPSEEK_V3, GEMMA3_12B, GPT_OSS_20B, LLAMA_8B, QWEN3_NEXT, QWEN25_7B
from trayapp.core.config_reader import ConfigReader
from trayapp.core.kv_cache_layout import CacheChoice, KvCacheLayout, plan_layout
from trayapp.core.kv_layers import KvKind, KvLayer, read_kv_layers
from trayapp.core.units import GIB

pytestmark = pytest.mark.real

PACK = Path(__file__).with_name("pack_layers.py")
BATCHED_TOKENS = 2048
LONGEST = 1 << 20

MADE_UP = [
    (KvLayer(KvKind.FULL, 10, 16, 128, 128), KvLayer(KvKind.SLIDING, 52, 16, 128, 128, window=1024)),
    (KvLayer(KvKind.FULL, 10, 4, 512, 512), KvLayer(KvKind.SLIDING, 50, 16, 256, 256, window=1024)),
    (KvLayer(KvKind.FULL, 13, 8, 64, 64), KvLayer(KvKind.SLIDING, 12, 8, 64, 64, window=128)),
    (KvLayer(KvKind.FULL, 7, 4, 192, 192), KvLayer(KvKind.FULL, 50, 16, 256, 256)),
    (KvLayer(KvKind.SLIDING, 32, 8, 128, 128, window=4096),),
]


def of_models() -> list[tuple[KvLayer, ...]]:
    configs = (LLAMA_8B, QWEN25_7B, GPT_OSS_20B, GEMMA3_12B["text_config"], DEEPSEEK_V3, QWEN3_NEXT)
    return [read_kv_layers(ConfigReader(config)) for config in configs]


def layout_of(layers: tuple[KvLayer, ...]) -> KvCacheLayout:
    return plan_layout(layers, CacheChoice(a_version("0.32.0"), 2, 2, max_num_batched_tokens=BATCHED_TOKENS))


def test_blocks_and_limits_are_those_of_vllm(vllm: Path) -> None:
    cases: list[dict[str, Any]] = []
    for layers in [*of_models(), *MADE_UP]:
        layout = layout_of(layers)
        states = any(layer.kind is KvKind.STATE for layer in layers)
        cases += [
            {
                "layers": [asdict(layer) for layer in layers],
                "block_tokens": layout.block_tokens if states or len(layers) == 1 else 16,
                "page_bytes": layout.block_bytes // min(layer.count for layer in layers),
                "batched_tokens": BATCHED_TOKENS,
                "longest": LONGEST,
                "available_bytes": gib * GIB,
            }
            for gib in (2, 8, 40)
        ]
    done = subprocess.run(
        [vllm.with_name("python"), PACK],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home())},
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert len(answers) == len(cases), done.stderr[-2000:]
    every = iter(zip(cases, answers, strict=True))
    for layers in [*of_models(), *MADE_UP]:
        layout = layout_of(layers)
        for _gib in range(3):
            case, answer = next(every)
            ours = {
                "block_bytes": layout.block_bytes,
                "largest_context": layout.largest_context(case["available_bytes"], LONGEST),
            }
            assert ours == answer, case["layers"]
