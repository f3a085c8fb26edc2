"""What a start with these settings would be, without starting anything. Blocks: it is called in a thread."""

from typing import TYPE_CHECKING

from trayapp.core.launch_plan import plan_report
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import CHOICES_TRIED, Preview
from trayapp.core.vllm_options import find_unknown
from trayapp.probes.memory_in_use import find_machine_for_next
from trayapp.probes.model_files import find_model
from trayapp.probes.ports import find_port_problem
from trayapp.probes.vllm_install import find_vllm, own_installs
from trayapp.probes.vllm_options import find_options, package_of
from trayapp.storage.learned_file import current_limits

if TYPE_CHECKING:
    from collections.abc import Collection

    from trayapp.core.launch_plan import Report
    from trayapp.core.machine import Gpu
    from trayapp.storage.folders import Folders


def preview(settings: Settings, folders: "Folders", own_port: int, before: "Collection[Gpu]" = ()) -> Preview:
    """Return the plan and what other choices would change.

    own_port is held by our own server, 0 for none; before are its GPUs as they were before it was launched.
    """
    machine = find_machine_for_next(before)
    installs = own_installs(folders.runtimes)
    port = settings.port
    port_problem = find_port_problem(settings.host, port) if port and port != own_port else None
    install = find_vllm(settings.vllm_executable, folders.runtimes)
    found = find_model(settings.model)
    problem = install if isinstance(install, Problem) else found if isinstance(found, Problem) else None
    if not settings.model:
        problem = Problem(ProblemKind.NO_MODEL_CHOSEN)
    if problem is not None or isinstance(install, Problem) or isinstance(found, Problem):
        return Preview(None, problem, port_problem, installs)
    learned = current_limits(folders.learned_file)

    def plan(with_these: Settings) -> "Report":
        return plan_report(with_these, machine, install, found, learned)

    report = plan(settings)
    now = report.memory.planned_context if report.memory is not None else 0
    gains: dict[str, int] = {}
    for name, value in CHOICES_TRIED.items():
        other = plan(settings.with_changes({name: value})) if getattr(settings, name) != value else report
        if other.memory is not None and report.memory is not None:
            gains[name] = other.memory.planned_context - now
    package = package_of(install.executable)
    unknown = find_unknown(settings.extra_arguments, find_options(package)) if package is not None else None
    return Preview(report, None, port_problem, installs, unknown, gains)
