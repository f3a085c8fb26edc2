"""Every problem in words: what is wrong, why, and what to do about it.

The sentences about models and memory are in plan_problems.py, those about keys and code in safety_problems.py.
A test counts that no kind is missing.
"""

from typing import TYPE_CHECKING, NamedTuple

from trayapp.core.problems import Problem, ProblemKind
from trayapp.wording.advice import ways_words
from trayapp.wording.allowed import allowed_words
from trayapp.wording.backend_problems import backend_templates
from trayapp.wording.install_problems import install_templates
from trayapp.wording.model_problems import model_problem_templates
from trayapp.wording.plan_problems import plan_templates
from trayapp.wording.reasons import reason_words
from trayapp.wording.runtime_problems import runtime_templates
from trayapp.wording.safety_problems import safety_templates, secret_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, figure_words, number_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value

_COUNTS = {"asked", "longest", "native_context", "planned", "max_model_len", "wanted", "largest"}
_REASONS = {"reason", "how"}


class ProblemWords(NamedTuple):
    """A problem for people: a title for a notification, one or two sentences, and what to do ("" for nothing)."""

    title: str
    detail: str
    remedy: str


def problem_words(problem: Problem) -> ProblemWords:
    """Return a problem in words."""
    templates = all_templates(problem.values)[problem.kind]
    values = _Named({name: _value_words(name, value) for name, value in problem.values.items()})
    return ProblemWords(*(" ".join(template.format_map(values).split()) for template in templates))


def all_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind; the values decide between sentences."""
    return {
        **_templates(values),
        **plan_templates(values),
        **backend_templates(),
        **safety_templates(values),
        **model_problem_templates(values),
        **install_templates(values),
        **runtime_templates(values),
    }


class _Named(dict[str, str]):
    """A value that a problem lacks is a mistake of ours; the sentence must come out all the same."""

    def __missing__(self, key: str) -> str:
        return "…"


def _value_words(name: str, value: "Value") -> str:
    if value is None:
        return "…"
    if isinstance(value, bool):
        return str(value)
    if name.endswith("_bytes") and isinstance(value, int | float):
        return bytes_words(int(value))
    if name in _COUNTS and isinstance(value, int):
        return number_words(value)
    if name in _REASONS:
        return reason_words(str(value))
    if name == "name":
        return secret_words(str(value))
    if name == "ways":
        return ways_words(str(value))
    if name == "allowed":
        return allowed_words(str(value))
    return figure_words(value) if isinstance(value, float) else str(value)


def _templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that has nothing to do with a model's size."""
    return {
        ProblemKind.SETTING_NOT_ALLOWED: (
            _("A setting cannot be used: {key}"),
            _("{key} is {value} in settings.json; allowed is {allowed}. The default is used."),
            _("Correct {key} in the settings."),
        ),
        ProblemKind.FILE_DAMAGED: (
            _("A file was damaged"),
            _("{path} could not be read. It was set aside as {set_aside}, and defaults are used."),
            _("Take what you need from the file that was set aside."),
        ),
        ProblemKind.FILE_NOT_WRITABLE: (
            _("A file cannot be written"),
            _("{path} cannot be written: {reason}."),
            _("Check the rights of the folder and the free space of the disk."),
        ),
        ProblemKind.FILE_NOT_READABLE: (
            _("A file cannot be read"),
            _("{path} cannot be read: {reason}."),
            _("Check the rights of the file."),
        ),
        ProblemKind.FILE_NEWER: (
            _("A file is from a newer vLLM Tray"),
            _("{path} has version {version}; this program knows versions up to {known}."),
            _("Update vLLM Tray."),
        ),
        ProblemKind.VLLM_NOT_FOUND: (
            _("vLLM is not installed"),
            _("No vLLM was found on this computer."),
            _("Let the app set it up. In a terminal: vllm-tray runtime install, or vllm-tray runtime use PATH."),
        ),
        ProblemKind.VLLM_NOT_EXECUTABLE: (
            _("vLLM cannot be started"),
            _("{path} is not a program that can be run."),
            _("Choose another vLLM in the settings, or automatic, with which the app finds one."),
        ),
        ProblemKind.VLLM_VERSION_UNKNOWN: (
            _("This vLLM does not tell its version"),
            _("The version of {path} cannot be read: {reason}."),
            _("Install vLLM anew, or choose another one in the settings."),
        ),
        ProblemKind.PORT_TAKEN: (
            _("Port {port} is taken"),
            _("{user} already uses {host}:{port}.")
            if values.get("user")
            else _("Something already uses {host}:{port}."),
            _("End that program, or choose another port in the settings."),
        ),
        ProblemKind.ADDRESS_NOT_USABLE: (
            _("The address {host}:{port} cannot be used"),
            _("{reason}."),
            _("Use 127.0.0.1 and a port above 1023 in the settings."),
        ),
        ProblemKind.NO_GPU: (
            _("No NVIDIA GPU was found"),
            _("vLLM's build for the GPU needs one. {reason}"),
            _(
                "Without one: vLLM's build for the processor (slow; the app sets it up), Ollama, which also runs on"
                " AMD, Intel and Apple, or a server in the network."
            ),
        ),
        ProblemKind.NVML_FAILED: (
            _("The NVIDIA driver does not answer"),
            _("The GPU cannot be asked: {reason}."),
            _("Try nvidia-smi in a terminal; a restart of the computer often helps."),
        ),
        ProblemKind.GPU_DRIVER_MISMATCH: (
            _("The NVIDIA driver was updated"),
            _("The driver in memory and the one on the disk are of different versions."),
            _("Restart the computer."),
        ),
        ProblemKind.GPU_LOST: (
            _("A GPU has stopped answering"),
            _("GPU {index}: {reason}."),
            _("Restart the computer; if it happens again, check power and cooling of the card."),
        ),
        ProblemKind.GPU_CHANGED: (
            _("{before} → {now}: measuring again"),
            _("The model runs on another GPU than before, so its limit is measured anew."),
            "",
        ),
        ProblemKind.APP_MISTAKE: (
            _("The app made a mistake"),
            _("Something in the app itself went wrong: {error}"),
            _("It goes on; should it behave strangely, restart it. The log has the details for a report."),
        ),
        ProblemKind.LEFTOVERS_ENDED: (
            _("An earlier run had left something behind"),
            _("{count} processes of an earlier run of the app still ran; they have been ended."),
            "",
        ),
        ProblemKind.LEFTOVERS_STAY: (
            _("Something of an earlier run will not end"),
            _("These processes of an earlier run of the app still hold memory: {pids}."),
            _("Restart the computer to free it."),
        ),
        ProblemKind.LIMIT_NO_LONGER_HOLDS: (
            _("The known limit does not hold this time"),
            _("{max_model_len} tokens fitted before; less memory is free now. The limit is measured anew."),
            _("Close programs that use the GPU to get the longer context back."),
        ),
        ProblemKind.LIMIT_NOT_KEPT: (
            _("What was measured cannot be kept"),
            _("{path} cannot be written: {reason}. The model runs; the next start measures again."),
            _("Check the rights of the folder and the free space of the disk."),
        ),
        ProblemKind.NO_PROGRAM_FOR_FILE: (
            _("No program opens this file"),
            _("{path} could not be opened."),
            _("Open it with an editor."),
        ),
        ProblemKind.AUTOSTART_SWITCHED_OFF: (
            _("Start on login is switched off by the desktop"),
            _("The desktop's own settings switched the entry {path} off, and that is respected."),
            _("Switch it on in the desktop's settings for programs that start on login."),
        ),
        ProblemKind.MODEL_SET_ASIDE: (
            _("The model is set aside"),
            _("It was stopped to free the GPU for something else."),
            _("The menu brings it back."),
        ),
        ProblemKind.SERVER_ENDED: (
            _("The server has ended"),
            _("{what} ended unasked ({how})."),
            _("Start it again; the log says more."),
        ),
        ProblemKind.CHECK_FAILED: (
            _("This computer could not be looked at"),
            _("The check before the start failed: {reason}."),
            _("Try again. If it fails again, the log says more."),
        ),
        ProblemKind.DISK_SPACE_LOW: (
            _("The disk is too full"),
            _("{path} has {free_bytes} free; {needed_bytes} are needed."),
            _("Free some space."),
        ),
    }
