"""runtime: the vLLMs on this computer: list, install, choose, remove, look for a newer one. No Qt."""

import argparse
import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from trayapp.commands.option_values import path_from_here
from trayapp.commands.problem_output import print_json, print_problem
from trayapp.core.problems import Problem
from trayapp.core.runtime_choice import Build
from trayapp.core.runtime_list import Runtime, runtime_values
from trayapp.core.runtimes import CPU_VERSION
from trayapp.runtime_shelf import AUTOMATIC, find_wanted, go_back, remove, survey, use
from trayapp.storage.folders import find_folders
from trayapp.wording.problems import problem_words
from trayapp.wording.runtimes import automatic_words, freed_runtime_words, in_use_words, list_marks
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from trayapp.core.machine import VllmInstall
    from trayapp.runtime_shelf import RuntimeShelf


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parsers of this command."""
    text = _("Show the installations of vLLM, make one, choose one, remove one.")
    parser = subparsers.add_parser("runtime", help=text, description=text)
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    text = _("List every vLLM that is found: the app's own first, then PATH, virtual and conda environments, pipx, uv.")
    listing = actions.add_parser("list", help=text, description=text)
    text = _("Install a vLLM into an environment of its own. Run again after an interruption, it starts afresh.")
    install = actions.add_parser("install", help=text, description=text)
    build = _("cuda (for NVIDIA GPUs, about 10 GB) or cpu (slow, about 4 GB); default: what suits this computer")
    install.add_argument("build", nargs="?", type=_build, metavar="cuda|cpu", help=build)
    install.add_argument("--version", type=_version, help=_("of vLLM (default: the last one that suits)"))
    folder = _("another place for the environment; the app does not use it and does not try it out")
    install.add_argument("--folder", type=path_from_here, help=folder)
    install.add_argument("--no-verify", action="store_true", help=_("use it without the self-test"))
    install.add_argument("--anew", action="store_true", help=_("also when it is there already: made once more"))
    text = _("Choose the vLLM that starts use.")
    using = actions.add_parser("use", help=text, description=text)
    which = using.add_mutually_exclusive_group(required=True)
    help_text = _("a name or a version of the list, a path, or auto: the app's own newest, else the one on PATH")
    which.add_argument("which", nargs="?", metavar="VERSION|NAME|PATH|auto", help=help_text)
    which.add_argument("--back", action="store_true", help=_("go back to the one before"))
    text = _("Remove one of the app's own installations; one that runs is never removed.")
    removal = actions.add_parser("remove", help=text, description=text)
    removal.add_argument("name", metavar="NAME", help=_("its name or its version in the list"))
    removal.add_argument("--chosen-too", action="store_true", help=_("also when it is the one that starts use"))
    text = _("Say which vLLM suits this computer and why, and ask the index for a newer one; nothing is installed.")
    checking = actions.add_parser("check", help=text, description=text)
    checking.add_argument("--offline", action="store_true", help=_("do not ask the index"))
    for action in (listing, install, using, removal, checking):
        action.add_argument("--json", action="store_true", help=_("one JSON object a line"))


def run(arguments: argparse.Namespace) -> int:
    """Do what the command line asks for and return the exit code: 0, 1 when it failed, 130 when it was cancelled."""
    match arguments.action:
        case "list":
            return _list(as_json=arguments.json)
        case "use":
            return _use(arguments)
        case "remove":
            return _remove(arguments)
        case "check":
            from trayapp.commands.runtime_check import check

            return check(offline=arguments.offline, as_json=arguments.json)
        case _:
            from trayapp.commands.runtime_install import InstallWish, install

            wish = InstallWish(arguments.build, arguments.version or "", arguments.folder)
            wish = replace(wish, verify=not arguments.no_verify, anew=arguments.anew)
            return install(wish, as_json=arguments.json)


def _build(text: str) -> Build:
    if text not in [*Build]:
        raise argparse.ArgumentTypeError(_("{text} is neither cuda nor cpu").format(text=repr(text)))
    return Build(text)


def _version(text: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+){1,2}(\.post\d+)?", text):
        raise argparse.ArgumentTypeError(
            _("{text} is no version; write it as {example}").format(text=repr(text), example=CPU_VERSION)
        )
    return text


def _list(*, as_json: bool) -> int:
    shelf = survey(find_folders())
    if as_json:
        for runtime in shelf.runtimes:
            print_json(runtime_values(runtime, shelf.chosen))
        return 0
    cells = [_cells(runtime, shelf) for runtime in shelf.runtimes]
    widths = [max((len(cell[column]) for cell in cells), default=0) for column in range(4)]
    for cell in cells:
        print("  ".join([*(text.ljust(width) for text, width in zip(cell, widths, strict=False)), cell[4]]).rstrip())
    if shelf.problem is not None and "path" in shelf.problem.values:
        print(": ".join(problem_words(shelf.problem)[:2]), file=sys.stderr)
    if not shelf.runtimes:
        print(_("No vLLM is installed. This installs one: vllm-tray runtime install"))
    return 0


def _cells(runtime: Runtime, shelf: "RuntimeShelf") -> tuple[str, str, str, str, str]:
    marks = list_marks(
        chosen=runtime.install.executable == shelf.chosen.now,
        previous=runtime.install.executable == shelf.chosen.previous,
        untested=not runtime.usable,
    )
    size = bytes_words(runtime.size_bytes) if runtime.size_bytes is not None else ""
    name = runtime.name if runtime.name == runtime.install.executable else f"{runtime.name} ({runtime.kind})"
    return str(runtime.install.version), runtime.build, size, marks, f"{name}  {runtime.install.executable}"


def _use(arguments: argparse.Namespace) -> int:
    folders = find_folders()
    shelf = survey(folders)
    if arguments.back:
        return _say_used(go_back(folders, shelf), as_json=arguments.json)
    if arguments.which == AUTOMATIC:
        problem = use(folders, shelf, "")
        if problem is None and not arguments.json:
            print(automatic_words())
        found = survey(folders)
        executable = found.of(found.chosen.now)
        if problem is None and arguments.json:
            print_json(runtime_values(executable, found.chosen) if executable else {})
        return print_problem(problem, as_json=arguments.json) if problem else 0
    wanted = find_wanted(arguments.which, shelf)
    problem = wanted if isinstance(wanted, Problem) else use(folders, shelf, wanted.executable)
    return _say_used(wanted if problem is None else problem, as_json=arguments.json)


def _say_used(used: "VllmInstall | Problem", *, as_json: bool) -> int:
    if isinstance(used, Problem):
        return print_problem(used, as_json=as_json)
    if not as_json:
        print(in_use_words(str(used.version), used.executable))
        return 0
    shelf = survey(find_folders())
    runtime = shelf.of(shelf.chosen.now)
    print_json(runtime_values(runtime, shelf.chosen) if runtime else {"executable": used.executable})
    return 0


def _remove(arguments: argparse.Namespace) -> int:
    folders = find_folders()
    removed = remove(folders, survey(folders), arguments.name, chosen_too=arguments.chosen_too)
    if isinstance(removed, Problem):
        return print_problem(removed, as_json=arguments.json)
    if arguments.json:
        print_json({"name": removed.name, "freed_bytes": removed.freed_bytes, "shared_bytes": removed.shared_bytes})
    else:
        print(freed_runtime_words(removed.name, removed.freed_bytes, removed.shared_bytes))
    return 0
