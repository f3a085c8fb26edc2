"""What speaks against a plan, and what a person should know about it: problems and warnings as values."""

from typing import TYPE_CHECKING

from trayapp.core.gpu_support import gpu_values, quantization_problem, shares_memory, support_problem
from trayapp.core.memory_advice import find_ways
from trayapp.core.memory_fit import needed_bytes
from trayapp.core.memory_plan import Basis, MemoryPlan, Verdict
from trayapp.core.model_code import is_code_allowed
from trayapp.core.openness import openness_warning
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.tool_parsers import has_parser
from trayapp.core.units import MIB

if TYPE_CHECKING:
    from trayapp.core.choices import Choices
    from trayapp.core.situation import Situation

_WORTH_TELLING_BYTES = 256 * MIB  # a desktop's own windows are less, and nobody closes those
_LENGTH_SLACK = 1.1  # how far above the estimate a length must be to be refused: the estimate is one


def find_problems(situation: "Situation", choices: "Choices", memory: MemoryPlan) -> tuple[Problem, ...]:
    """Return why this launch cannot work, the gravest first; () when it may."""
    version = situation.install.version
    found: list[Problem | None] = []
    for gpu in choices.gpus[:1]:
        found += [support_problem(gpu, version), quantization_problem(gpu, situation.facts.quantization, version)]
    found += [
        _plugin_problem(situation),
        _length_problem(situation),
        _utilization_problem(choices, memory),
        _memory_problem(situation, memory),
    ]
    problems = [problem for problem in found if problem is not None]
    if not problems and memory.verdict is Verdict.DOES_NOT_FIT:
        problems.append(_does_not_fit(situation, choices, memory))
    limit = memory.largest_that_fits.high * _LENGTH_SLACK
    if not problems and situation.settings.max_model_len > limit:
        problems.append(_reduced(situation, choices, memory))
    return tuple(problems)


def find_warnings(situation: "Situation", choices: "Choices", memory: MemoryPlan) -> tuple[Problem, ...]:
    """Return what a person should know although the launch may work."""
    facts, model, gpu = situation.facts, situation.model, choices.gpu
    found: list[Problem] = [warning for warning in (openness_warning(situation.settings),) if warning]
    if model.weights_bytes is None:
        found.append(Problem(ProblemKind.WEIGHTS_ESTIMATED, {"weights_bytes": choices.weights_bytes}))
    if model.missing_files:
        found.append(Problem(ProblemKind.MODEL_INCOMPLETE, {"model": model.name, "files": model.missing_files}))
    if facts.length_is_guessed:
        found.append(Problem(ProblemKind.CONTEXT_GUESSED, {"native_context": facts.native_context}))
    if facts.needs_code and not is_code_allowed(situation.settings, model):
        found.append(Problem(ProblemKind.MODEL_NEEDS_CODE, {"model": model.name}))
    asked = situation.settings.quantization
    if asked not in {"auto", "none"} and facts.quantization.declared:
        values = {"asked": asked, "found": facts.quantization.method}
        found.append(Problem(ProblemKind.QUANTIZATION_IGNORED, values))
    if gpu is None:
        found.append(Problem(ProblemKind.CPU_IS_SLOW))
    else:
        found += _gpu_warnings(situation, choices)
        if memory.basis is Basis.ESTIMATED:
            found += _rough_parts(situation, choices)
    if choices.image_arguments:
        found.append(Problem(ProblemKind.IMAGES_LIMITED))
    if situation.stretch and memory.largest_that_fits.high <= facts.native_context:
        values_of_length = {"native_context": facts.native_context, "planned": memory.planned_context}
        found.append(Problem(ProblemKind.YARN_BUYS_NOTHING, values_of_length))
    if memory.verdict is Verdict.REDUCED_CONTEXT:
        found.append(_reduced(situation, choices, memory))
    if not has_parser(situation):
        family = facts.model_type.removesuffix("_text")
        template = bool(model.chat_template)
        found.append(Problem(ProblemKind.NO_TOOL_PARSER, {"model_type": family, "template": template}))
    return tuple(found)


def _gpu_warnings(situation: "Situation", choices: "Choices") -> list[Problem]:
    found = []
    for gpu in choices.gpus[:1]:
        if shares_memory(gpu):
            found.append(Problem(ProblemKind.UNIFIED_MEMORY, {"gpu": gpu.name}))
        if situation.settings.dtype == "auto" and choices.dtype and situation.facts.dtype == "bfloat16":
            dtype = "float16" if choices.dtype == "half" else choices.dtype
            found.append(Problem(ProblemKind.DTYPE_CHANGED, {"gpu": gpu.name, "dtype": dtype}))
        users = [user for user in gpu.users if (user.memory_bytes or 0) >= _WORTH_TELLING_BYTES]
        if users:
            names, used = ", ".join(user.name for user in users), sum(user.memory_bytes or 0 for user in users)
            found.append(Problem(ProblemKind.GPU_IN_USE, {"gpu": gpu.name, "users": names, "used_bytes": used}))
    return found


def _rough_parts(situation: "Situation", choices: "Choices") -> list[Problem]:
    """Return why the range is wide as long as nobody has measured such a start."""
    reasons = []
    if situation.facts.multimodal and not choices.load.images_off:
        reasons.append("images")
    if choices.load.over_many_gpus:
        reasons.append("gpus")
    count = len(choices.gpus)
    return [Problem(ProblemKind.ROUGH_ESTIMATE, {"reason": reason, "count": count}) for reason in reasons]


def _plugin_problem(situation: "Situation") -> Problem | None:
    method, version = situation.facts.quantization.method, situation.install.version
    plugin = ""
    if method == "gguf" and version.at_least(0, 25, 0):
        plugin = "vllm-gguf-plugin"
    elif method == "bitsandbytes" and version.at_least(0, 28, 0):
        plugin = "vllm-bnb-plugin"
    if not plugin:
        return None
    values = {"method": method, "version": str(version), "plugin": plugin}
    return Problem(ProblemKind.QUANTIZATION_NEEDS_PLUGIN, values)


def _length_problem(situation: "Situation") -> Problem | None:
    asked, longest = situation.settings.max_model_len, situation.longest_context
    if asked <= longest or "VLLM_ALLOW_LONG_MAX_MODEL_LEN" in situation.settings.environment:
        return None
    values = {"asked": asked, "longest": longest, "native_context": situation.facts.native_context}
    return Problem(ProblemKind.CONTEXT_TOO_LONG, values)


def _utilization_problem(choices: "Choices", memory: MemoryPlan) -> Problem | None:
    if choices.gpu is None or memory.budget_bytes <= memory.free_bytes:
        return None
    possible = max(0, memory.free_bytes * 100 // memory.total_bytes - 1) / 100
    return Problem(
        ProblemKind.UTILIZATION_TOO_HIGH,
        {
            "asked": choices.utilization,
            "possible": possible,
            "needed_bytes": memory.budget_bytes,
            "free_bytes": memory.free_bytes,
        },
    )


def _memory_problem(situation: "Situation", memory: MemoryPlan) -> Problem | None:
    if not situation.install.on_cpu or memory.budget_bytes <= memory.free_bytes:
        return None
    values = {"needed_bytes": memory.budget_bytes, "free_bytes": memory.free_bytes}
    return Problem(ProblemKind.MEMORY_RAM_LOW, values)


def _does_not_fit(situation: "Situation", choices: "Choices", memory: MemoryPlan) -> Problem:
    return Problem(
        ProblemKind.MEMORY_DOES_NOT_FIT,
        {
            "needed_bytes": needed_bytes(memory),
            "free_bytes": memory.budget_bytes,
            "largest": memory.largest_that_fits.high,
            "ways": ",".join(find_ways(situation, choices, memory)),
            **(gpu_values(choices.gpu) if choices.gpu else {}),
        },
    )


def _reduced(situation: "Situation", choices: "Choices", memory: MemoryPlan) -> Problem:
    return Problem(
        ProblemKind.CONTEXT_REDUCED,
        {
            "wanted": memory.wanted_context,
            "largest": memory.largest_that_fits.high,
            "planned": memory.planned_context,
            "ways": ",".join(find_ways(situation, choices, memory)),
        },
    )
