"""`vllm-tray model`: what is here, what the Hub has with its verdict, a download with a bar, and removing."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from tests.fakes.hub import FakeHub
from trayapp.__main__ import main
from trayapp.commands import app_client
from trayapp.storage.folders import find_folders

CONFIG = {
    "model_type": "qwen3",
    "torch_dtype": "bfloat16",
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "hidden_size": 64,
    "intermediate_size": 128,
    "vocab_size": 1000,
    "max_position_embeddings": 4096,
}
HEADER = json.dumps({"a.weight": {"dtype": "BF16", "shape": [500], "data_offsets": [0, 1000]}}).encode()
WEIGHTS = struct.pack("<Q", len(HEADER)) + HEADER + bytes(1000)
NAME = "org/Tiny-1B"

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    with FakeHub({NAME: {"config.json": json.dumps(CONFIG).encode(), "model.safetensors": WEIGHTS}}) as fake:
        # huggingface_hub reads them from the environment once, when it is imported.
        monkeypatch.setattr(constants, "ENDPOINT", fake.address)
        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
        template = f"{fake.address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("huggingface_hub.utils._cache_manager.HF_HUB_CACHE", str(tmp_path / "cache"), raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        yield fake


def lines(capsys: Capture) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_without_a_model_the_list_says_so(hub: FakeHub, capsys: Capture) -> None:
    assert main(["model", "list"]) == 0
    assert "No model" in capsys.readouterr().out


def test_a_model_is_downloaded_listed_and_removed(hub: FakeHub, capsys: Capture) -> None:
    assert main(["model", "download", NAME]) == 0
    assert f"{NAME} is there" in capsys.readouterr().out
    assert main(["model", "list", "--json"]) == 0
    (row,) = lines(capsys)
    assert (row["model"], row["place"], row["verdict"]) == (NAME, "cache", "fits")
    assert main(["model", "list"]) == 0
    assert "It fits" in capsys.readouterr().out
    assert main(["model", "remove", NAME, "--json"]) == 0
    (removed,) = lines(capsys)
    assert removed == {"model": NAME, "freed_bytes": row["size_bytes"]}
    assert main(["model", "remove", NAME]) == 1
    assert "not found" in capsys.readouterr().err


def test_the_search_tells_the_verdict_before_the_download(hub: FakeHub, capsys: Capture) -> None:
    hub.models["org/Pickled-tiny"] = {"pytorch_model.bin": b"x"}
    assert main(["model", "search", "tiny", "--json"]) == 0
    rows = {row["model"]: row for row in lines(capsys)}
    assert rows[NAME]["verdict"] == "fits"
    assert rows[NAME]["size_bytes"] == 1000
    assert rows["org/Pickled-tiny"]["verdict"] is None
    assert main(["model", "search", "tiny"]) == 0
    assert NAME in capsys.readouterr().out


def test_the_catalogue_needs_no_network(hub: FakeHub, capsys: Capture) -> None:
    assert main(["model", "list", "--catalogue", "--json"]) == 0
    rows = lines(capsys)
    assert len(rows) >= 25
    assert all(row["verdict"] for row in rows)
    assert hub.requests == []


def test_a_failed_download_is_one_sentence(hub: FakeHub, capsys: Capture) -> None:
    assert main(["model", "download", "org/none"]) == 1
    captured = capsys.readouterr()
    assert "org/none" in captured.err
    assert "Traceback" not in captured.err
    assert main(["model", "download", "org/none", "--json"]) == 1
    last = lines(capsys)[-1]
    assert (last["step"], last["kind"]) == ("failed", "model_not_on_hub")


def test_offline_mode_is_respected(hub: FakeHub, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert main(["model", "download", NAME]) == 1
    assert "HF_HUB_OFFLINE" in capsys.readouterr().err
    assert main(["model", "search", "tiny"]) == 1
    assert hub.requests == []


def test_what_runs_is_not_removed(hub: FakeHub, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["model", "download", NAME]) == 0
    running = {"status": {"state": "ready", "model": "Tiny-1B"}}
    monkeypatch.setattr("trayapp.commands.model.call", lambda *_arguments: iter([running]))
    assert main(["model", "remove", NAME]) == 1
    assert "runs" in capsys.readouterr().err
    monkeypatch.setattr("trayapp.commands.model.call", app_client.call)
    assert main(["model", "remove", NAME]) == 0


def test_a_folder_of_the_settings_is_listed(hub: FakeHub, capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "mine" / "one"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "model.safetensors").write_bytes(WEIGHTS)
    settings = find_folders().settings_file
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"version": 1, "model_folders": [str(tmp_path / "mine")]}))
    assert main(["model", "list", "--json"]) == 0
    (row,) = lines(capsys)
    assert (row["model"], row["place"], row["verdict"]) == (str(folder), "folder", "fits")


@pytest.mark.parametrize("arguments", [["search"], ["search", "x", "--limit", "0"], ["download"], ["remove"], ["eat"]])
def test_a_wrong_command_line_is_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["model", *arguments])
    assert ended.value.code == 2
