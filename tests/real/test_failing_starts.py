"""Each failure that can be brought about here, live on the real vLLM: what is told, and what its first button does."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.real.failing_starts import CACHE, FAILING, command_for, model_for
from tests.supervision.story import SLOW_MS, Story
from trayapp.core.events import StartWanted
from trayapp.core.found_cause import Confidence, Diagnosis
from trayapp.core.notices import ButtonId
from trayapp.core.problems import Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.states import Failed, Ready
from trayapp.probes.resources import resource
from trayapp.ui.announcements import Announcements
from trayapp.ui.wishes import Wishes
from trayapp.wording.diagnoses import diagnosis_words

pytestmark = [pytest.mark.real, pytest.mark.long]


class Shown:
    """Stands where the desktop shows notifications, and keeps the newest."""

    def __init__(self) -> None:
        self.title, self.body, self.buttons = "", "", ()

    def show(
        self, title: str, body: str = "", buttons: tuple[tuple[str, str], ...] = (), *, urgent: bool, lasting: bool
    ) -> None:
        self.title, self.body, self.buttons = title, body, buttons

    def withdraw(self) -> None:
        self.title = self.body = ""


@pytest.mark.parametrize("name", FAILING)
def test_a_failure_ends_in_its_notification_and_a_button_that_works(
    name: str, story: Callable[..., Story], vllm: Path, tmp_path: Path
) -> None:
    start = FAILING[name]
    model = model_for(start, resource("selftest-model"), tmp_path)
    executable = str(command_for(start, vllm, tmp_path))
    told = story(str(model), **{"environment": CACHE, **start.settings, "vllm_executable": executable})
    shown, wishes = Shown(), Wishes()
    announcements = Announcements(shown, wishes)
    told.controller.state_changed.connect(announcements.state_changed)
    wishes.event_wanted.connect(told.controller.take)

    told.controller.take(StartWanted())
    failed = told.wait_for(Failed, Ready)
    assert isinstance(failed, Failed)
    if isinstance(failed.reason, Refusal):
        assert [problem.kind for problem in failed.reason.problems] == [start.refused]
        if start.cause is None:
            assert shown.buttons[0][0].endswith(f":{ButtonId.CHOOSE_MODEL}")
            return
        press(announcements, shown, ButtonId.START_ANYWAY)
        failed = told.wait_for(Failed, Ready)
    else:
        assert start.refused is None
    assert isinstance(failed, Failed)
    assert isinstance(failed.reason, Diagnosis)
    assert failed.reason.cause is start.cause
    assert failed.reason.confidence is not Confidence.UNKNOWN
    assert shown.title == diagnosis_words(failed.reason)[0]
    assert len(shown.buttons) == 3
    if start.remedy is not None:
        assert failed.remedies[0].id is start.remedy
        press(announcements, shown, ButtonId.REMEDY)
        told.wait_for(Ready, timeout_ms=SLOW_MS)


def test_a_safe_remedy_brings_a_start_to_ready_unasked(story: Callable[..., Story]) -> None:
    """Two launches. The detected context is in test_main_job.py; what needs a GPU is replayed elsewhere."""
    ready = story(quantization="awq_marlin").start()
    assert [remedy.id for remedy in ready.course.tried] == [RemedyId.DROP_QUANTIZATION]
    assert ready.course.launches == 2
    assert "--quantization" not in ready.plan.arguments


def press(announcements: Announcements, shown: Shown, wanted: ButtonId) -> None:
    key = next(key for key, _ in shown.buttons if key.endswith(f":{wanted}"))
    announcements.pressed(key)
