"""A model on the Hub is planned for without its weights being downloaded."""

import json
import struct

import pytest

from tests.fakes.hub import COMMIT, FakeHub
from trayapp.core.found_model import FoundModel
from trayapp.core.problems import Problem, ProblemKind
from trayapp.probes.hub_models import find_hub_model

WEIGHTS_BYTES = 300_000


def tensors(name: str) -> bytes:
    header = {name: {"dtype": "BF16", "shape": [WEIGHTS_BYTES // 2], "data_offsets": [0, WEIGHTS_BYTES]}}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(WEIGHTS_BYTES)


FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer_config.json": b'{"chat_template": "hello"}',
    "hf_quant_config.json": b'{"quantization": {"quant_algo": "FP8"}}',
    "model-1.safetensors": tensors("a.weight"),
    "model-2.safetensors": tensors("lm_head.weight"),
    "consolidated.safetensors": tensors("a.weight"),
    "other/model.safetensors": tensors("a.weight"),
}


def find(hub: FakeHub, name: str = "org/Tiny-1B") -> FoundModel | Problem:
    with hub:
        return find_hub_model(name, hub.address)


def test_config_and_headers_are_read_and_no_weights() -> None:
    hub = FakeHub({"org/Tiny-1B": FILES})
    found = find(hub)
    assert isinstance(found, FoundModel)
    assert (found.source, found.name, found.revision) == ("org/Tiny-1B", "Tiny-1B", COMMIT)
    assert found.config == {"model_type": "llama"}
    assert found.chat_template == "hello"
    assert found.quantization_file == {"quantization": {"quant_algo": "FP8"}}
    assert found.weights_bytes == 2 * WEIGHTS_BYTES
    assert found.tensors is not None
    assert found.tensors.head_bytes == WEIGHTS_BYTES
    assert not found.complete
    assert hub.sent_bytes["model-1.safetensors"] < WEIGHTS_BYTES


def test_a_model_without_safetensors_has_no_known_size() -> None:
    found = find(FakeHub({"org/Tiny-1B": {"config.json": b"{}"}}))
    assert isinstance(found, FoundModel)
    assert (found.weights_bytes, found.weight_format) == (None, "")


def test_very_many_files_count_by_their_size() -> None:
    files = {"config.json": b"{}"} | {f"model-{number}.safetensors": bytes(10) for number in range(41)}
    hub = FakeHub({"org/Tiny-1B": files})
    found = find(hub)
    assert isinstance(found, FoundModel)
    assert (found.weights_bytes, found.tensors) == (410, None)
    assert not any(name.endswith(".safetensors") for name in hub.sent_bytes)


@pytest.mark.parametrize(
    ("hub", "name", "reason"),
    [
        (FakeHub({}), "org/none", "unknown"),
        (FakeHub({}), "not an id", "unknown"),
        (FakeHub({"org/Tiny-1B": FILES}, gated=("org/Tiny-1B",)), "org/Tiny-1B", "gated"),
        (FakeHub({}, broken=True), "org/Tiny-1B", "network"),
    ],
)
def test_what_the_hub_refuses_is_said(hub: FakeHub, name: str, reason: str) -> None:
    found = find(hub, name)
    assert isinstance(found, Problem)
    assert (found.kind, found.values["reason"]) == (ProblemKind.MODEL_NOT_ON_HUB, reason)


def test_without_a_network_that_is_said() -> None:
    found = find_hub_model("org/Tiny-1B", "http://127.0.0.1:9")
    assert isinstance(found, Problem)
    assert found.values["reason"] == "network"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"README.md": b""}, "does not exist"),
        ({"config.json": b"[]"}, "no JSON object"),
        ({"config.json": b"{"}, "Expecting"),
    ],
)
def test_a_bad_config_on_the_hub_is_named(files: dict[str, bytes], words: str) -> None:
    found = find(FakeHub({"org/Tiny-1B": files}))
    assert isinstance(found, Problem)
    assert found.kind is ProblemKind.MODEL_FILE_BAD
    assert words in str(found.values["reason"])
