"""One launch as a value: the complete command, and where its context length comes from.

How it is worked out is launch_plan.py. Nothing heavy is imported here: the app knows these values before it plans.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.learned_limits import LearnedStart, LimitKey
    from trayapp.core.machine import Gpu
    from trayapp.core.memory_plan import MemoryPlan
    from trayapp.core.problems import Problem
    from trayapp.core.vllm_version import VllmVersion


class LengthSource(StrEnum):
    """Where the context length of a plan comes from."""

    USER = "user"  # settings say it
    LEARNED = "learned"  # an earlier start measured the limit; a little less is asked
    AUTO = "auto"  # vLLM finds it in this launch (0.14 or later); max_model_len is None
    NATIVE = "native"  # the model's own length, tried first where vLLM cannot find the limit
    DETECTED = "detected"  # the launch before this one told the limit


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything one launch needs: command, environment, and what the person is told about it."""

    executable: str
    arguments: tuple[str, ...]  # without the executable; starts with "serve"
    environment: "Mapping[str, str]"  # added to the app's own
    model: str  # the folder or id given to vLLM
    model_name: str  # --served-model-name, what people and clients see
    host: str
    port: int
    native_context: int | None
    max_model_len: int | None  # None: --max-model-len auto
    length_source: LengthSource
    vllm_version: "VllmVersion"
    on_cpu: bool
    limit_key: "LimitKey"
    warnings: tuple["Problem", ...] = ()
    notes: tuple[str, ...] = field(default=())
    gpus: tuple["Gpu", ...] = ()  # those it runs on
    remembered_as: "LearnedStart | None" = None  # what learned_start fills in
    memory: "MemoryPlan | None" = None
