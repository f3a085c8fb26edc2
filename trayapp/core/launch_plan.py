"""The complete command before anything runs, and why it is as it is. Pure: the machine comes in as a value.

The words of the command are launch_arguments.py, what the memory holds memory_plan.py.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from trayapp.core.launch_arguments import Chosen, launch_arguments, reserved_argument
from trayapp.core.launch_environment import CPU_SPACE, launch_environment
from trayapp.core.learned_limits import LearnedLimits, LearnedStart, LimitKey
from trayapp.core.model_facts import ModelFacts, read_model_facts
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.quantization import quantization_argument
from trayapp.core.rope import Stretch, plan_stretch
from trayapp.core.units import BLOCK_TOKENS, GIB, round_down

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.found_model import FoundModel
    from trayapp.core.machine import Gpu, Machine, VllmInstall
    from trayapp.core.settings import Settings
    from trayapp.core.vllm_version import VllmVersion

SEQUENCES_ON_GPU = 16
"""Requests at once for one person's machine. vLLM's default of 256 costs 38 B each and word of the vocabulary for
its sampler, up to 1.4 GiB, and CUDA graphs for batches that never come."""

SEQUENCES_ON_CPU = 4

HEAD_ROOM = 0.02
"""Share of the context that vLLM says is possible and that is not asked for: memory is never quite the same twice."""

_CPU_PROCESSES_BYTES = 3 * GIB  # three Python processes with torch imported, and what a forward pass needs
_CPU_SEQUENCES_KEPT = 4  # full contexts that the cache of a CPU build is made for, where the RAM allows it
_LEAST_UTILIZATION = 0.05


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
    limit_key: LimitKey
    warnings: tuple["Problem", ...] = ()
    notes: tuple[str, ...] = field(default=())
    gpus: tuple["Gpu", ...] = ()  # those it runs on
    remembered_as: LearnedStart | None = None  # what learned_start fills in


def learned_start(plan: LaunchPlan, max_model_len: int, figures: "Mapping[str, int]") -> LearnedStart:
    """Return what a start of this plan teaches: the length that it reached, when that is a limit, and its figures."""
    is_limit = plan.length_source in {LengthSource.AUTO, LengthSource.DETECTED, LengthSource.NATIVE}
    template = plan.remembered_as or LearnedStart(plan.limit_key)
    return replace(template, max_model_len=max_model_len if is_limit else 0, figures=dict(figures))


def below_limit(max_model_len: int) -> int:
    """Return the length to ask for when vLLM said that max_model_len is possible: 2 % less, in whole blocks."""
    kept = max_model_len * (100 - round(HEAD_ROOM * 100)) // 100
    return max(BLOCK_TOKENS, round_down(kept, BLOCK_TOKENS))


def plan_launch(
    settings: "Settings",
    machine: "Machine",
    install: "VllmInstall",
    model: "FoundModel",
    learned: LearnedLimits,
    *,
    detected_max_model_len: int | None = None,
    use_auto_length: bool = True,
    search_path: str = "",
) -> LaunchPlan | Refusal:
    """Return the plan of one launch, or why there is none.

    detected_max_model_len is the limit that the launch before told. use_auto_length=False keeps away from
    `--max-model-len auto`. search_path is the app's own PATH.
    """
    facts = read_model_facts(model)
    if isinstance(facts, Problem):
        return Refusal((facts,))
    stretch = _stretch(settings, facts, install.version)
    problem = stretch if isinstance(stretch, Problem) else _settings_problem(settings, facts, stretch)
    if problem is not None or isinstance(stretch, Problem):
        return Refusal((problem,) if problem else ())
    gpus = () if install.on_cpu else _choose_gpus(settings, machine)
    if not gpus and not install.on_cpu:
        return Refusal((machine.gpu_problem or Problem(ProblemKind.NO_GPU, {"reason": ""}),))
    longest = stretch.max_model_len if stretch else facts.native_context
    key = _limit_key(settings, install, model, gpus, stretch)
    max_model_len, source = _choose_length(
        settings, install.version, learned.find(key), longest, detected_max_model_len, use_auto_length=use_auto_length
    )
    utilization = _choose_utilization(settings, install, gpus)
    if utilization is not None and utilization < _LEAST_UTILIZATION:
        return Refusal((_no_memory(settings, model, gpus),))
    cpu_space_gib = _choose_cpu_space(settings, machine, install, model, facts, longest)
    max_num_seqs = settings.max_num_seqs or (SEQUENCES_ON_CPU if install.on_cpu else SEQUENCES_ON_GPU)
    capability = gpus[0].compute_capability if gpus else None
    chosen = Chosen(
        max_model_len=max_model_len,
        gpu_memory_utilization=utilization,
        max_num_seqs=max_num_seqs,
        tensor_parallel_size=settings.tensor_parallel_size or 1,
        dtype="" if settings.dtype == "auto" else settings.dtype,
        quantization=_quantization(settings, facts, install.version, capability),
        kv_cache_dtype="" if settings.kv_cache_dtype == "auto" else settings.kv_cache_dtype,
        stretch=stretch.arguments if stretch else (),
    )
    return LaunchPlan(
        executable=install.executable,
        arguments=launch_arguments(settings, model, chosen),
        environment=launch_environment(
            settings,
            install,
            model,
            gpus,
            one_of_several=len(machine.gpus) > len(gpus),
            cpu_space_gib=cpu_space_gib,
            search_path=search_path,
        ),
        model=model.source,
        model_name=model.name,
        host=settings.host,
        port=settings.port,
        native_context=facts.native_context,
        max_model_len=max_model_len,
        length_source=source,
        vllm_version=install.version,
        on_cpu=install.on_cpu,
        limit_key=key,
        gpus=gpus,
        remembered_as=LearnedStart(
            key,
            gpu_memory_utilization=utilization or 0.0,
            memory_total_bytes=gpus[0].memory_total_bytes if gpus else machine.memory_total_bytes,
            max_num_seqs=max_num_seqs,
            max_num_batched_tokens=settings.max_num_batched_tokens,
            enforce_eager=settings.enforce_eager,
            kv_cache_space_bytes=(cpu_space_gib or 0) * GIB,
        ),
    )


def _stretch(settings: "Settings", facts: ModelFacts, version: "VllmVersion") -> Stretch | Problem | None:
    if not settings.enable_yarn or settings.yarn_factor <= 1:
        return None
    return plan_stretch(facts, version, settings.yarn_factor)


def _settings_problem(settings: "Settings", facts: ModelFacts, stretch: Stretch | None) -> Problem | None:
    reserved = reserved_argument(settings.extra_arguments)
    if reserved is not None:
        argument, setting = reserved
        return Problem(ProblemKind.ARGUMENT_NOT_ALLOWED, {"argument": argument, "setting": setting, "reason": ""})
    longest = stretch.max_model_len if stretch else facts.native_context
    if settings.max_model_len > longest and "VLLM_ALLOW_LONG_MAX_MODEL_LEN" not in settings.environment:
        values = {"asked": settings.max_model_len, "longest": longest, "native_context": facts.native_context}
        return Problem(ProblemKind.CONTEXT_TOO_LONG, values)
    return None


def _choose_gpus(settings: "Settings", machine: "Machine") -> "tuple[Gpu, ...]":
    """Return the GPUs to run on: as many as asked for, the one of the settings first, then those with most free."""
    count = settings.tensor_parallel_size or 1
    order = sorted(machine.gpus, key=lambda gpu: (gpu.uuid != settings.gpu_uuid, -gpu.memory_free_bytes, gpu.index))
    return tuple(sorted(order[:count], key=lambda gpu: gpu.index))


def _choose_length(
    settings: "Settings",
    version: "VllmVersion",
    known: LearnedStart | None,
    longest: int,
    detected: int | None,
    *,
    use_auto_length: bool,
) -> tuple[int | None, LengthSource]:
    if settings.max_model_len:
        return settings.max_model_len, LengthSource.USER
    if detected:
        return min(longest, max(BLOCK_TOKENS, round_down(detected, BLOCK_TOKENS))), LengthSource.DETECTED
    if known is not None and known.max_model_len:
        # The model's own end is no matter of memory; it needs no head-room.
        length = longest if known.max_model_len >= longest else below_limit(known.max_model_len)
        return length, LengthSource.LEARNED
    if use_auto_length and version.finds_context_length:
        return None, LengthSource.AUTO
    return longest, LengthSource.NATIVE


def _choose_utilization(settings: "Settings", install: "VllmInstall", gpus: "tuple[Gpu, ...]") -> float | None:
    """Return the share of the GPU to take: the one asked for, else what is free less the reserve, rounded down."""
    if settings.gpu_memory_utilization:
        return settings.gpu_memory_utilization
    if install.on_cpu:
        return None
    share = min((gpu.memory_free_bytes - settings.memory_reserve_bytes) / gpu.memory_total_bytes for gpu in gpus)
    return min(install.version.default_gpu_memory_utilization, max(0, int(share * 100)) / 100)


def _choose_cpu_space(
    settings: "Settings",
    machine: "Machine",
    install: "VllmInstall",
    model: "FoundModel",
    facts: ModelFacts,
    longest: int,
) -> int | None:
    """Return GiB of RAM for the KV cache of a CPU build; None where the user or a GPU decides."""
    if not install.on_cpu or settings.gpu_memory_utilization or CPU_SPACE in settings.environment:
        return None
    left = machine.memory_available_bytes - (model.weights_bytes or 0) - _CPU_PROCESSES_BYTES
    per_token = sum(layer.count * layer.kv_heads * (layer.key_size + layer.value_size) for layer in facts.kv_layers) * 2
    useful = -(-_CPU_SEQUENCES_KEPT * longest * per_token // GIB)
    return max(1, min(left // GIB, useful))


def _quantization(
    settings: "Settings", facts: ModelFacts, version: "VllmVersion", capability: tuple[int, int] | None
) -> str:
    if settings.quantization == "none" or facts.quantization.declared:
        return ""
    if settings.quantization != "auto":
        return settings.quantization
    return quantization_argument(facts.quantization, version, capability)


def _no_memory(settings: "Settings", model: "FoundModel", gpus: "tuple[Gpu, ...]") -> Problem:
    needed = (model.weights_bytes or 0) + settings.memory_reserve_bytes
    free = min(gpu.memory_free_bytes for gpu in gpus)
    return Problem(ProblemKind.MEMORY_DOES_NOT_FIT, {"needed_bytes": needed, "free_bytes": free})


def _limit_key(
    settings: "Settings",
    install: "VllmInstall",
    model: "FoundModel",
    gpus: "tuple[Gpu, ...]",
    stretch: Stretch | None,
) -> LimitKey:
    flags = {
        "gpu_memory_utilization": settings.gpu_memory_utilization or "auto",
        "max_num_seqs": settings.max_num_seqs or "auto",
        "max_num_batched_tokens": settings.max_num_batched_tokens or "auto",
        "kv_cache_dtype": settings.kv_cache_dtype,
        "dtype": settings.dtype,
        "quantization": settings.quantization,
        "tensor_parallel_size": settings.tensor_parallel_size or 1,
        "enforce_eager": settings.enforce_eager,
        "longest": stretch.max_model_len if stretch else 0,
        "extra": " ".join(settings.extra_arguments),
        "space": settings.environment.get(CPU_SPACE, "auto"),
    }
    return LimitKey(
        gpu="+".join(gpu.uuid for gpu in gpus) or "cpu",
        model=f"{model.source}@{model.revision}",
        vllm_version=str(install.version),
        flags=" ".join(f"{name}={value}" for name, value in flags.items()),
    )
