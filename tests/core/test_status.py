"""`status --json`: the same keys in every state, and null for what is not known."""

from dataclasses import asdict

import pytest

from tests.builders import a_gpu, a_plan
from trayapp.core.diagnosis import Cause, Confidence, Diagnosis, Evidence
from trayapp.core.log_events import Phase
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.states import (
    Afterwards,
    Checking,
    Course,
    Failed,
    Ready,
    Starting,
    State,
    Stopped,
    Stopping,
    Waiting,
)
from trayapp.core.status import gpus_of, status_of

PLAN, COURSE = a_plan(), Course(launches=2)
CRASH = Diagnosis(Cause.ENGINE_DEAD_AT_RUNTIME, Confidence.LIKELY, (Evidence(3, "died"),), {"n": 1})
STATES: dict[str, State] = {
    "stopped": Stopped(),
    "checking": Checking(1, COURSE),
    "starting": Starting(1, PLAN, COURSE, Phase.LOADING_WEIGHTS, 2, 4, 7),
    "ready": Ready(1, PLAN, COURSE, 26_608, 7),
    "stopping": Stopping(1, PLAN, COURSE, Afterwards.STAY_STOPPED, 7),
    "waiting": Waiting(1, COURSE, 2.0, CRASH, PLAN),
    "failed": Failed(CRASH, COURSE, plan=PLAN),
}


@pytest.mark.parametrize("name", STATES)
def test_every_state_has_its_name_and_the_same_keys(name: str) -> None:
    status = status_of(STATES[name])
    assert status.state == name
    assert set(asdict(status)) == set(asdict(status_of(Stopped())))


def test_a_start_says_how_far_it_is() -> None:
    status = status_of(STATES["starting"])
    assert (status.phase, status.progress, status.launches, status.pid) == ("loading_weights", 0.5, 2, 7)
    assert status_of(Starting(1, PLAN, COURSE)).progress is None
    assert status_of(Starting(1, PLAN, COURSE, stalled=CRASH)).diagnosis is not None


def test_a_ready_model_says_where_and_how_long() -> None:
    status = status_of(STATES["ready"])
    assert (status.endpoint, status.max_model_len) == ("http://127.0.0.1:8000/v1", 26_608)
    assert (status.model, status.native_context, status.phase) == ("Qwen3-0.6B", 40_960, None)


def test_a_failure_says_why() -> None:
    for name in ("waiting", "failed"):
        status = status_of(STATES[name])
        assert status.diagnosis == {
            "cause": "engine_dead_at_runtime",
            "confidence": "likely",
            "values": {"n": 1},
            "evidence": [{"line": 3, "text": "died"}],
        }
        assert status.model == "Qwen3-0.6B"
    refused = status_of(Failed(Refusal((Problem(ProblemKind.NO_MODEL_CHOSEN),)), COURSE))
    assert refused.diagnosis is not None
    assert refused.diagnosis["cause"] == "no_model_chosen"
    assert refused.model is None
    assert status_of(Waiting(1, COURSE, 2.0, CRASH)).model is None


def test_gpus_have_name_number_and_memory() -> None:
    (gpu,) = gpus_of((a_gpu(),))
    assert set(gpu) == {"name", "uuid", "total_bytes", "free_bytes"}
