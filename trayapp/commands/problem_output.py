"""A problem on the command line: three sentences for a person, one object for a program."""

import json
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from trayapp.wording.problems import problem_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Problem

FAILED = 1


def problem_text(problem: "Problem") -> str:
    """Return a problem as one paragraph."""
    words = problem_words(problem)
    return f"{words.title}. {words.detail} {words.remedy}".strip()


def print_problem(problem: "Problem", *, as_json: bool) -> int:
    """Print a problem and return the exit code for it."""
    detail = problem_text(problem)
    if as_json:
        print_json({"step": "failed", "kind": problem.kind.value, "detail": detail, "values": dict(problem.values)})
    else:
        print(detail, file=sys.stderr)
    return FAILED


def print_json(values: "Mapping[str, object]") -> None:
    """Print one object on a line of its own."""
    with suppress(BrokenPipeError):  # whoever read is gone; the work goes on
        print(json.dumps(values), flush=True)
