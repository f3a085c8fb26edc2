"""The complete command before anything runs, and why it is as it is. Pure: the machine comes in as a value.

The values that the settings leave open are choices.py, the memory is memory_fit.py, the words launch_arguments.py.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from trayapp.core.choices import Choices, choose
from trayapp.core.extra_arguments import find_refused
from trayapp.core.launch import LaunchPlan, LengthSource
from trayapp.core.launch_arguments import Chosen, launch_arguments
from trayapp.core.launch_environment import CPU_SPACE, launch_environment
from trayapp.core.learned_limits import LearnedLimits, LearnedStart, LimitKey
from trayapp.core.limit_keys import limit_key_for
from trayapp.core.memory_fit import below_limit, given_cpu_space, layout_of, plan_memory
from trayapp.core.memory_plan import MemoryPlan, Verdict
from trayapp.core.model_code import code_of, is_code_allowed, pickle_problem, weights_arguments
from trayapp.core.model_facts import read_model_facts
from trayapp.core.openness import openness_problem
from trayapp.core.plan_findings import find_problems, find_warnings
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.remedy import RemedyId
from trayapp.core.rope import plan_stretch
from trayapp.core.situation import FIRST_ATTEMPT, Attempt, Situation
from trayapp.core.tool_parsers import parser_arguments
from trayapp.core.units import BLOCK_TOKENS, GIB, round_down

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.found_model import FoundModel
    from trayapp.core.machine import Machine, VllmInstall
    from trayapp.core.remedy import Remedy
    from trayapp.core.settings import Settings

__all__ = [
    "Attempt",
    "LaunchPlan",
    "LearnedStart",
    "LengthSource",
    "LimitKey",
    "Report",
    "learned_start",
    "plan_launch",
    "plan_report",
]


@dataclass(frozen=True, slots=True)
class Report:
    """A plan with all that stands in its way; memory and launch are None where not even they could be made."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    memory: MemoryPlan | None = None
    launch: LaunchPlan | None = None

    @property
    def verdict(self) -> Verdict:
        """Whether the model fits; unsupported where this GPU or computer cannot run it at all."""
        if self.memory is None or any(problem.kind in _UNSUPPORTED for problem in self.problems):
            return Verdict.UNSUPPORTED
        return self.memory.verdict


_UNSUPPORTED = frozenset(
    {
        ProblemKind.GPU_NOT_SUPPORTED,
        ProblemKind.QUANTIZATION_NOT_SUPPORTED,
        ProblemKind.QUANTIZATION_NEEDS_PLUGIN,
    }
)


def learned_start(
    plan: LaunchPlan, max_model_len: int, figures: "Mapping[str, int]", tried: "tuple[Remedy, ...]" = ()
) -> LearnedStart:
    """Return what a start of this plan teaches: the length that it reached, when that is a limit, and its figures.

    Also the share of the GPU, where more was too much for this model. Where other programs were in the way, a later
    start may have more.
    """
    is_limit = plan.length_source in {LengthSource.AUTO, LengthSource.DETECTED, LengthSource.NATIVE}
    template = plan.remembered_as or LearnedStart(plan.limit_key)
    length, ways = max_model_len if is_limit else 0, {remedy.id for remedy in tried}
    too_much = RemedyId.LOWER_UTILIZATION in ways and RemedyId.TAKE_WHAT_IS_FREE not in ways
    lowered = template.gpu_memory_utilization if too_much else 0.0
    return replace(template, max_model_len=length, figures=dict(figures), lowered_utilization=lowered)


def plan_launch(
    settings: "Settings",
    machine: "Machine",
    install: "VllmInstall",
    model: "FoundModel",
    learned: LearnedLimits,
    attempt: Attempt = FIRST_ATTEMPT,
) -> LaunchPlan | Refusal:
    """Return the plan of one launch, or why there is none."""
    report = plan_report(settings, machine, install, model, learned, attempt)
    if report.launch is None:
        return Refusal(report.problems)
    missing = _missing_files(settings, model)
    problems = (missing, *report.problems) if missing else report.problems
    if problems and not attempt.anyway:
        return Refusal(problems, may_start_anyway=True)
    return report.launch


def _missing_files(settings: "Settings", model: "FoundModel") -> Problem | None:
    """Return the problem of a folder that lacks weights; those of an id on the Hub are downloaded by vLLM."""
    if model.complete or model.source != model.folder or "--load-format" in settings.extra_arguments:
        return None
    return Problem(ProblemKind.MODEL_INCOMPLETE, {"model": model.name, "files": model.missing_files})


def plan_report(
    settings: "Settings",
    machine: "Machine",
    install: "VllmInstall",
    model: "FoundModel",
    learned: LearnedLimits,
    attempt: Attempt = FIRST_ATTEMPT,
) -> Report:
    """Return the plan of one launch with the problems that speak against it; see plan_launch."""
    facts = read_model_facts(model)
    if isinstance(facts, Problem):
        return Report((facts,))
    stretch = plan_stretch(facts, install.version, settings.yarn_factor) if settings.enable_yarn else None
    if isinstance(stretch, Problem):
        return Report((stretch,))
    situation = Situation(settings, machine, install, model, facts, learned, stretch, attempt)
    unsafe = _unsafe(settings, model)
    if unsafe is not None:
        return Report((unsafe,))
    choices = choose(situation)
    if isinstance(choices, Problem):
        return Report((choices,))
    key = limit_key_for(situation, choices.gpus)
    memory = plan_memory(situation, choices)
    known = learned.find(key)
    length = _choose_length(situation, memory, known)
    space = given_cpu_space(situation, choices, layout_of(situation, choices))
    warnings = find_warnings(situation, choices, memory)
    launch = LaunchPlan(
        executable=install.executable,
        arguments=launch_arguments(settings, model, install.version, _chosen(situation, choices, length[0])),
        environment=launch_environment(
            settings,
            install,
            model,
            choices.gpus,
            one_of_several=len(machine.gpus) > len(choices.gpus),
            cpu_space_gib=None if space is None or CPU_SPACE in settings.environment else space // GIB,
            search_path=machine.search_path,
        ),
        model=model.source,
        model_name=settings.served_model_name or model.name,
        host=settings.host,
        port=settings.port,
        native_context=facts.native_context,
        max_model_len=length[0],
        length_source=length[1],
        vllm_version=install.version,
        on_cpu=install.on_cpu,
        limit_key=key,
        warnings=warnings,
        gpus=choices.gpus,
        remembered_as=_template(key, situation, choices, space),
        memory=memory,
        code_allowed=code_of(model) if is_code_allowed(settings, model) else "",
        interpreter=install.interpreter,
    )
    return Report(find_problems(situation, choices, memory), warnings, memory, launch)


def _unsafe(settings: "Settings", model: "FoundModel") -> Problem | None:
    """Return what would open the server, show a secret or run foreign code: never without the person's word."""
    refused = find_refused(settings.extra_arguments, code_allowed=is_code_allowed(settings, model))
    if refused is not None:
        values = {"argument": refused.argument, "setting": refused.setting, "reason": refused.why.value}
        return Problem(ProblemKind.ARGUMENT_NOT_ALLOWED, {**values, "code": code_of(model)})
    return openness_problem(settings) or pickle_problem(settings, model)


def _chosen(situation: Situation, choices: Choices, max_model_len: int | None) -> Chosen:
    return Chosen(
        max_model_len=max_model_len,
        gpu_memory_utilization=choices.utilization,
        max_num_seqs=choices.max_num_seqs,
        tensor_parallel_size=choices.load.tensor_parallel_size,
        dtype=choices.dtype,
        quantization=choices.quantization,
        kv_cache_dtype=choices.kv_cache_dtype,
        stretch=(situation.stretch.arguments if situation.stretch else ()) + choices.image_arguments,
        parsers=parser_arguments(situation),
        weights=weights_arguments(situation.settings, situation.model, situation.facts.quantization.method),
    )


def _choose_length(
    situation: Situation, memory: MemoryPlan, known: LearnedStart | None
) -> tuple[int | None, LengthSource]:
    longest, detected = situation.longest_context, situation.attempt.detected_max_model_len
    if situation.settings.max_model_len:
        return situation.settings.max_model_len, LengthSource.USER
    if detected:
        return min(longest, max(BLOCK_TOKENS, round_down(detected, BLOCK_TOKENS))), LengthSource.DETECTED
    if known is not None and known.max_model_len:
        return _length_below(known, memory, longest), LengthSource.LEARNED
    if situation.attempt.use_auto_length and situation.install.version.finds_context_length:
        return None, LengthSource.AUTO
    return longest, LengthSource.NATIVE


def _length_below(known: LearnedStart, memory: MemoryPlan, longest: int) -> int:
    """Return the length to ask for where a limit is known.

    The same again after every start; but less when there is less memory than then, and not less than the model's own
    end when that was reached: it is no matter of memory and needs no head-room.
    """
    limit = known.max_model_len
    if known.memory_total_bytes and memory.budget_bytes < _budget_of(known) and memory.largest_that_fits.high:
        limit = min(limit, memory.largest_that_fits.high)
    return longest if limit >= longest else max(BLOCK_TOKENS, below_limit(limit))


def _budget_of(known: LearnedStart) -> int:
    return int(known.gpu_memory_utilization * known.memory_total_bytes)


def _template(key: LimitKey, situation: Situation, choices: Choices, space_bytes: int | None) -> LearnedStart:
    return LearnedStart(
        key,
        gpu_memory_utilization=choices.utilization or 0.0,
        memory_total_bytes=choices.total_bytes,
        max_num_seqs=choices.max_num_seqs,
        max_num_batched_tokens=choices.load.max_num_batched_tokens,
        enforce_eager=situation.settings.enforce_eager,
        kv_cache_space_bytes=space_bytes or 0,
    )
