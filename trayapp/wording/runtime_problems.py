"""The sentences about the vLLMs of this computer: which can be used, which can be removed, which proved itself."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def runtime_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that concerns an installed vLLM."""
    kept = _("{reason} {kept} stays in use.") if values.get("kept") else "{reason}"
    return {
        ProblemKind.DRIVER_TOO_OLD_FOR_VLLM: (
            _("The GPU's driver is too old for vLLM {version}"),
            _("The driver is {driver}; vLLM {version} needs {needed_driver} or later."),
            _("Update the driver, or let the app choose the version: vllm-tray runtime install"),
        ),
        ProblemKind.RUNTIME_UNKNOWN: (
            _("There is no vLLM called {name}"),
            _("On this computer there are: {names}.") if values.get("names") else _("This computer has none."),
            _("Name one of the list: vllm-tray runtime list"),
        ),
        ProblemKind.RUNTIME_NOT_OWN: (
            _("{name} is not the app's own"),
            _("Another program made {path}, and what is in it stays."),
            _("Remove it with that program."),
        ),
        ProblemKind.RUNTIME_RUNS: (
            _("{name} runs"),
            _("These processes use it: {pids}."),
            _("Stop the model first."),
        ),
        ProblemKind.RUNTIME_CHOSEN: (
            _("{name} is the one in use"),
            _("The next start would find no vLLM, or another one."),
            _("Choose another one first (vllm-tray runtime use), or remove it all the same with --chosen-too."),
        ),
        ProblemKind.RUNTIME_NO_PREVIOUS: (
            _("There is nothing to go back to"),
            _("No other vLLM was used before this one."),
            _("Choose one of the list: vllm-tray runtime list"),
        ),
        ProblemKind.INDEX_SILENT: (
            _("Whether there is a newer vLLM is not known"),
            _("The package index does not answer."),
            _("Check the network, then try again; what is installed goes on working."),
        ),
        ProblemKind.RUNTIME_TEST_FAILED: (
            _("The new vLLM did not pass its test"),
            kept,
            _("To use it all the same: vllm-tray runtime use {name}"),
        ),
        ProblemKind.RUNTIME_NOT_TESTED: (
            _("The new vLLM could not be tried out"),
            kept,
            _("Installing it again tries it again. To use it as it is: vllm-tray runtime use {name}"),
        ),
    }
