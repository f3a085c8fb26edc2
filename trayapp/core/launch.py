"""One launch as a value: what runs the model, under which address, and where its context length comes from.

How it is worked out is launch_plan.py. Nothing heavy is imported here: the app knows these values before it plans.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from trayapp.core.backend import Backend
from trayapp.core.endpoint import endpoint

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
    SERVER = "server"  # the server has its own, which is not ours to choose


@dataclass(frozen=True, slots=True)
class LaunchPlan:
    """Everything one launch of vLLM needs: command, environment, and what the person is told about it."""

    backend: ClassVar[Backend] = Backend.VLLM
    is_ours: ClassVar[bool] = True  # its end is a crash; a server that is not ours is only lost, and waited for
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
    code_allowed: str = ""  # MODEL@REVISION when the person lets this one run code
    interpreter: tuple[str, ...] = ()  # see VllmInstall

    @property
    def endpoint(self) -> str:
        """The address that programs are given."""
        return endpoint(self.host, self.port)

    @property
    def version(self) -> str:
        """The version of vLLM."""
        return str(self.vllm_version)

    @property
    def what_runs(self) -> str:
        """The command, for the log."""
        return " ".join((self.executable, *self.arguments))


@dataclass(frozen=True, slots=True)
class OllamaPlan:
    """Everything one launch with Ollama needs."""

    backend: ClassVar[Backend] = Backend.OLLAMA
    is_ours: ClassVar[bool] = True
    model: str  # its name in Ollama, such as "qwen3:8b"
    model_name: str  # what programs must ask for: the same, or one that was made for the chosen context length
    url: str  # where Ollama answers, without a path
    executable: str  # the program that is started first; "" when Ollama runs already
    native_context: int | None
    max_model_len: int | None  # num_ctx; None: Ollama decides
    length_source: LengthSource
    version: str | None = None
    warnings: tuple["Problem", ...] = ()

    @property
    def arguments(self) -> tuple[str, ...]:
        """The arguments of the program, where it is started."""
        return ("serve",)

    @property
    def environment(self) -> "Mapping[str, str]":
        """What is added to the environment of the program, where it is started: a length for every request to /v1."""
        length = {"OLLAMA_CONTEXT_LENGTH": str(self.max_model_len)} if self.max_model_len else {}
        return {"OLLAMA_HOST": self.url, "OLLAMA_KEEP_ALIVE": "-1", **length}

    @property
    def endpoint(self) -> str:
        """The address that programs are given."""
        return f"{self.url}/v1"

    @property
    def what_runs(self) -> str:
        """What is done, for the log."""
        return f"{self.executable} serve" if self.executable else f"Ollama at {self.url}"


@dataclass(frozen=True, slots=True)
class RemotePlan:
    """A server elsewhere that has just passed every check."""

    backend: ClassVar[Backend] = Backend.REMOTE
    is_ours: ClassVar[bool] = False
    server: str  # the name that the person gave it
    url: str  # without /v1
    ca_file: str
    model: str
    max_model_len: int | None  # None: it does not tell
    version: str | None = None  # of vLLM, when it is one
    native_context: int | None = None
    length_source: LengthSource = LengthSource.SERVER
    warnings: tuple["Problem", ...] = ()

    @property
    def model_name(self) -> str:
        """What people and clients see."""
        return self.model

    @property
    def endpoint(self) -> str:
        """The address that programs are given."""
        return f"{self.url}/v1"

    @property
    def what_runs(self) -> str:
        """What is done, for the log."""
        return f"{self.server} at {self.url}"


Launchable = LaunchPlan | OllamaPlan | RemotePlan
