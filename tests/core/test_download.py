"""What an answer of the Hub means: told at once, or tried again, and after how long."""

import pytest

from trayapp.core.download import DownloadProgress, DownloadStep, hub_trouble
from trayapp.core.problems import ProblemKind


@pytest.mark.parametrize(
    ("status", "code", "kind", "again"),
    [
        (0, "", ProblemKind.HUB_UNREACHABLE, True),
        (400, "", ProblemKind.HUB_FAILED, False),
        (401, "", ProblemKind.HUB_TOKEN_REFUSED, False),
        (401, "RepoNotFound", ProblemKind.MODEL_NOT_ON_HUB, False),
        (401, "GatedRepo", ProblemKind.MODEL_GATED, False),
        (403, "", ProblemKind.MODEL_GATED, False),
        (404, "", ProblemKind.MODEL_NOT_ON_HUB, False),
        (500, "", ProblemKind.HUB_FAILED, True),
        (503, "", ProblemKind.HUB_FAILED, True),
    ],
)
def test_every_answer_has_a_meaning(status: int, code: str, kind: ProblemKind, again: bool) -> None:
    trouble = hub_trouble("org/m", status, code)
    assert (trouble.problem.kind, trouble.again) == (kind, again)


@pytest.mark.parametrize(("text", "again", "wait_s"), [("", True, 0), ("7", True, 7), ("9000", False, 9000)])
def test_a_pause_that_the_hub_asks_for_is_kept_unless_it_is_very_long(text: str, again: bool, wait_s: float) -> None:
    trouble = hub_trouble("org/m", 429, "", text)
    assert (trouble.problem.kind, trouble.again, trouble.wait_s) == (ProblemKind.HUB_BUSY, again, wait_s)


def test_the_time_that_is_left_needs_a_rate() -> None:
    progress = DownloadProgress(DownloadStep.DOWNLOADING, "org/m", done_bytes=40, total_bytes=100)
    assert progress.seconds_left is None
    progress = DownloadProgress(DownloadStep.DOWNLOADING, "org/m", done_bytes=40, total_bytes=100, bytes_a_second=10)
    assert progress.seconds_left == 6
