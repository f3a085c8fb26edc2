"""runtime check: which vLLM suits this computer, which is in use, and whether the index has a newer one. No Qt."""

from pathlib import Path
from typing import TYPE_CHECKING

from trayapp.commands.problem_output import print_json, problem_text
from trayapp.core.problems import Problem
from trayapp.core.runtime_choice import RuntimeChoice, choose_runtime
from trayapp.core.runtime_list import Runtime, runtime_values
from trayapp.core.vllm_version import parse_vllm_version
from trayapp.probes.computer import find_machine
from trayapp.probes.vllm_environments import find_packages
from trayapp.runtime_shelf import survey
from trayapp.storage.folders import find_folders
from trayapp.wording.runtimes import choice_words, current_words, previous_words, update_words

if TYPE_CHECKING:
    from trayapp.jobs.runtime_lookup import Newest


def check(*, offline: bool, as_json: bool) -> int:
    """Print what was found out; an index that does not answer is told, and is no failure."""
    choice = choose_runtime(find_machine())
    shelf = survey(find_folders())
    current = shelf.of(shelf.chosen.now)
    previous = shelf.of(shelf.chosen.previous)
    found = None if offline else _look_up(choice, current)
    newest = None if found is None or isinstance(found, Problem) or not _is_newer(found, current) else found
    problem = found if isinstance(found, Problem) else None
    if as_json:
        print_json(
            {
                "recommended": {
                    "build": choice.build.value,
                    "version": choice.version,
                    "reason": choice_words(choice),
                },
                "current": runtime_values(current, shelf.chosen) if current else None,
                "previous": runtime_values(previous, shelf.chosen) if previous else None,
                "update": _update_values(choice, newest) if newest else None,
                "problem": problem_text(problem) if problem else "",
            }
        )
        return 0
    print(choice_words(choice))
    print(current_words(current))
    if previous:
        print(previous_words(previous))
    if problem:
        print(problem_text(problem))
    elif not offline:
        print(update_words(choice.build, newest.version if newest else "", newest.download_bytes if newest else None))
        for change in newest.new if newest else ():
            print(f"  {change}")
    return 0


def _look_up(choice: RuntimeChoice, current: Runtime | None) -> "Newest | Problem":
    from trayapp.jobs.runtime_lookup import find_newest

    return find_newest(choice, find_packages(Path(current.folder)) if current else {})


def _is_newer(newest: "Newest", current: Runtime | None) -> bool:
    version = parse_vllm_version(newest.version)
    return current is None or (version is not None and version.release > current.install.version.release)


def _update_values(choice: RuntimeChoice, newest: "Newest") -> dict[str, object]:
    return {
        "version": newest.version,
        "build": choice.build.value,
        "new": list(newest.new),
        "download_bytes": newest.download_bytes,
    }
