"""The state as `vllm-tray status --json` tells it: one flat object whose keys never change with the state."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from trayapp.core.found_cause import Diagnosis
from trayapp.core.states import Checking, Failed, Ready, Starting, State, Stopped, Stopping, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trayapp.core.machine import Gpu
    from trayapp.core.problems import Refusal


@dataclass(frozen=True, slots=True)
class Status:
    """What is known; None where the state does not say. Lengths are in tokens, progress is a share from 0 to 1."""

    state: str
    model: str | None = None
    endpoint: str | None = None
    backend: str | None = None
    max_model_len: int | None = None
    native_context: int | None = None
    phase: str | None = None
    progress: float | None = None
    launches: int = 0
    pid: int | None = None
    diagnosis: dict[str, object] | None = None


def status_of(state: State) -> Status:
    """Return the status of a state."""
    name = type(state).__name__.lower()
    match state:
        case Stopped():
            return Status(name)
        case Checking():
            return Status(name, launches=state.course.launches)
        case Starting() | Stopping() | Ready():
            plan = state.plan
            progress = state.done / state.total if isinstance(state, Starting) and state.done and state.total else None
            return Status(
                name,
                model=plan.model_name,
                endpoint=plan.endpoint,
                backend=plan.backend.value,
                max_model_len=(state.max_model_len or None) if isinstance(state, Ready) else plan.max_model_len,
                native_context=plan.native_context,
                phase=state.phase.value if isinstance(state, Starting) else None,
                progress=progress,
                launches=state.course.launches,
                pid=state.pid,
                diagnosis=_trouble(state),
            )
        case Waiting():
            return Status(
                name,
                model=state.plan.model_name if state.plan else None,
                backend=state.plan.backend.value if state.plan else None,
                native_context=state.plan.native_context if state.plan else None,
                launches=state.course.launches,
                diagnosis=_reason(state.diagnosis),
            )
        case Failed():
            plan_or_none = state.plan
            return Status(
                name,
                model=plan_or_none.model_name if plan_or_none else None,
                backend=plan_or_none.backend.value if plan_or_none else None,
                native_context=plan_or_none.native_context if plan_or_none else None,
                launches=state.course.launches,
                diagnosis=_reason(state.reason),
            )
        case _:
            assert_never(state)


def _trouble(state: Starting | Stopping | Ready) -> dict[str, object] | None:
    if isinstance(state, Starting) and state.stalled:
        return _diagnosis(state.stalled)
    if isinstance(state, Ready) and state.hangs:
        return {"cause": "hangs", "confidence": "likely", "values": {}, "evidence": []}
    return None


def _reason(reason: "Diagnosis | Refusal") -> dict[str, object]:
    if isinstance(reason, Diagnosis):
        return _diagnosis(reason)
    first = reason.problems[0]
    return {"cause": first.kind.value, "confidence": "certain", "values": dict(first.values), "evidence": []}


def _diagnosis(diagnosis: Diagnosis) -> dict[str, object]:
    return {
        "cause": diagnosis.cause.value,
        "confidence": diagnosis.confidence.value,
        "values": dict(diagnosis.values),
        "evidence": [{"line": evidence.line, "text": evidence.text} for evidence in diagnosis.evidence],
    }


def gpus_of(gpus: "Sequence[Gpu]") -> list[dict[str, object]]:
    """Return the GPUs as the status shows them."""
    return [
        {
            "name": gpu.name,
            "uuid": gpu.uuid,
            "total_bytes": gpu.memory_total_bytes,
            "free_bytes": gpu.memory_free_bytes,
        }
        for gpu in gpus
    ]
