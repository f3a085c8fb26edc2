"""A failure as text for an issue tracker: versions, plan, GPU, settings and log, without keys and names."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from trayapp.core.redaction import redact
from trayapp.core.settings import Settings
from trayapp.wording.diagnoses import diagnosis_words
from trayapp.wording.remedies import remedy_words
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trayapp.core.diagnosis import Diagnosis
    from trayapp.core.exits import Exit
    from trayapp.core.launch import LaunchPlan
    from trayapp.core.machine import Machine
    from trayapp.core.remedies import Remedy

LOG_LINES = 300
"""Lines of the log's end in a report: issue trackers take 65,536 characters."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Whose computer it is, so that it can be left out."""

    home: str = ""
    user: str = ""
    host: str = ""
    secrets: tuple[str, ...] = ()


def failure_report(
    diagnosis: "Diagnosis",
    how: "Exit",
    settings: Settings,
    plan: "LaunchPlan",
    machine: "Machine",
    tried: "Iterable[Remedy]",
    lines: "Sequence[str]",
    *,
    app_version: str,
    system: str,
    writer: Writer,
) -> str:
    """Return the report as Markdown; system names the operating system, such as "Linux 6.8"."""
    title, explanation = diagnosis_words(diagnosis)
    parts = [
        f"## {title}",
        explanation,
        f"- cause: {diagnosis.cause} ({diagnosis.confidence}), {how}",
        *(f"- {name}: {value}" for name, value in diagnosis.values.items()),
        *(f"- line {item.line}: `{item.text}`" for item in diagnosis.evidence),
        *(f"- already tried: {remedy_words(remedy)}" for remedy in tried),
        "",
        "## Computer",
        f"- vLLM Tray {app_version}, vLLM {plan.vllm_version}, {system}{', WSL' if machine.wsl else ''}",
        f"- memory {bytes_words(machine.memory_total_bytes)}, {bytes_words(machine.memory_available_bytes)} available",
        *_gpu_lines(machine),
        "",
        "## Settings that differ from the defaults",
        *_settings_lines(settings),
        "",
        "## Command",
        "```",
        " ".join((plan.executable, *plan.arguments)),
        *(f"{name}={value}" for name, value in plan.environment.items()),
        "```",
        "",
        f"## Log (the last {LOG_LINES} lines)",
        "```",
        *lines[-LOG_LINES:],
        "```",
    ]
    return redact("\n".join(parts) + "\n", secrets=writer.secrets, home=writer.home, user=writer.user, host=writer.host)


def _gpu_lines(machine: "Machine") -> list[str]:
    lines = [f"- driver {machine.driver_version}, CUDA {machine.cuda_version}"] if machine.driver_version else []
    if machine.gpu_problem is not None:
        lines.append(f"- {machine.gpu_problem.kind}: {dict(machine.gpu_problem.values)}")
    for gpu in machine.gpus:
        capability = ".".join(map(str, gpu.compute_capability)) if gpu.compute_capability else "unknown"
        room = f"{bytes_words(gpu.memory_free_bytes)} of {bytes_words(gpu.memory_total_bytes)} free"
        lines.append(f"- GPU {gpu.index}: {gpu.name}, compute capability {capability}, {room}, {len(gpu.users)} users")
    return lines or ["- no GPU"]


def _settings_lines(settings: Settings) -> list[str]:
    default = Settings()
    names = [item.name for item in fields(Settings)]
    changed = [name for name in names if getattr(settings, name) != getattr(default, name)]
    # The number of a card is its owner's business; its name stands above.
    shown = [name for name in changed if not name.startswith("gpu_uuid")]
    return [f"- {name}: {_plain(getattr(settings, name))!r}" for name in shown] or ["- none"]


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
