"""ollama: the models that Ollama has, and downloading one with its progress. No Qt."""

import argparse
import json
import signal
import sys
from typing import TYPE_CHECKING

from trayapp.backends.http_client import AskingFailed
from trayapp.backends.ollama_client import find_loaded, find_models, find_program, ollama_target, pull, runs_as_service
from trayapp.core.endpoint import is_this_computer_only
from trayapp.core.ollama import LoadedModel, Pull, named
from trayapp.core.problems import Problem, ProblemKind
from trayapp.wording.places import pull_step_words
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from types import FrameType

FAILED = 1
CANCELLED = 130


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of this command."""
    text = _("The models of Ollama on this computer: list, pull.")
    parser = subparsers.add_parser("ollama", help=text, description=text)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = _("List the models on the disk, and how much of each is in memory and on the GPU.")
    listing = actions.add_parser("list", help=text, description=text)
    text = _("Download a model. Run again after an interruption, it goes on where it ended.")
    download = actions.add_parser("pull", help=text, description=text)
    download.add_argument("model", metavar="MODEL", help=_("such as qwen3:8b"))
    for action in (listing, download):
        action.add_argument("--json", action="store_true", help=_("one JSON object a line"))


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks for and return the exit code: 0, 1 when it failed, 130 when it was cancelled."""
    if arguments.action == "list":
        return _list(as_json=arguments.json)
    return _pull(arguments.model, as_json=arguments.json)


def _list(*, as_json: bool) -> int:
    try:
        target = ollama_target()
        models, loaded = find_models(target), find_loaded(target)
    except AskingFailed as failed:
        return _say(_cause(failed.problem))
    for model in models:
        held = named(loaded, model.name)
        percent = held.gpu_percent if isinstance(held, LoadedModel) else None
        if as_json:
            print(json.dumps({"name": model.name, "size_bytes": model.size_bytes, "gpu_percent": percent}))
        else:
            row = f"{model.name}  {bytes_words(model.size_bytes)}  {model.quantization}".rstrip()
            print(row if percent is None else f"{row}  " + _("loaded, {percent} % on the GPU").format(percent=percent))
    if not models and not as_json:
        print(_("Ollama has no model. Download one with: vllm-tray ollama pull NAME"))
    return 0


def _pull(model: str, *, as_json: bool) -> int:
    before = signal.signal(signal.SIGTERM, _cancel)
    shown = ""

    def told(progress: Pull) -> None:
        nonlocal shown
        step = {"status": progress.status, "done_bytes": progress.done_bytes, "total_bytes": progress.total_bytes}
        if as_json:
            print(json.dumps(step), flush=True)
            return
        share = f"  {100 * progress.done_bytes // progress.total_bytes} %" if progress.total_bytes else ""
        if pull_step_words(progress.status) + share != shown:
            shown = pull_step_words(progress.status) + share
            print(shown, flush=True)

    try:
        problem = pull(ollama_target(), model, told)
    except KeyboardInterrupt:
        print(_("Cancelled. What is there is kept for the next time."), file=sys.stderr)
        return CANCELLED
    finally:
        signal.signal(signal.SIGTERM, before)
    if problem is None:
        return 0
    problem = _cause(problem)
    if as_json:
        print(json.dumps({"problem": problem.kind.value, "words": _sentence(problem)}), flush=True)
    return _say(problem)


def _cancel(_number: int, _frame: "FrameType | None") -> None:
    raise KeyboardInterrupt


def _cause(problem: Problem) -> Problem:
    """Return why nothing answers, where that is known: on this computer Ollama may be missing, or stopped."""
    address = ollama_target().address
    if problem.kind is not ProblemKind.REMOTE_PORT_CLOSED or not is_this_computer_only(address.host):
        return problem
    if runs_as_service():
        return Problem(ProblemKind.OLLAMA_SERVICE_STOPPED)
    return problem if find_program() else Problem(ProblemKind.OLLAMA_NOT_FOUND, {"url": address.url})


def _sentence(problem: Problem) -> str:
    words = problem_words(problem)
    return f"{words.title}. {words.detail} {words.remedy}".strip()


def _say(problem: Problem) -> int:
    print(_sentence(problem), file=sys.stderr)
    return FAILED
