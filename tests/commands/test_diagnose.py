"""`vllm-tray diagnose` answers for a log from anywhere, without Qt."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.core.recordings import load
from trayapp.__main__ import main
from trayapp.commands import diagnose
from trayapp.core.log_lines import LONGEST_LINE


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "server.log"
    path.write_text("\n".join(load("kv_cache_too_small").lines()), encoding="utf-8")
    return path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["diagnose", "--json", *arguments]) == 0
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def test_the_answer_has_the_cause_the_proof_the_figures_and_the_way_out(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = answer(capsys, str(log))
    assert values["cause"] == "kv_cache_too_small_for_max_len"
    assert values["confidence"] == "certain"
    assert values["title"] == "Not enough memory for this context length"
    assert "9,216" in values["explanation"]
    evidence = values["evidence"][0]
    assert "estimated maximum model length is 9216" in log.read_text().split("\n")[evidence["line"] - 1]
    assert values["values"]["estimated_max_model_len"] == 9216
    assert values["values"]["available_kv_bytes"] < values["values"]["needed_bytes"]
    assert values["remedies"][0] == {
        "id": "use_detected_context",
        "title": "Use 9,216 tokens",
        "automatic": True,
        "changes": {"max_model_len": 9216},
    }


def test_standard_input_is_read(log: Path) -> None:
    with log.open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-m", "trayapp", "diagnose", "-"], stdin=stream, capture_output=True, text=True, check=True
        )
    assert done.stdout.startswith("Not enough memory for this context length\n")
    assert "Use 9,216 tokens" in done.stdout


def test_qt_is_not_needed(log: Path) -> None:
    code = (
        "import sys; sys.modules['PySide6'] = None; from trayapp.__main__ import main; "
        f"sys.exit(main(['diagnose', {str(log)!r}]))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_what_is_known_beside_the_log_can_be_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_text("CUDA error: no kernel image is available for execution on the device")
    assert answer(capsys, str(path), "--compute-capability", "12.0")["cause"] == "gpu_too_new_for_build"
    assert answer(capsys, str(path), "--compute-capability", "6.1")["cause"] == "gpu_too_old_compute_capability"
    assert answer(capsys, str(path), "--stopped-by-user")["cause"] == "healthy"
    path.write_text("nothing")
    assert answer(capsys, str(path))["cause"] == "unknown"
    assert answer(capsys, str(path), "--exit-code", "-9")["cause"] == "host_ram_oom_killed"
    assert answer(capsys, str(path), "--exit-code", "137", "--vllm-version", "0.11.0")["cause"] == "host_ram_oom_killed"
    assert answer(capsys, str(path), "--exit-code", "1")["confidence"] == "unknown"


@pytest.mark.parametrize("option", [["--vllm-version", "new"], ["--compute-capability", "high"]])
def test_what_makes_no_sense_is_refused(log: Path, option: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["diagnose", str(log), *option])
    assert refused.value.code == 2


def test_a_log_that_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagnose", str(tmp_path / "missing")]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_an_unknown_cause_shows_the_last_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_text("Traceback (most recent call last):\nKeyError: 'something new'\n")
    assert main(["diagnose", str(path)]) == 0
    assert "KeyError: 'something new'" in capsys.readouterr().out


def test_remedies_with_variables_are_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_text("RuntimeError: UVA is not available")
    changes = answer(capsys, str(path))["remedies"][0]["changes"]
    assert changes == {"environment": {"VLLM_WSL2_ENABLE_PIN_MEMORY": "1"}}


def numbered(data: bytes) -> list[tuple[int, str]]:
    return list(diagnose.read_log(io.BytesIO(data)))


def test_lines_keep_the_numbers_that_an_editor_shows() -> None:
    assert numbered(b"a\r\n\rb\nc") == [(1, "a"), (2, "\rb"), (3, "c")]
    assert numbered(b"") == []
    assert numbered(b"\n") == [(1, "")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_what_powershell_wrote_is_read(encoding: str) -> None:
    mark = "\ufeff".encode(encoding)
    assert numbered(mark + "a\r\nUVA is not available".encode(encoding)) == [(1, "a"), (2, "UVA is not available")]


def test_a_line_without_end_comes_in_pieces_with_one_number() -> None:
    lines = numbered(b"x" * (3 * LONGEST_LINE) + b"\nnext\n")
    assert {number for number, line in lines if line.startswith("x")} == {1}
    assert lines[-1] == (2, "next")


def test_of_an_endless_log_the_first_and_the_last_lines_are_kept() -> None:
    count = diagnose.FIRST_LINES + 2 * diagnose.LAST_LINES + 10
    lines = numbered(b"\n".join(b"%d" % number for number in range(1, count + 1)))
    assert len(lines) == diagnose.FIRST_LINES + diagnose.LAST_LINES
    assert lines[0] == (1, "1")
    assert lines[-1] == (count, str(count))
    assert all(number == int(line) for number, line in lines)


def test_of_endless_lines_only_so_many_bytes_are_kept() -> None:
    line = b"x" * (LONGEST_LINE - 1) + b"\n"
    count = (diagnose.FIRST_BYTES + diagnose.LAST_BYTES) // len(line) + 100
    lines = numbered(line * count)
    assert lines[-1][0] == count
    assert sum(len(line) for _number, line in lines) <= diagnose.FIRST_BYTES + diagnose.LAST_BYTES


def test_a_page_of_binary_rubbish_gets_an_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "log"
    path.write_bytes(bytes(range(256)) * 400)
    assert answer(capsys, str(path))["cause"] == "unknown"
