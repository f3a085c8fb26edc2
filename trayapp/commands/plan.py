"""plan: whether a model fits this computer, or another one that the options describe. Starts nothing; no Qt."""

import argparse
import json
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.commands.option_values import capability, count, gib, gib_of_a_gpu, number, vllm_version, whole_number
from trayapp.core.backend_advice import Because, advise
from trayapp.core.choices import default_sequences
from trayapp.core.launch_plan import Report, plan_report
from trayapp.core.learned_limits import LearnedLimits
from trayapp.core.machine import Gpu, Machine, VllmInstall
from trayapp.core.memory_plan import Verdict
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.runtime_choice import newest_install
from trayapp.core.settings import check_setting
from trayapp.core.units import bytes_from_gib
from trayapp.core.ways import Way
from trayapp.probes.model_files import find_model
from trayapp.storage.folders import find_folders
from trayapp.storage.settings_file import current_settings
from trayapp.wording.backend_advice import advice_words
from trayapp.wording.plan import (
    basis_words,
    context_words,
    flag_words,
    longer_context_words,
    memory_parts,
    needs_total_words,
    no_vllm_words,
    report_heading,
    start_words,
)
from trayapp.wording.plan_json import problem_json, report_json
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trayapp.core.found_model import FoundModel
    from trayapp.core.settings import Settings

FITS, DOES_NOT_FIT = 0, 1


_SETTINGS: "Mapping[str, Callable[[str], str | int | float]]" = {
    "gpu_memory_utilization": number,
    "max_model_len": whole_number,
    "max_num_seqs": whole_number,
    "max_num_batched_tokens": whole_number,
    "kv_cache_dtype": str,
    "tensor_parallel_size": whole_number,
    "yarn_factor": number,
}


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser of this command."""
    parser = subparsers.add_parser(
        "plan",
        help=_("say whether a model fits this computer, without starting anything"),
        description=_description(),
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--json", action="store_true", help=_("one JSON object; sizes in bytes"))
    machine = parser.add_argument_group(_("another computer"))
    machine.add_argument("--gpu-name", metavar="NAME", default="")
    machine.add_argument("--gpu-total-gib", metavar="GIB", type=gib_of_a_gpu)
    machine.add_argument("--gpu-free-gib", metavar="GIB", type=gib, help=_("0.5 less than the total if not given"))
    machine.add_argument("--gpu-count", metavar="N", type=count, default=1)
    machine.add_argument("--compute-capability", metavar="X.Y", type=capability)
    machine.add_argument("--vllm-version", metavar="VERSION", type=vllm_version)
    machine.add_argument("--weights-gib", metavar="GIB", type=gib, help=_("size of the weights, on one GPU"))
    flags = parser.add_argument_group(_("settings for this plan"))
    for name, kind in _SETTINGS.items():
        flags.add_argument("--" + name.replace("_", "-"), type=kind, metavar="N" if kind is not str else "TYPE")
    flags.add_argument("--enforce-eager", action="store_true")


def _description() -> str:
    return _(
        """\
Say whether a model fits, how long its context may be, and what the memory holds, without starting anything.
MODEL is a folder, a config.json, the name of a downloaded model, or one on the Hugging Face Hub.
"""
    )


def _epilog() -> str:
    return _(
        """\
With --gpu-total-gib the plan is for another GPU; a --gpu-memory-utilization then describes a start by hand: the
options that it leaves out have vLLM's defaults. With several GPUs all sizes are for one of them.

exit codes: 0 it fits, perhaps with a shorter context; 1 it does not fit or cannot run; 2 the command line is wrong
"""
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the plan and return the exit code."""
    alone = _only_of_another_computer(arguments)
    if alone:
        print(needs_total_words(alone), file=sys.stderr)
        return 2
    folders = find_folders()
    settings = _settings(arguments, current_settings(folders.settings_file))
    if isinstance(settings, Problem):
        print(flag_words(settings), file=sys.stderr)
        return 2
    model = _model(arguments, settings)
    if isinstance(model, Problem):
        return _print_problem(arguments, model)
    machine = _machine(arguments)
    install, no_vllm = _install(arguments, settings, machine, folders.runtimes)
    described = arguments.gpu_total_gib is not None
    if described and arguments.gpu_memory_utilization is not None and arguments.max_num_seqs is None:
        settings = replace(settings, max_num_seqs=default_sequences(machine.gpus[0] if machine.gpus else None))
    learned = LearnedLimits() if described else _learned(folders.learned_file)
    report = plan_report(settings, machine, install, model, learned)
    if report.memory is None and (not arguments.json or report.problems[0].kind is ProblemKind.MODEL_FILE_BAD):
        return _print_problem(arguments, report.problems[0])
    advice = advise(report, model, machine.gpus[0] if machine.gpus else None)
    if arguments.json:
        told = {"backend": advice.backend.value, "because": advice.because.value, "words": advice_words(advice)}
        print(json.dumps({**report_json(report), "advice": told}, indent=2))
    else:
        lines = _lines(model.name, report, [no_vllm_words(no_vllm, install.version), ""] if no_vllm else [])
        print("\n".join(lines if advice.because is Because.IT_FITS else [*lines, "", advice_words(advice)]))
    return FITS if report.verdict in {Verdict.FITS, Verdict.REDUCED_CONTEXT} and not report.problems else DOES_NOT_FIT


def _only_of_another_computer(arguments: argparse.Namespace) -> str:
    """Return an option that says something of another GPU whose size is not told, "" for none."""
    if arguments.gpu_total_gib is not None:
        return ""
    told = {
        "--gpu-name": arguments.gpu_name,
        "--gpu-free-gib": arguments.gpu_free_gib is not None,
        "--gpu-count": arguments.gpu_count != 1,
        "--compute-capability": arguments.compute_capability,
    }
    return next((option for option, is_told in told.items() if is_told), "")


def _settings(arguments: argparse.Namespace, settings: "Settings") -> "Settings | Problem":
    changes: dict[str, object] = {"model": arguments.model}
    if arguments.gpu_total_gib is not None:
        # Another computer: what this one's settings say about its GPU has no meaning there.
        changes |= {"gpu_uuid": "", "tensor_parallel_size": 0}
    for name in _SETTINGS:
        value = getattr(arguments, name)
        if value is not None:
            problem = check_setting(name, value)
            if problem is not None:
                return problem
            changes[name] = value
    if arguments.yarn_factor is not None:
        changes["enable_yarn"] = True
    if arguments.enforce_eager:
        changes["enforce_eager"] = True
    return settings.with_changes({"model": arguments.model}).for_model().with_changes(changes)


def _model(arguments: argparse.Namespace, settings: "Settings") -> "FoundModel | Problem":
    name = arguments.model
    model = find_model(name)
    may_be_id = name.count("/") == 1 and not name.startswith(("/", ".", "~"))
    if isinstance(model, Problem) and model.kind is ProblemKind.MODEL_NOT_FOUND and may_be_id:
        from trayapp.probes.hub_models import find_hub_model

        model = find_hub_model(name)
    if isinstance(model, Problem) or arguments.weights_gib is None:
        return model
    weights_bytes = bytes_from_gib(arguments.weights_gib) * (settings.tensor_parallel_size or 1)
    return replace(model, weights_bytes=weights_bytes, tensors=None)


def _machine(arguments: argparse.Namespace) -> Machine:
    from trayapp.probes.memory_in_use import find_machine_for_next

    if arguments.gpu_total_gib is None:
        return find_machine_for_next()
    total = arguments.gpu_total_gib
    free = arguments.gpu_free_gib if arguments.gpu_free_gib is not None else max(0.0, total - 0.5)
    return Machine(
        gpus=tuple(
            Gpu(
                index=index,
                uuid=f"described-{index}",
                name=arguments.gpu_name or "GPU",
                memory_total_bytes=bytes_from_gib(total),
                memory_free_bytes=bytes_from_gib(min(free, total)),
                compute_capability=arguments.compute_capability,
            )
            for index in range(arguments.gpu_count)
        ),
        search_path=os.environ.get("PATH", ""),
    )


def _install(
    arguments: argparse.Namespace, settings: "Settings", machine: Machine, runtimes: Path
) -> tuple[VllmInstall, Problem | None]:
    """Return the vLLM to plan with, and why there is none on this computer where the plan is for this one."""
    if arguments.vllm_version is not None:
        return VllmInstall("vllm", arguments.vllm_version), None
    from trayapp.probes.vllm_install import find_vllm

    found = find_vllm(settings.vllm_executable, runtimes)
    described = arguments.gpu_total_gib is not None
    if isinstance(found, VllmInstall) and not (found.on_cpu and described):
        return found, None
    return newest_install(machine), found if isinstance(found, Problem) and not described else None


def _learned(path: Path) -> LearnedLimits:
    from trayapp.storage.learned_file import current_limits

    return current_limits(path)


def _lines(name: str, report: Report, before: list[str]) -> list[str]:
    lines = [*before, report_heading(name, report)]
    cannot = report.verdict is Verdict.UNSUPPORTED  # sizes and advice for what cannot run would only mislead
    memory = None if cannot else report.memory
    if memory is not None:
        parts = memory_parts(memory)
        width = max(len(part) for part, _size in parts)
        lines += ["", *(f"  {part:<{width}}  {size}" for part, size in parts)]
        lines += ["", context_words(memory)]
        if memory.verdict is Verdict.REDUCED_CONTEXT and report.launch:
            lines.append(start_words(report.launch.length_source, report.launch.max_model_len))
        lines.append(basis_words(memory.basis))
    warnings = () if cannot else tuple(warning for warning in report.warnings if warning not in report.problems)
    for problem in (*report.problems, *warnings):
        title, detail, remedy = problem_words(problem)
        asked = Way.SHORTER_CONTEXT in str(problem.values.get("ways")).split(",")
        if problem.kind is ProblemKind.CONTEXT_REDUCED and not asked:
            # The sentence about the context has said it; what would help is all that is new.
            lines += ["", longer_context_words(remedy)] if remedy else []
            continue
        lines += ["", f"{title}. {detail}", *([f"  {remedy}"] if remedy else [])]
    if report.launch is not None and not report.problems:
        lines += ["", shlex.join(("vllm", *report.launch.arguments))]
    return lines


def _print_problem(arguments: argparse.Namespace, problem: Problem) -> int:
    if arguments.json:
        print(json.dumps({"verdict": None, "problems": [problem_json(problem)], "warnings": []}, indent=2))
    else:
        title, detail, remedy = problem_words(problem)
        print(f"{title}. {detail} {remedy}".strip(), file=sys.stderr)
    return DOES_NOT_FIT
