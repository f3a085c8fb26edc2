"""`vllm-tray plan`: for this computer and for described ones, in words and as JSON, quickly and without Qt."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.core.model_configs import LLAMA_8B, QWEN3_8B, QWEN3_8B_AWQ
from trayapp.__main__ import main
from trayapp.core.settings import Settings
from trayapp.core.units import GIB

RTX_3060 = (
    "--gpu-name",
    "RTX 3060",
    "--gpu-total-gib",
    "11.6",
    "--gpu-free-gib",
    "11.1",
    "--compute-capability",
    "8.6",
)
VERSION = ("--vllm-version", "0.32.0")


@pytest.fixture
def awq(tmp_path: Path) -> str:
    folder = tmp_path / "Qwen3-8B-AWQ"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(QWEN3_8B_AWQ))
    return str(folder)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert main(["plan", *arguments, "--json"]) == code
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def words(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(["plan", *arguments]) == code
    return capsys.readouterr().out


def test_a_described_computer_gets_a_whole_plan(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = answer(capsys, awq, *RTX_3060, *VERSION, "--weights-gib", "5.7")
    assert plan["verdict"] == "reduced_context"
    assert plan["basis"] == "estimated"
    assert plan["kv_bytes_per_token"] == 147_456
    memory = plan["memory"]
    assert memory["total_bytes"] == int(11.6 * GIB)
    assert memory["reserve_bytes"] == Settings().memory_reserve_bytes
    assert memory["weights_bytes"] == int(5.7 * GIB)
    for part in ("activation_bytes", "other_bytes", "cuda_graph_bytes", "kv_cache_bytes"):
        assert memory[part]["low"] <= memory[part]["high"]
    length = plan["max_model_len"]
    assert length["native"] == 40_960
    assert length["planned"] <= length["largest_that_fits"]["low"] <= length["largest_that_fits"]["high"]
    assert plan["arguments"][:2] == ["serve", awq]
    assert plan["environment"]["VLLM_NO_USAGE_STATS"] == "1"
    assert plan["problems"] == []
    assert {"title", "detail", "remedy"} <= set(plan["warnings"][0])


def test_flags_change_the_plan(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    base = (awq, *RTX_3060, *VERSION, "--weights-gib", "5.7")
    full = answer(capsys, *base)
    half = answer(capsys, *base, "--kv-cache-dtype", "fp8")
    assert half["kv_bytes_per_token"] * 2 == full["kv_bytes_per_token"]
    eager = answer(capsys, *base, "--enforce-eager")
    assert "--enforce-eager" in eager["arguments"]
    assert eager["memory"]["cuda_graph_bytes"] == {"low": 0, "high": 0}
    short = answer(capsys, *base, "--max-model-len", "8192", "--max-num-seqs", "2")
    assert short["verdict"] == "fits"
    assert short["max_model_len"]["planned"] == 8192
    longer = answer(capsys, *base, "--yarn-factor", "2")
    assert "--hf-overrides" in longer["arguments"]


def test_a_share_given_by_hand_leaves_the_rest_to_vllms_defaults(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = answer(capsys, awq, *RTX_3060, *VERSION, "--weights-gib", "5.7", "--gpu-memory-utilization", "0.85")
    assert plan["arguments"][plan["arguments"].index("--max-num-seqs") + 1] == "256"
    assert plan["memory"]["reserve_bytes"] == 0
    assert plan["memory"]["budget_bytes"] == int(0.85 * int(11.6 * GIB))


def test_sizes_are_for_one_of_several_gpus(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    two = ("--gpu-count", "2", "--tensor-parallel-size", "2", "--weights-gib", "7.5")
    plan = answer(capsys, str(tmp_path), *RTX_3060, *VERSION, *two)
    assert plan["memory"]["weights_bytes"] == int(7.5 * GIB)
    assert plan["kv_bytes_per_token"] == 65_536


def test_a_shorter_context_is_said_once_with_what_would_make_it_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(LLAMA_8B))
    card = ("--gpu-total-gib", "23.6", "--compute-capability", "8.9", "--weights-gib", "15")
    printed = words(capsys, str(tmp_path), *card, *VERSION)
    assert "For a longer context: Keep the context in 8 bits" in printed
    assert "Only a shorter context fits" not in printed
    whole = words(capsys, str(tmp_path), *card, *VERSION, "--gpu-total-gib", "79")
    assert "The model's whole context is planned: 131,072 tokens." in whole
    too_long = words(capsys, str(tmp_path), *card, *VERSION, "--max-model-len", "131072", code=1)
    assert too_long.count("Use a shorter context.") == 1
    asked = words(capsys, str(tmp_path), *card, *VERSION, "--max-model-len", "8192")
    assert "Planned are 8,192 tokens; the model's own context is 131,072 tokens." in asked


def test_what_does_not_fit_says_what_would(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.json").write_text(json.dumps(QWEN3_8B))
    plan = answer(capsys, str(tmp_path), *RTX_3060, *VERSION, "--weights-gib", "15.3", code=1)
    assert plan["verdict"] == "does_not_fit"
    assert plan["memory"]["kv_cache_bytes"]["high"] < 0
    assert "4-bit" in plan["problems"][0]["remedy"]
    printed = words(capsys, str(tmp_path), *RTX_3060, *VERSION, "--weights-gib", "15.3", code=1)
    assert "It does not fit" in printed
    assert re.search(r"\n  missing +5\.\d GiB to", printed)
    assert "left for the context" not in printed
    assert "vllm serve" not in printed


def test_a_card_that_cannot_run_vllm(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    pascal = ("--gpu-name", "Tesla P40", "--gpu-total-gib", "23.9", "--compute-capability", "6.1")
    plan = answer(capsys, awq, *pascal, *VERSION, "--weights-gib", "5.7", code=1)
    assert plan["verdict"] == "unsupported"
    assert "Ollama" in plan["problems"][0]["remedy"]
    printed = words(capsys, awq, *pascal, *VERSION, "--weights-gib", "5.7", code=1)
    assert "Ollama" in printed
    assert "GiB" not in printed
    assert "Tool calls" not in printed


def test_in_words_the_parts_and_the_command_are_shown(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    printed = words(capsys, awq, *RTX_3060, *VERSION, "--weights-gib", "5.7")
    assert printed.startswith("Qwen3-8B-AWQ: It fits with a shorter context")
    assert "left for the context" in printed
    assert "2 % below" in printed
    assert "vLLM itself finds the exact limit" in printed
    assert "These numbers are estimated" in printed
    assert printed.rstrip().splitlines()[-1].startswith("vllm serve ")


def test_without_weights_their_size_is_estimated_and_said(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    plan = answer(capsys, awq, *RTX_3060, *VERSION)
    assert 5 * GIB < plan["memory"]["weights_bytes"] < 7 * GIB
    assert "weights_estimated" in [warning["kind"] for warning in plan["warnings"]]


def test_the_built_in_model_has_a_plan(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(capsys, "selftest", *RTX_3060, *VERSION)["verdict"] == "fits"


def test_this_computer_is_asked_when_none_is_described(awq: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", awq, "--json", "--vllm-version", "0.32.0+cpu"])
    plan = json.loads(capsys.readouterr().out)
    assert plan["memory"]["total_bytes"] > GIB
    assert plan["memory"]["free_bytes"] <= plan["memory"]["total_bytes"]
    assert "cpu_is_slow" in [warning["kind"] for warning in plan["warnings"]]


def test_a_computer_without_vllm_is_planned_for_with_the_newest(
    awq: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    plan = answer(capsys, awq, *RTX_3060, "--weights-gib", "5.7")
    assert plan["verdict"] == "reduced_context"


@pytest.mark.parametrize(
    ("content", "words_of_it"), [(None, "does not exist"), ("{", "config.json"), ("{}", "num_attention_heads")]
)
def test_a_bad_model_is_one_clear_sentence(
    tmp_path: Path, content: str | None, words_of_it: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    assert main(["plan", str(tmp_path), *RTX_3060, *VERSION]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert words_of_it in printed.err
    assert len(printed.err.splitlines()) == 1
    plan = answer(capsys, str(tmp_path), *RTX_3060, *VERSION, code=1)
    assert plan["problems"][0]["kind"] == "model_file_bad"
    assert plan["verdict"] is None


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gpu-memory-utilization", "7"),
        ("--max-model-len", "-1"),
        ("--kv-cache-dtype", "int3"),
        ("--yarn-factor", "100"),
    ],
)
def test_a_flag_that_is_not_allowed_says_what_is(
    awq: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", awq, *RTX_3060, *arguments]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(arguments[0] + " ")
    assert "allowed is" in printed


@pytest.mark.parametrize(
    "arguments",
    [
        ("--gpu-total-gib", "-1"),
        ("--gpu-total-gib", "0"),
        ("--compute-capability", "-1"),
        ("--compute-capability", "8.9.1"),
        ("--gpu-total-gib", "nan"),
        ("--gpu-total-gib", "much"),
        ("--gpu-count", "0"),
        ("--compute-capability", "new"),
        ("--vllm-version", "latest"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(awq: str, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["plan", awq, *arguments])
    assert ended.value.code == 2


def test_it_answers_quickly_and_without_qt(awq: str) -> None:
    program = (
        "import sys; from trayapp.__main__ import main; "
        f"main({['plan', awq, '--json', *RTX_3060, *VERSION]!r}); "
        "sys.exit('PySide6' in sys.modules)"
    )
    seconds = []
    for _attempt in range(3):
        before = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
        seconds.append(time.perf_counter() - before)
        assert done.returncode == 0, done.stderr
    # The figure to reach is half a second (tests/bench/plan_accuracy.py prints it); here only a gross mistake fails.
    assert min(seconds) < 2


def test_where_there_is_no_vllm_this_is_said_before_the_plan(
    awq: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    main(["plan", awq])
    first, _empty, plan = capsys.readouterr().out.splitlines()[:3]
    assert first.startswith("vLLM is not installed. ")
    assert re.search(r"This is the plan for vLLM \d+\.\d+\.\d+", first)
    assert plan.startswith("Qwen3-8B-AWQ: ")
    assert "not installed" not in words(capsys, awq, *RTX_3060)  # another computer has what it has
    assert "not installed" not in words(capsys, "selftest", "--vllm-version", "0.32.0+cpu")


@pytest.mark.parametrize(
    "option",
    [("--gpu-name", "RTX 3060"), ("--gpu-free-gib", "8"), ("--gpu-count", "2"), ("--compute-capability", "8.6")],
)
def test_what_describes_another_gpu_says_nothing_without_its_size(
    awq: str, capsys: pytest.CaptureFixture[str], option: tuple[str, str]
) -> None:
    assert main(["plan", awq, *option]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"{option[0]} describes the GPU of another computer; add its memory: --gpu-total-gib")
    assert said.out == ""


def test_a_folder_that_is_not_there_is_not_looked_for_on_the_hub(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "/nowhere"]) == 1
    assert "/nowhere is neither a folder nor a model" in capsys.readouterr().err
