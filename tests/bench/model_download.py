"""Downloads from a Hub on this computer: beside `hf download`, after a SIGKILL, and what they hold in memory; verdicts.

The Hub is a process of its own and sends by the kernel, so that it is not what is measured.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import psutil

from tests.bench.figures import Figure
from tests.fakes.hub import COMMIT

ROOT = Path(__file__).resolve().parents[2]
NAME = "org/Measured-1B"
MODEL_BYTES = 1_000_000_000
LARGE_BYTES = 10_000_000_000
SHARDS = 4
TURNS = 5
MODELS = 30
VERDICT_TURNS = 5


def measure(turns: int = TURNS, model_bytes: int = MODEL_BYTES, large_bytes: int = LARGE_BYTES) -> list[Figure]:
    """Return all figures of downloads."""
    with tempfile.TemporaryDirectory(prefix="bench-hub-") as name:
        folder = Path(name)
        with _hub(folder / "model", model_bytes) as hub:
            figures = [_beside_hf(hub, folder, turns), _after_kill(hub, folder, model_bytes)]
        shutil.rmtree(folder / "model")
        with _hub(folder / "large", large_bytes) as hub:
            figures.append(_memory(hub, folder, large_bytes))
    return [*figures, _verdicts(MODELS)]


@contextmanager
def _hub(folder: Path, model_bytes: int) -> Iterator[str]:
    """Yield the address of a Hub with a model of that size in some files."""
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "llama"}')
    block = os.urandom(1 << 20)
    for number in range(SHARDS):
        left = model_bytes // SHARDS
        with (folder / f"model-{number}.safetensors").open("wb") as file:
            while left:
                left -= file.write(block[: min(left, len(block))])
            file.write(bytes([number]))
    command = [sys.executable, "-m", "tests.fakes.hub", f"{NAME}={folder}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        _timed(_ours(), address, folder.parent / "warm")  # it reads every file once for its checksum
        try:
            yield address
        finally:
            process.terminate()


def _ours() -> list[str]:
    return [sys.executable, "-m", "trayapp", "model", "download", NAME, "--json"]


def _environment(address: str, cache: Path) -> dict[str, str]:
    # This Hub has no Xet storage; both programs fetch over HTTP.
    own = {"HF_ENDPOINT": address, "HF_HUB_CACHE": str(cache), "HF_HUB_DISABLE_XET": "1"}
    return {**os.environ, **own, "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_UPDATE_CHECK": "1"}


def _beside_hf(hub: str, folder: Path, turns: int) -> Figure:
    theirs = [str(Path(sys.executable).with_name("hf")), "download", NAME, "--quiet"]
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _turn in range(turns):
        for who, command in (("theirs", theirs), ("ours", _ours())):
            times[who].append(_timed(command, hub, folder / "cache"))
    ours_s, theirs_s = median(times["ours"]), median(times["theirs"])
    how = f"median of {turns} turns: {ours_s:.2f} s with checksum, hf download {theirs_s:.2f} s without"
    return Figure("download of 1 GB ÷ hf download", ours_s / theirs_s, "", 1.05, how)


def _timed(command: Sequence[str], hub: str, cache: Path) -> float:
    os.sync()  # what the turn before wrote is not this one's
    started = time.perf_counter()
    subprocess.run(command, env=_environment(hub, cache), cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    took_s = time.perf_counter() - started
    assert len(list(cache.glob("*/snapshots/*/*.safetensors"))) == SHARDS
    shutil.rmtree(cache)
    return took_s


def _after_kill(hub: str, folder: Path, model_bytes: int) -> Figure:
    cache = folder / "cache"
    with subprocess.Popen(_ours(), env=_environment(hub, cache), cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        # Its own lines come four times a second, which is too seldom for a fast Hub: what lies on the disk is asked.
        while _on_disk(cache) < 0.9 * model_bytes:
            assert process.poll() is None
        process.kill()
    killed_at = _on_disk(cache)
    result = subprocess.run(_ours(), env=_environment(hub, cache), cwd=ROOT, capture_output=True, check=True)
    last = json.loads(result.stdout.splitlines()[-1])
    shutil.rmtree(cache)
    again = last["fetched_bytes"] - (last["total_bytes"] - killed_at)
    how = f"killed with {killed_at / model_bytes:.0%} on the disk, then a new process"
    return Figure("bytes fetched again after SIGKILL", 100 * max(0, again) / model_bytes, "%", 5, how)


def _on_disk(cache: Path) -> int:
    total = 0
    for path in cache.glob("*/blobs/*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # it has got its name just now
            return _on_disk(cache)
    return total


def _memory(hub: str, folder: Path, large_bytes: int) -> Figure:
    """Watch a download from its first tenth on: until then libraries are loaded and buffers made."""
    cache = folder / "cache"
    sizes: list[int] = []
    with subprocess.Popen(_ours(), env=_environment(hub, cache), cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        watched = psutil.Process(process.pid)
        for line in process.stdout:
            values = json.loads(line)
            if values["step"] == "downloading" and values["done_bytes"] > large_bytes / 10:
                sizes.append(watched.memory_info().rss)
    assert process.returncode == 0
    shutil.rmtree(cache)
    first, most = sizes[0] / 1e6, max(sizes) / 1e6
    how = f"download process over {large_bytes / 1e9:.0f} GB: {first:.0f} MB, at most {most:.0f} MB"
    return Figure("growth of memory", most - first, "MB", 20, how)


def _verdicts(models: int) -> Figure:
    """Return how long the verdicts of a full cache take, without the start of the program."""
    with tempfile.TemporaryDirectory(prefix="bench-models-") as name:
        cache = Path(name)
        for number in range(models):
            _put_model(cache, number)
        program = (
            "import sys, time; from pathlib import Path; from trayapp.model_shelf import local_rows, survey\n"
            "from trayapp.storage.folders import find_folders\n"
            "started = time.perf_counter()\n"
            "rows = local_rows(survey(find_folders()), Path(sys.argv[1]))\n"
            "assert all(row.verdict for row in rows)\n"
            "print(len(rows), time.perf_counter() - started)"
        )
        times = []
        for _turn in range(VERDICT_TURNS):
            command = [sys.executable, "-c", program, name]
            found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
            assert int(found[0]) == models
            times.append(float(found[1]))
    how = f"median of {VERDICT_TURNS}: scan of the cache, headers and plans, new process each"
    return Figure(f"verdicts for {models} models", median(times), "s", 1.0, how)


def _put_model(cache: Path, number: int) -> None:
    repository = cache / f"models--org--model-{number}"
    snapshot = repository / "snapshots" / COMMIT
    for folder in (snapshot, repository / "refs", repository / "blobs"):
        folder.mkdir(parents=True)
    (repository / "refs" / "main").write_text(COMMIT)
    config = {
        "model_type": "qwen3",
        "torch_dtype": "bfloat16",
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "hidden_size": 4096,
        "intermediate_size": 12288,
        "vocab_size": 151_936,
        "max_position_embeddings": 40_960,
    }
    tensors = {
        f"model.layers.{layer}.{part}.weight": {"dtype": "BF16", "shape": [8], "data_offsets": [0, 16]}
        for layer in range(36)
        for part in ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "norm", "norm2")
    }
    header = json.dumps(tensors).encode()
    shard = len(header).to_bytes(8, "little") + header + bytes(16)
    tokenizer = json.dumps({"chat_template": "x" * 4000}).encode()
    names = {"config.json": json.dumps(config).encode(), "tokenizer_config.json": tokenizer}
    names |= {f"model-{part}.safetensors": shard for part in range(4)}
    for name, content in names.items():
        blob = repository / "blobs" / name
        blob.write_bytes(content)
        (snapshot / name).symlink_to(Path("..") / ".." / "blobs" / name)
