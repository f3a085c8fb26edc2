"""The sentences about an installation of vLLM that failed: the network, the packages, the disk."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.core.runtimes import InstallStep
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def install_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that ends an installation."""
    return {**_network_templates(values), **_other_templates(values)}


def _network_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.PACKAGES_UNREACHABLE: (
            _("The packages of vLLM cannot be reached"),
            _("{host} did not answer, also at the last of several tries.")
            if values.get("host")
            else _("The connection broke while {package} was fetched, also at the last of several tries."),
            _("Check the network, then install again; what was downloaded whole is kept."),
        ),
        ProblemKind.PACKAGES_REFUSED: (
            _("The packages of vLLM were refused"),
            _("{host} answered {status} when it was asked for {package}.")
            if values.get("package")
            else _("{host} answered {status}."),
            _("Check the address and the password of the package index, or try again later."),
        ),
        ProblemKind.PACKAGES_CERTIFICATE_UNKNOWN: (
            _("The package index cannot be trusted"),
            _("The certificate of {host} was signed by nobody whom this computer knows."),
            _("Behind a company's proxy, name its certificate in SSL_CERT_FILE."),
        ),
        ProblemKind.PACKAGE_DAMAGED: (
            _("A package arrived damaged"),
            _("{package} is not what the package index promised. It was thrown away."),
            _("Try again later; a proxy or the disk may be at fault."),
        ),
        ProblemKind.RUNTIME_NOT_OFFERED: (
            _("This vLLM cannot be installed"),
            "{reason}",
            _("Choose another version; vllm-tray runtime install without one takes what suits this computer."),
        ),
    }


def _other_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.DISK_FULL: (
            _("The disk is full"),
            _("No more could be written to {path}."),
            _("Free some space, then try again; what was downloaded whole is kept."),
        ),
        ProblemKind.RUNTIME_INSTALL_FAILED: (
            _("vLLM could not be installed"),
            _("It was made and does not start: {reason}")
            if values.get("step") == InstallStep.CHECKING
            else _("uv, which installs it, said: {reason}"),
            _("Try again, perhaps with another version; the reason helps whoever you ask."),
        ),
        ProblemKind.RUNTIME_INSTALL_RUNNING: (
            _("vLLM is already being installed"),
            _("An installation into {path} is at work."),
            _("Wait for it to end."),
        ),
        ProblemKind.FOLDER_NOT_EMPTY: (
            _("The folder holds something else"),
            _("{path} is not empty, and what is in it was not made by vLLM Tray."),
            _("Choose another folder."),
        ),
    }
