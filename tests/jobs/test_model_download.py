"""A model is downloaded from a Hub on this computer by the real client, and every bad ending loses nothing."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import scan_cache_dir, snapshot_download

from tests.fakes.faults_on_demand import Fault
from tests.fakes.hub import COMMIT, FakeHub
from tests.faults.as_nobody import as_nobody
from trayapp.core.download import DownloadProgress, DownloadStep
from trayapp.core.problems import Problem, ProblemKind
from trayapp.jobs.model_download import DownloadWish, download_model

WEIGHTS = os.urandom(6 << 20)
NAME = "org/Tiny-1B"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    files: dict[str, Any] = {
        "config.json": b'{"model_type": "llama"}',
        "tokenizer.json": b"{}",
        "model.safetensors": WEIGHTS,
        "pytorch_model.bin": WEIGHTS,
        "README.md": b"words",
    }
    with FakeHub({NAME: files}) as fake:
        yield fake


class Run:
    """Downloads, and keeps what was told and how long it would have paused."""

    def __init__(self, hub: FakeHub, cache: Path) -> None:
        self.hub = hub
        self.cache = cache
        self.told: list[DownloadProgress] = []
        self.paused_s: list[float] = []

    def download(self, **wish: Any) -> Path | Problem:
        return download_model(
            DownloadWish(wish.pop("model", NAME), **wish),
            self.told.append,
            endpoint=self.hub.address,
            cache=self.cache,
            sleep=self.paused_s.append,
        )

    def fails(self, kind: ProblemKind, **wish: Any) -> Problem:
        problem = self.download(**wish)
        assert isinstance(problem, Problem)
        assert problem.kind is kind
        assert not list(self.cache.glob("*/snapshots/*"))
        return problem


@pytest.fixture
def run(hub: FakeHub, tmp_path: Path) -> Run:
    return Run(hub, tmp_path / "cache")


def test_what_vllm_needs_lies_in_the_cache_as_huggingface_hub_would_have_put_it(run: Run, hub: FakeHub) -> None:
    folder = run.download()
    assert isinstance(folder, Path)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS
    (repository,) = scan_cache_dir(run.cache).repos
    (revision,) = repository.revisions
    assert (repository.repo_id, revision.commit_hash, revision.refs) == (NAME, COMMIT, {"main"})
    # The real client finds all of it and fetches nothing.
    before = sum(hub.sent_bytes.values())
    patterns = ["*.json", "*.safetensors"]
    assert snapshot_download(NAME, endpoint=hub.address, cache_dir=run.cache, allow_patterns=patterns) == str(folder)
    assert sum(hub.sent_bytes.values()) == before


def test_it_tells_how_far_it_is_in_all_and_by_file(run: Run, hub: FakeHub) -> None:
    hub.bytes_a_second = 12 << 20
    run.download()
    assert [run.told[0].step, run.told[-1].step] == [DownloadStep.LOOKING, DownloadStep.DONE]
    on_the_way = [progress for progress in run.told if progress.files]
    assert on_the_way[0].files[0].name == "model.safetensors"
    assert on_the_way[0].files[0].total_bytes == len(WEIGHTS)
    assert on_the_way[-1].bytes_a_second > 0
    assert run.told[-1].done_bytes == run.told[-1].total_bytes == len(WEIGHTS) + 25


@pytest.mark.parametrize("commit", ["", "../../../elsewhere", "/nowhere/else", "main"])
def test_a_commit_that_is_none_names_no_folder(run: Run, hub: FakeHub, tmp_path: Path, commit: str) -> None:
    hub.commit = commit
    run.fails(ProblemKind.HUB_FAILED)
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]


class Larger(FakeHub):
    """Sends more of each large file than it has said."""

    def _entry(self, name: str, file: str) -> dict[str, object]:
        entry = super()._entry(name, file)
        return {**entry, "size": 1000} if "lfs" in entry else entry


def test_a_file_that_is_longer_than_was_said_does_not_fill_the_disk(tmp_path: Path) -> None:
    with Larger({NAME: {"config.json": b"{}", "model.safetensors": bytes(256 << 20)}}) as hub:
        Run(hub, tmp_path / "cache").fails(ProblemKind.FILE_CHECKSUM_WRONG)
        assert hub.sent_bytes["model.safetensors"] < 64 << 20


def test_a_second_download_fetches_nothing(run: Run, hub: FakeHub) -> None:
    run.download()
    before = sum(hub.sent_bytes.values())
    assert isinstance(run.download(), Path)
    assert sum(hub.sent_bytes.values()) == before


def test_a_network_that_goes_in_the_middle_is_waited_for_and_nothing_is_fetched_twice(run: Run, hub: FakeHub) -> None:
    hub.faults = [Fault(r"cdn/model\.safetensors", times=2, cut_after=2 << 20)]
    assert isinstance(run.download(), Path)
    assert run.paused_s == [1.0, 1.0]  # bytes came in between, and so it began anew
    assert hub.sent_bytes["model.safetensors"] <= len(WEIGHTS) * 1.05
    assert DownloadStep.WAITING in {progress.step for progress in run.told}


def test_a_network_that_stays_away_is_told_and_the_part_is_kept(run: Run, hub: FakeHub) -> None:
    hub.faults = [
        Fault(r"cdn/model\.safetensors", cut_after=3 << 20),
        Fault(r"cdn/model\.safetensors", times=99, cut_after=0),
    ]
    run.fails(ProblemKind.HUB_UNREACHABLE)
    assert run.paused_s == [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0]
    (part,) = run.cache.glob("*/blobs/*.incomplete")
    assert part.stat().st_size >= 2 << 20
    hub.faults.clear()
    assert isinstance(run.download(), Path)
    assert hub.sent_bytes["model.safetensors"] <= len(WEIGHTS) * 1.05


def test_a_hub_that_is_not_there_is_told(run: Run, hub: FakeHub) -> None:
    hub.address = "http://127.0.0.1:9"
    run.fails(ProblemKind.HUB_UNREACHABLE)


@pytest.mark.parametrize("path", [r"api/models", r"resolve/\w+/config", r"cdn/model"])
def test_a_hub_with_a_fault_is_tried_again(run: Run, hub: FakeHub, path: str) -> None:
    hub.faults = [Fault(path, times=2, status=500)]
    assert isinstance(run.download(), Path)
    assert run.paused_s == [1.0, 2.0]


def test_a_hub_that_asks_for_a_pause_gets_it(run: Run, hub: FakeHub) -> None:
    hub.faults = [Fault("cdn", status=429, headers={"Retry-After": "7"})]
    assert isinstance(run.download(), Path)
    assert run.paused_s == [7.0]


def test_a_hub_that_asks_for_a_very_long_pause_is_told(run: Run, hub: FakeHub) -> None:
    hub.faults = [Fault("cdn", times=9, status=429, headers={"Retry-After": "3600"})]
    assert run.fails(ProblemKind.HUB_BUSY).values["wait_s"] == 3600
    assert run.paused_s == []


def test_a_wrong_token_is_told(run: Run, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.tokens = ("hf_right",)
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    run.fails(ProblemKind.HUB_TOKEN_REFUSED)
    assert run.paused_s == []


def test_a_gated_model_needs_a_token(run: Run, hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.gated, hub.tokens = (NAME,), ("hf_right",)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    run.fails(ProblemKind.MODEL_GATED)
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    assert isinstance(run.download(), Path)


def test_an_unknown_model_is_told(run: Run) -> None:
    run.fails(ProblemKind.MODEL_NOT_ON_HUB, model="org/nothing")
    run.fails(ProblemKind.MODEL_NOT_ON_HUB, model="no/such/name")


def test_a_damaged_file_is_fetched_anew_and_told_when_it_stays_so(run: Run, hub: FakeHub) -> None:
    hub.faults = [Fault("cdn/model", times=2, damage=True)]
    assert run.fails(ProblemKind.FILE_CHECKSUM_WRONG).values["file"] == "model.safetensors"
    assert not list(run.cache.glob("*/blobs/*.incomplete"))
    hub.faults = [Fault("cdn/model", damage=True)]
    folder = run.download()
    assert isinstance(folder, Path)
    assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_damage_on_the_disk_is_found_when_asked_for(run: Run, hub: FakeHub) -> None:
    folder = run.download()
    assert isinstance(folder, Path)
    blob = (folder / "model.safetensors").resolve()
    blob.write_bytes(b"damaged")
    run.download()
    assert blob.read_bytes() == b"damaged"
    before = hub.sent_bytes["tokenizer.json"]
    run.download(check=True)
    assert blob.read_bytes() == WEIGHTS
    assert hub.sent_bytes["tokenizer.json"] == before


def test_a_part_that_is_not_of_this_file_is_thrown_away(run: Run, hub: FakeHub) -> None:
    blobs = run.cache / "models--org--Tiny-1B" / "blobs"
    blobs.mkdir(parents=True)
    part = blobs / f"{hub.etag(NAME, 'model.safetensors')}.incomplete"
    for wrong in (b"x" * 100, b"x" * (len(WEIGHTS) + 1), b"x" * len(WEIGHTS)):
        part.write_bytes(wrong)
        (blobs / hub.etag(NAME, "model.safetensors")).unlink(missing_ok=True)
        folder = run.download()
        assert isinstance(folder, Path)
        assert (folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_revision_that_changed_since_the_plan_is_told(run: Run, hub: FakeHub) -> None:
    hub.commit = "f" * 40
    run.fails(ProblemKind.MODEL_CHANGED, planned_commit=COMMIT)
    assert not hub.sent_bytes


def test_another_revision_stays_usable_while_a_new_one_fails(run: Run, hub: FakeHub) -> None:
    old = run.download()
    assert isinstance(old, Path)
    hub.commit = "f" * 40
    hub.models = {NAME: {**hub.models[NAME], "model.safetensors": os.urandom(1 << 20)}}
    hub._sums.clear()
    hub.faults = [Fault("cdn/model", times=99, status=500)]
    assert isinstance(run.download(), Problem)
    assert (old / "model.safetensors").read_bytes() == WEIGHTS
    assert (run.cache / "models--org--Tiny-1B" / "refs" / "main").read_text() == COMMIT


def test_a_pinned_revision_is_no_main(run: Run) -> None:
    assert isinstance(run.download(revision=COMMIT), Path)
    assert not list(run.cache.glob("*/refs/*"))


def test_a_full_disk_is_told_before_anything_large_is_fetched(run: Run, hub: FakeHub, tmp_path: Path) -> None:
    hub.models[NAME]["model.safetensors"] = huge = tmp_path / "huge.safetensors"
    with huge.open("wb") as file:
        file.truncate(1 << 43)
    hub._sums[NAME, "model.safetensors"] = "a" * 64
    problem = run.fails(ProblemKind.DISK_SPACE_LOW)
    assert int(str(problem.values["needed_bytes"])) > 1 << 43


def test_two_downloads_of_one_model_at_once_are_one(run: Run, hub: FakeHub) -> None:
    first = None

    def second(progress: DownloadProgress) -> None:
        nonlocal first
        if first is None and progress.step is DownloadStep.DOWNLOADING:
            first = download_model(DownloadWish(NAME), run.told.append, endpoint=hub.address, cache=run.cache)

    assert isinstance(download_model(DownloadWish(NAME), second, endpoint=hub.address, cache=run.cache), Path)
    assert isinstance(first, Problem)
    assert first.kind is ProblemKind.DOWNLOAD_RUNNING


@pytest.mark.parametrize(
    ("files", "kind"),
    [
        ({"config.json": b"{}", "pytorch_model.bin": b"x"}, ProblemKind.MODEL_PICKLED),
        ({"config.json": b"{}"}, ProblemKind.MODEL_WITHOUT_SAFETENSORS),
        ({"config.json": b"[]", "model.safetensors": b"x"}, ProblemKind.MODEL_FILE_BAD),
        ({"config.json": b"{", "model.safetensors": b"x"}, ProblemKind.MODEL_FILE_BAD),
        ({"model.safetensors": b"x"}, ProblemKind.MODEL_FILE_BAD),
        (
            {"config.json": b'{"auto_map": {}}', "own.py": b"", "model.safetensors": b"x"},
            ProblemKind.MODEL_CODE_NOT_ALLOWED,
        ),
        (
            {
                "config.json": b"{}",
                "model.safetensors.index.json": json.dumps({"weight_map": {"a": "gone.safetensors"}}).encode(),
                "model.safetensors": b"x",
            },
            ProblemKind.MODEL_INDEX_WRONG,
        ),
    ],
)
def test_what_is_not_worth_it_is_refused_before_its_weights(
    run: Run, hub: FakeHub, files: dict[str, bytes], kind: ProblemKind
) -> None:
    hub.models["org/odd"] = files
    run.fails(kind, model="org/odd")
    assert not hub.sent_bytes["model.safetensors"]


def test_the_code_of_one_revision_is_allowed(run: Run, hub: FakeHub) -> None:
    hub.models["org/odd"] = {"config.json": b'{"auto_map": {}}', "own.py": b"pass", "model.safetensors": b"x"}
    run.fails(ProblemKind.MODEL_CODE_NOT_ALLOWED, model="org/odd", code_allowed=(f"org/odd@{'f' * 40}",))
    folder = run.download(model="org/odd", code_allowed=(f"org/odd@{COMMIT}",))
    assert isinstance(folder, Path)
    assert (folder / "own.py").is_file()


def test_a_cache_without_permission_is_told(run: Run, tmp_path: Path) -> None:
    assert isinstance(run.download(), Path)
    tmp_path.chmod(0o755)
    run.cache.chmod(0o755)
    for folder in run.cache.rglob("*"):
        if folder.is_dir() and not folder.is_symlink():
            folder.chmod(0o755)
    problem = as_nobody(lambda: run.download(model="org/Other"))
    assert isinstance(problem, Problem)
    assert problem.kind is ProblemKind.FILE_NOT_WRITABLE
    assert problem.values["reason"] == "Permission denied"


def test_a_killed_download_goes_on_where_it_was(hub: FakeHub, tmp_path: Path) -> None:
    hub.models[NAME]["model.safetensors"] = whole = os.urandom(30 << 20)
    hub.bytes_a_second = 15 << 20
    cache = tmp_path / "cache"
    command = [sys.executable, "-m", "trayapp", "model", "download", NAME, "--json"]
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HUB_CACHE": str(cache)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            values = json.loads(line)
            if values.get("done_bytes", 0) > 0.8 * len(whole):
                child.send_signal(signal.SIGKILL)
                break
    hub.bytes_a_second = 0
    hub.sent_bytes.clear()
    (part,) = cache.glob("*/blobs/*.incomplete")
    missing = len(whole) - part.stat().st_size
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    assert hub.sent_bytes["model.safetensors"] == missing
    assert next(cache.glob("*/snapshots/*/model.safetensors")).read_bytes() == whole
