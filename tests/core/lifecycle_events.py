"""Events of the lifecycle as the tests need them again and again."""

from types import MappingProxyType

from trayapp.core.diagnosis import Cause, Confidence, Diagnosis
from trayapp.core.events import ServerEnded
from trayapp.core.exits import Exit
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedies import Remedy, RemedyId

REFUSAL = Refusal((Problem(ProblemKind.NO_MODEL_CHOSEN),))
TOO_SMALL = Diagnosis(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, Confidence.CERTAIN)
UNKNOWN = Diagnosis(Cause.UNKNOWN, Confidence.UNKNOWN)
SHORTER = Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes=MappingProxyType({"max_model_len": 9216}))


def ended(run: int, diagnosis: Diagnosis = UNKNOWN, *remedies: Remedy, at_s: float = 0.0, **how: object) -> ServerEnded:
    return ServerEnded(run, Exit(**{"code": 1, **how}), diagnosis, remedies, at_s)  # type: ignore[arg-type]
