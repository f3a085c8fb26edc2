"""Inputs that were mutated, by the thousand: no traceback, and no state or value that cannot be."""

import json
import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication

from tests.builders import a_cpu_install, a_limit_key, a_machine_without_gpu, a_model, some_settings
from tests.faults.table import fault
from trayapp.core.diagnosis import Cause, Circumstances, diagnose
from trayapp.core.exits import Exit
from trayapp.core.found_model import FoundModel
from trayapp.core.launch import LaunchPlan
from trayapp.core.launch_plan import plan_launch
from trayapp.core.learned_limits import LearnedLimits, LearnedStart
from trayapp.core.log_lines import LONGEST_LINE, LineAssembler
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.problems import Problem, Refusal
from trayapp.core.server_mark import AppName, make_mark, read_mark
from trayapp.core.settings import Settings, check_setting, read_settings, setting_names
from trayapp.core.start_times import StartTimes
from trayapp.desktop.single_instance import Instance, Request
from trayapp.probes.model_files import find_model
from trayapp.probes.resources import resource
from trayapp.storage.learned_file import keep_learned, load_learned
from trayapp.storage.settings_file import change_settings, load_settings
from trayapp.storage.start_times_file import keep_start_times, load_start_times

SHORT, LONG = 1000, 25_000
"""Examples of the largest strategies; all of them together make four times as many."""
RECORDED = Path(__file__).parents[1] / "recorded"
CONFIGS = [
    json.loads((resource("selftest-model") / "config.json").read_text()),
    dict(a_model().config),
    {
        "model_type": "mixtral",
        "num_local_experts": 8,
        "sliding_window": 4096,
        "rope_scaling": {"type": "yarn", "factor": 4},
    },
    {
        "text_config": {"num_hidden_layers": 8, "layer_types": ["full_attention", "sliding_attention"] * 4},
        "vision_config": {},
    },
    {
        "kv_lora_rank": 512,
        "qk_rope_head_dim": 64,
        "num_hidden_layers": 4,
        "quantization_config": {"quant_method": "fp8"},
    },
]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def examples(request: pytest.FixtureRequest) -> int:
    return LONG if request.config.getoption("--long") else SHORT


def fuzz(examples: int, *strategies: Any) -> Any:
    """Run a function with so many examples; found failures are not shrunk for minutes on a loaded machine."""
    checks = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    chosen = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=checks,
        phases=(Phase.explicit, Phase.generate),
        derandomize=examples == SHORT,
    )
    return lambda check: chosen(given(*strategies)(check))()


@st.composite
def mutated(draw: st.DrawFn, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """One of the documents with some values, at any depth, replaced by anything."""
    document = json.loads(json.dumps(draw(st.sampled_from(documents))))
    for _ in range(draw(st.integers(1, 3))):
        place = document
        while True:
            key = draw(st.sampled_from(sorted(place)) if place else st.text(max_size=10))
            if isinstance(place.get(key), dict) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(anything)
            break
    return document  # type: ignore[no-any-return]


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with some of them cut out, doubled or replaced."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        data = data[:start] + draw(st.sampled_from([b"", data[start:end] * 2]) | st.binary(max_size=20)) + data[end:]
    return data


def assert_possible(outcome: LaunchPlan | Refusal) -> None:
    assert isinstance(outcome, LaunchPlan | Refusal)
    if isinstance(outcome, LaunchPlan):
        assert outcome.max_model_len is None or outcome.max_model_len > 0
        assert all(isinstance(word, str) and "\0" not in word for word in outcome.arguments)


@fault("settings.json, mutated", "every value in force is one that is allowed; a change keeps what it does not know")
def test_settings(examples: int, tmp_path: Path) -> None:
    whole = {name: getattr(Settings(), name) for name in setting_names() if name != "environment"}
    whole = json.loads(json.dumps({**whole, "environment": {"A": "b"}, "version": 1}, default=list))

    @fuzz(examples, mutated([whole]))
    def check(document: dict[str, Any]) -> None:
        read, _ = read_settings(document)
        for name in setting_names():
            value = getattr(read, name)
            assert check_setting(name, value) is None

    @fuzz(examples // 4, damaged(json.dumps(whole).encode()))
    def check_file(data: bytes) -> None:
        path = tmp_path / "settings.json"
        path.write_bytes(data)
        loaded = load_settings(path)
        assert isinstance(loaded.settings, Settings)
        assert change_settings(path, {"port": 9001}) is None
        assert load_settings(path).settings.port == 9001
        for entry in tmp_path.iterdir():
            entry.unlink()


@fault("learned_limits.json, mutated", "limits, or set aside; the next start is kept")
def test_limits(examples: int, tmp_path: Path) -> None:
    path = tmp_path / "learned.json"
    model, install, machine = a_model(), a_cpu_install(), a_machine_without_gpu()
    plan = plan_launch(some_settings(), machine, install, model, LearnedLimits())
    assert isinstance(plan, LaunchPlan)
    keep_learned(path, LearnedStart(plan.limit_key, 26_608, {"kv_cache_tokens": 26_620}))
    whole = path.read_bytes()

    @fuzz(examples // 2, mutated([json.loads(whole)]).map(json.dumps).map(str.encode) | damaged(whole))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        limits, _ = load_learned(path)
        outcome = plan_launch(some_settings(), machine, install, model, limits)
        assert_possible(outcome)
        keep_learned(path, LearnedStart(a_limit_key(), 1000))
        msgspec.json.decode(path.read_bytes())
        for entry in tmp_path.glob("*.damaged*"):
            entry.unlink()


@fault(
    "the mark of a left-over and the times of earlier starts, mutated", "an app or none; times or none; no traceback"
)
def test_records_of_runs(examples: int, tmp_path: Path) -> None:
    mark = make_mark(AppName(4711, 123_456, "4026531836"), "0123abcdef12")

    @fuzz(examples // 8, damaged(mark.encode()))
    def check_mark(data: bytes) -> None:
        name = read_mark(data.decode("utf-8", "replace"))
        assert name is None or (name.pid >= 0 and name.started_ticks >= 0 and name.namespace)

    path = tmp_path / "start_times.json"
    keep_start_times(path, StartTimes("cpu m@1 0.32.0", {"loading_weights": 2.5}))
    whole = path.read_bytes()

    @fuzz(examples // 8, mutated([json.loads(whole)]).map(json.dumps).map(str.encode) | damaged(whole))
    def check_times(data: bytes) -> None:
        path.write_bytes(data)
        assert all(isinstance(times, StartTimes) for times in load_start_times(path))
        keep_start_times(path, StartTimes("cpu m@1 0.32.0", {}))
        assert load_start_times(path)


@fault("config.json, mutated", "facts that can be, or a problem that names the key; a plan or a refusal")
def test_configs(examples: int) -> None:
    install, machine = a_cpu_install(), a_machine_without_gpu()

    @fuzz(examples, mutated(CONFIGS))
    def check(config: dict[str, Any]) -> None:
        found = a_model(config=config)
        facts = read_model_facts(found)
        assert isinstance(facts, ModelFacts | Problem)
        if isinstance(facts, ModelFacts):
            assert facts.native_context > 0
        outcome = plan_launch(some_settings(), machine, install, found, LearnedLimits())
        assert_possible(outcome)


@fault("the header of a safetensors file, mutated", "a model whose size can be, or a problem with the file's name")
def test_headers(examples: int, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIGS[0]))
    path = tmp_path / "model.safetensors"
    tensors = {name: {"dtype": "BF16", "shape": [8, 4], "data_offsets": [0, 64]} for name in ("lm_head.weight", "a.b")}

    def pack(header: bytes) -> bytes:
        return struct.pack("<Q", len(header)) + header + bytes(64)

    header = json.dumps(tensors).encode()
    files = (
        mutated([tensors]).map(json.dumps).map(str.encode).map(pack) | damaged(header).map(pack) | damaged(pack(header))
    )

    @fuzz(examples // 2, files)
    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = find_model(str(tmp_path))
        assert isinstance(found, FoundModel | Problem)
        if isinstance(found, FoundModel) and found.tensors is not None:
            assert found.tensors.total_bytes >= 0


def recorded_log() -> bytes:
    lines = (RECORDED / "healthy_start_and_stop.jsonl").read_text().splitlines()[1:]
    return "".join(json.loads(line)["text"] for line in lines).encode()[:6000]


@fault(
    "the bytes of a log, mutated and in any pieces",
    "lines of bounded length, a diagnosis, and never a certain wrong one",
)
def test_logs(examples: int) -> None:
    log = recorded_log()

    @fuzz(examples // 2, damaged(log), st.integers(1, 4000))
    def check(data: bytes, size: int) -> None:
        assembler = LineAssembler()
        lines: list[str] = []
        for start in range(0, len(data), size):
            lines += assembler.feed(data[start : start + size])
        lines += assembler.finish()
        assert all(len(line) <= LONGEST_LINE + 10 and "\n" not in line for line in lines)
        whole = LineAssembler()
        assert lines == whole.feed(data) + whole.finish()
        assert isinstance(diagnose(lines, Circumstances(exit=Exit(1))).cause, Cause)
        assert diagnose(lines, Circumstances(stopped_by_user=True)).cause is Cause.HEALTHY


@pytest.fixture
def listening(tmp_path_factory: pytest.TempPathFactory, qapp: QCoreApplication) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("i") / "vllm-tray"
    instance = Instance(folder)
    assert instance.acquire()
    instance.request.connect(_answer)
    yield folder / "app"
    instance.release()


def _answer(request: Request) -> None:
    assert isinstance(request.command, str)
    request.answer({"words": request.command})


@fault("messages on the app's socket, mutated", "an answer in JSON or a refusal; the socket stays open for the next")
def test_messages(examples: int, listening: Path, qapp: QCoreApplication) -> None:
    message = b'{"command": "start", "wait_s": 30, "model": "Qwen/Qwen3-8B"}'
    lines = mutated([json.loads(message)]).map(json.dumps).map(str.encode) | damaged(message) | st.binary(max_size=200)

    @fuzz(examples // 4, lines)
    def check(data: bytes) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.setblocking(False)
            client.connect(str(listening))
            client.sendall(data + b"\n")
            said = b""
            for _ in range(200):
                qapp.processEvents()
                try:
                    piece = client.recv(65_536)
                except BlockingIOError:
                    continue
                if not piece:
                    break
                said += piece
            assert json.loads(said.splitlines()[0])["answer"]
