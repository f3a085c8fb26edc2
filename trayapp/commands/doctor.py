"""doctor: what this computer has, what is wrong with it, and how to mend it. Reads only; no Qt, no running app."""

import argparse
import json
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from trayapp import __version__
from trayapp.core.checkup import Finding, Topic, disk_finding, gpu_findings, vllm_finding
from trayapp.core.problems import ProblemKind
from trayapp.probes.computer import find_machine
from trayapp.probes.desktop_services import find_desktop_services
from trayapp.probes.disks import find_free_bytes
from trayapp.probes.leftovers import find_leftovers
from trayapp.probes.ports import find_port_problem
from trayapp.probes.vllm_install import find_vllm
from trayapp.storage.folders import Folders, find_folders
from trayapp.storage.settings_file import load_settings
from trayapp.wording.about import finding_lines
from trayapp.wording.problems import problem_words
from trayapp.wording.translation import _

WELL, SOMETHING_WRONG = 0, 1


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the parser of this command."""
    text = _("Say what this computer has, what is wrong with it, and how to mend it. Nothing is changed.")
    parser = subparsers.add_parser("doctor", help=text, description=text)
    parser.add_argument("--json", action="store_true", help=_("one JSON object; sizes in bytes"))


def run(arguments: argparse.Namespace) -> int:
    """Print the findings; return 0 when all is well, 1 when something is wrong."""
    findings = examine(find_folders())
    print(as_json(findings) if arguments.json else "\n".join(as_lines(findings)))
    return SOMETHING_WRONG if any(finding.problems for finding in findings) else WELL


def examine(folders: Folders) -> tuple[Finding, ...]:
    """Return everything that was found out, in the order of Topic."""
    loaded = load_settings(folders.settings_file)
    settings = loaded.settings
    machine = find_machine()
    install = find_vllm(settings.vllm_executable, folders.runtimes)
    services = find_desktop_services()
    port_problem = find_port_problem(settings.host, settings.port)
    if port_problem is not None and port_problem.kind is ProblemKind.PORT_TAKEN and find_leftovers():
        port_problem = None  # by the model that the running app serves
    cache = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    return (
        Finding(
            Topic.APP,
            {
                "app": __version__,
                "python": platform.python_version(),
                "pyside": _version_of("PySide6-Essentials"),
                "system": f"{_system_name()}, Linux {platform.release()}, {platform.machine()}",
            },
        ),
        Finding(
            Topic.SETTINGS,
            {
                "path": str(folders.settings_file),
                "data": str(folders.data),
                "logs": str(folders.logs),
                "model": settings.model,
            },
            loaded.problems,
        ),
        Finding(
            Topic.DESKTOP,
            {
                "desktop": services.desktop,
                "session": services.session,
                "tray": services.tray,
                "notifications": services.notifications,
                "secrets": services.secrets,
            },
        ),
        Finding(
            Topic.COMPUTER,
            {
                "memory_total_bytes": machine.memory_total_bytes,
                "memory_available_bytes": machine.memory_available_bytes,
                "cores": len(os.sched_getaffinity(0)),
                "wsl": machine.wsl,
            },
        ),
        *gpu_findings(machine, install),
        vllm_finding(install),
        disk_finding(str(cache), find_free_bytes(cache)),
        Finding(
            Topic.ADDRESS,
            {"host": settings.host, "port": settings.port},
            (port_problem,) if port_problem is not None else (),
        ),
    )


def as_lines(findings: tuple[Finding, ...]) -> list[str]:
    """Return the findings for people: a line each, and below it what is wrong and what to do."""
    return [line for finding in findings for line in finding_lines(finding)]


def as_json(findings: tuple[Finding, ...]) -> str:
    """Return the findings as JSON: "ok", and a list with topic, facts and problems."""
    found = [
        {
            "topic": finding.topic,
            "facts": dict(finding.facts),
            "problems": [
                {"kind": problem.kind, "values": dict(problem.values), "words": [*problem_words(problem)]}
                for problem in finding.problems
            ],
        }
        for finding in findings
    ]
    document = {"ok": not any(finding.problems for finding in findings), "findings": found}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _version_of(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _system_name() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"
