"""A memory plan as the JSON that `vllm-tray plan --json` prints; sizes in bytes, lengths in tokens."""

from typing import TYPE_CHECKING

from trayapp.core.redaction import hide_secrets
from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from trayapp.core.launch_plan import Report
    from trayapp.core.memory_plan import MemoryPlan, Span
    from trayapp.core.problems import Problem


def report_json(report: "Report") -> dict[str, object]:
    """Return a report as an object for json.dumps; what could not be planned is null."""
    memory, launch = report.memory, report.launch
    return {
        "verdict": report.verdict.value,
        "memory": None if memory is None else _memory_json(memory),
        "kv_bytes_per_token": None if memory is None else memory.kv_bytes_per_token,
        "kv_cache_tokens": None if memory is None else _span_json(memory.kv_cache_tokens),
        "max_model_len": None
        if memory is None
        else {
            "native": memory.native_context,
            "largest_that_fits": _span_json(memory.largest_that_fits),
            "planned": memory.planned_context,
        },
        "basis": None if memory is None else memory.basis.value,
        "arguments": [] if launch is None else list(launch.arguments),
        "environment": {} if launch is None else hide_secrets(launch.environment),
        "problems": [problem_json(problem) for problem in report.problems],
        "warnings": [problem_json(problem) for problem in report.warnings],
    }


def problem_json(problem: "Problem") -> dict[str, object]:
    """Return a problem with its words."""
    words = problem_words(problem)
    return {"kind": problem.kind.value, "title": words.title, "detail": words.detail, "remedy": words.remedy}


def _memory_json(memory: "MemoryPlan") -> dict[str, object]:
    return {
        "total_bytes": memory.total_bytes,
        "free_bytes": memory.free_bytes,
        "reserve_bytes": memory.reserve_bytes,
        "budget_bytes": memory.budget_bytes,
        "weights_bytes": memory.weights_bytes,
        "activation_bytes": _span_json(memory.activation),
        "other_bytes": _span_json(memory.other),
        "cuda_graph_bytes": _span_json(memory.cuda_graphs),
        "kv_cache_bytes": _span_json(memory.kv_cache),
    }


def _span_json(span: "Span") -> dict[str, int]:
    return {"low": span.low, "high": span.high}
