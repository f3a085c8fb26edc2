"""What a start with these settings would be, without starting anything. Blocks: it is called in a thread."""

from dataclasses import replace
from typing import TYPE_CHECKING

from trayapp.core.launch_plan import plan_report
from trayapp.core.machine import VllmInstall
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.settings import Settings
from trayapp.core.settings_draft import Gain, Preview, other_choices
from trayapp.core.vllm_options import find_unknown, find_unknown_variable
from trayapp.probes.memory_in_use import find_machine_for_next
from trayapp.probes.model_files import find_model
from trayapp.probes.ports import find_port_problem
from trayapp.probes.vllm_install import find_vllm, own_installs
from trayapp.probes.vllm_options import find_options, find_variables, package_of
from trayapp.storage.learned_file import current_limits

if TYPE_CHECKING:
    from collections.abc import Collection

    from trayapp.core.launch_plan import Report
    from trayapp.core.machine import Gpu
    from trayapp.storage.folders import Folders

_ONE_ADDRESS_HOST = "127.0.0.1"


def preview(
    settings: Settings, folders: "Folders", own_ports: "Collection[int]", before: "Collection[Gpu]" = ()
) -> Preview:
    """Return the plan and what other choices would change.

    own_ports are held by the app and its server; before are its GPUs as they were before it was launched.
    """
    install = find_vllm(settings.vllm_executable, folders.runtimes)
    found = _plan_preview(settings, install, folders, before)
    if isinstance(install, VllmInstall):
        found = _with_unknown(found, settings, install)
    port, one_port = settings.port, settings.one_address_port
    asked = bool(port) and port not in own_ports
    port_problem = find_port_problem(settings.host, port) if asked else None
    one_asked = bool(one_port) and one_port not in own_ports
    one_problem = find_port_problem(_ONE_ADDRESS_HOST, one_port) if one_asked else None
    free_port = port if asked and port_problem is None else 0
    return replace(found, port_problem=port_problem, free_port=free_port, one_address_problem=one_problem)


def _with_unknown(found: Preview, settings: Settings, install: VllmInstall) -> Preview:
    package = package_of(install.executable)
    if package is None:
        return found
    unknown = find_unknown(settings.extra_arguments, find_options(package))
    variable = find_unknown_variable(settings.environment, find_variables(package))
    return replace(found, unknown=unknown, unknown_variable=variable)


def _plan_preview(
    settings: Settings, install: VllmInstall | Problem, folders: "Folders", before: "Collection[Gpu]"
) -> Preview:
    machine = find_machine_for_next(before)
    installs = own_installs(folders.runtimes)
    found = find_model(settings.model)
    problem = install if isinstance(install, Problem) else found if isinstance(found, Problem) else None
    if not settings.model:
        problem = Problem(ProblemKind.NO_MODEL_CHOSEN)
    if problem is not None or isinstance(install, Problem) or isinstance(found, Problem):
        return Preview(problem=problem, installs=installs)
    learned = current_limits(folders.learned_file)

    def plan(with_these: Settings) -> "Report":
        return plan_report(with_these, machine, install, found, learned)

    report = plan(settings)
    gains: dict[str, Gain] = {}
    for name, value in other_choices(settings).items():
        now, other = report.memory, plan(settings.with_changes({name: value})).memory
        if other is not None and now is not None:
            held = max(0, other.kv_cache_tokens.low) - max(0, now.kv_cache_tokens.low)
            gains[name] = Gain(value, other.planned_context - now.planned_context, held)
    return Preview(report, installs=installs, gains=gains)
