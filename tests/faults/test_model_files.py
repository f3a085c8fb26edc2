"""Model folders that are torn, forbidden, half downloaded, or were never meant for vLLM."""

import json
import struct
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders import a_cpu_install, a_machine_without_gpu, some_settings
from tests.faults.as_nobody import as_nobody
from tests.faults.conftest import StoryMaker
from tests.faults.table import fault
from trayapp.core.events import StartWanted
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import plan_launch
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import Failed, Ready
from trayapp.probes.model_files import find_model
from trayapp.probes.resources import resource

FAST_MS = 30_000
CONFIG = json.loads((resource("selftest-model") / "config.json").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "Model"
    made.mkdir()
    (made / "config.json").write_text(json.dumps(CONFIG))
    write_tensors(made / "model.safetensors")
    return made


def write_tensors(path: Path, size: int = 64) -> None:
    header = json.dumps({"a.weight": {"dtype": "BF16", "shape": [size // 2], "data_offsets": [0, size]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))


def refusal(folder: Path) -> Problem:
    """Return why this model cannot be planned; nothing may be raised on the way."""
    found = find_model(str(folder))
    if isinstance(found, Problem):
        return found
    outcome = plan_launch(some_settings(), a_machine_without_gpu(), a_cpu_install(), found, LearnedLimits())
    assert isinstance(outcome, Refusal), "it would be launched"
    return outcome.problems[0]


def _cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


TORN: dict[str, Callable[[Path], object]] = {
    "a header that ends in its midst": lambda f: _cut(f / "model.safetensors", 20),
    "no byte in it": lambda f: _cut(f / "model.safetensors", 0),
    "a header said to be an exabyte long": lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 64),
    "weights that end before the header says": lambda f: _cut(f / "model.safetensors", 100),
    "a header that is no JSON": lambda f: (f / "model.safetensors").write_bytes(struct.pack("<Q", 4) + b"nope"),
    "a pointer of Git LFS in its place": lambda f: (f / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
    ),
    "a header nested 100,000 deep": lambda f: (f / "model.safetensors").write_bytes(
        struct.pack("<Q", 100_000) + b"[" * 100_000
    ),
}


@fault("a weight file has {how}", "refused before anything runs, with the file's name")
@pytest.mark.parametrize("how", TORN)
def test_torn_weights(folder: Path, how: str) -> None:
    TORN[how](folder)
    problem = refusal(folder)
    assert problem.kind is ProblemKind.MODEL_FILE_BAD
    assert str(problem.values["path"]).endswith("model.safetensors")


CONFIGS: dict[str, str] = {
    "empty": "",
    "half a file": json.dumps(CONFIG)[:100],
    "a list": "[]",
    "nested 100,000 deep": "[" * 100_000,
    "full of texts for numbers": json.dumps({**CONFIG, "num_hidden_layers": "many"}),
    "full of negative numbers": json.dumps({**CONFIG, "num_attention_heads": -8}),
    "full of numbers beyond all limits": json.dumps({**CONFIG, "max_position_embeddings": 10**400}),
    "full of NaN": json.dumps({**CONFIG, "hidden_size": float("nan")}),
}


@fault("config.json is {how}", "refused before anything runs, with the file's name")
@pytest.mark.parametrize("how", CONFIGS)
def test_bad_config(folder: Path, how: str) -> None:
    (folder / "config.json").write_text(CONFIGS[how])
    problem = refusal(folder)
    assert problem.kind is ProblemKind.MODEL_FILE_BAD
    assert str(problem.values["path"]).endswith("config.json")


@fault("config.json is not UTF-8", "refused before anything runs, with the file's name")
def test_config_of_another_encoding(folder: Path) -> None:
    (folder / "config.json").write_bytes(json.dumps(CONFIG).encode("utf-16"))
    assert refusal(folder).kind is ProblemKind.MODEL_FILE_BAD


@fault(
    "a download was interrupted: of three weight files one is there", "refused, or said; the missing ones are counted"
)
def test_half_a_download(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "model-1.safetensors")
    names = {f"{n}.weight": f"model-{n}.safetensors" for n in (1, 2, 3)}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}))
    found = find_model(str(folder))
    assert isinstance(found, FoundModel)
    assert (found.complete, found.missing_files) == (False, 2)


@fault("the index of the weights is {how}", "refused before anything runs, with the file's name")
@pytest.mark.parametrize("how", ["empty", "a list", "without a map"])
def test_bad_index(folder: Path, how: str) -> None:
    text = {"empty": "", "a list": "[1]", "without a map": '{"weight_map": []}'}[how]
    (folder / "model.safetensors.index.json").write_text(text)
    assert refusal(folder).kind is ProblemKind.MODEL_FILE_BAD


@fault("the model may not be read, for an ordinary user: {what}", "refused, with the system's word for it")
@pytest.mark.parametrize("what", ["its folder", "its config", "its weights"])
def test_forbidden_files(open_folder: Path, what: str) -> None:
    (open_folder / "config.json").write_text(json.dumps(CONFIG))
    write_tensors(open_folder / "model.safetensors")
    path = {"its folder": "", "its config": "config.json", "its weights": "model.safetensors"}[what]
    (open_folder / path).chmod(0)
    kind = as_nobody(lambda: refusal(open_folder).kind.value)
    assert kind == ProblemKind.MODEL_FILE_BAD.value


@fault("the model's folder is a link to itself", "refused, in words")
def test_a_link_to_itself(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert refusal(loop).kind in {ProblemKind.MODEL_FILE_BAD, ProblemKind.MODEL_NOT_FOUND}


@fault("the folder holds {what} only", "refused, and said what it is")
@pytest.mark.parametrize(
    ("what", "name", "kind"),
    [
        ("a GGUF file", "model.gguf", ProblemKind.MODEL_ONLY_GGUF),
        ("a LoRA adapter", "adapter_config.json", ProblemKind.MODEL_FILE_BAD),
        ("an image generator", "model_index.json", ProblemKind.MODEL_FILE_BAD),
        ("nothing", "", ProblemKind.MODEL_FILE_BAD),
    ],
)
def test_other_things(tmp_path: Path, what: str, name: str, kind: ProblemKind) -> None:
    if name:
        (tmp_path / name).write_text("{}")
    assert refusal(tmp_path).kind is kind


@fault("the model is removed between two starts", "the next start is refused in words; nothing is launched")
def test_a_model_that_goes(story: StoryMaker, folder: Path) -> None:
    told, fake = story(settings={"model": str(folder)})
    told.start(FAST_MS)
    told.stop(FAST_MS)
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, timeout_ms=FAST_MS)
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Refusal)
    assert len(fake.launches()) == 1


@fault("the model is removed while it serves", "it serves on: the weights are in memory")
def test_a_model_that_goes_while_it_serves(story: StoryMaker, folder: Path) -> None:
    told, _ = story(settings={"model": str(folder)})
    plan = told.start(FAST_MS).plan
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()
    with urllib.request.urlopen(f"http://127.0.0.1:{plan.port}/v1/models", timeout=10) as answer:
        assert answer.status == 200
    assert isinstance(told.state, Ready)
    told.stop(FAST_MS)
