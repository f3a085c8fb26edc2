"""An installation of vLLM in words: how far it is."""

from typing import assert_never

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import MIB
from trayapp.wording.translation import _


def install_words(progress: InstallProgress) -> str:
    """Return the progress of an installation as one line, such as "Downloading 183 of 640 MiB"."""
    match progress.step:
        case InstallStep.PREPARING:
            return _("Making an environment")
        case InstallStep.RESOLVING:
            return _("Choosing packages")
        case InstallStep.DOWNLOADING:
            if not progress.total_bytes:
                return _("Getting packages")
            done, total = progress.done_bytes // MIB, progress.total_bytes // MIB
            return _("Downloading: {done} of {total} MiB").format(done=done, total=total)
        case InstallStep.UNPACKING:
            return _("Unpacking")
        case InstallStep.CHECKING:
            return _("Checking that vLLM starts")
        case InstallStep.DONE:
            return _("Ready: {path}").format(path=progress.detail)
        case _:
            assert_never(progress.step)


def install_title() -> str:
    """Return the title of the notification while vLLM is installed."""
    return _("Setting up vLLM")


def install_failed_title() -> str:
    """Return the title of the notification when it could not be installed."""
    return _("vLLM could not be set up")


def cancel_label() -> str:
    """Return the label of the button that cancels the installation."""
    return _("Cancel")
