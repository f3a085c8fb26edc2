"""An installation of vLLM in words: how far it is."""

from typing import assert_never

from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.wording.translation import _
from trayapp.wording.units import left_words, pair_words, rate_words


def install_words(progress: InstallProgress) -> str:
    """Return the progress of an installation as one line, such as "Downloading: 0.18 of 0.64 GiB · 21 MiB/s"."""
    match progress.step:
        case InstallStep.PREPARING:
            if not progress.total_bytes:
                return _("Making an environment")
            return _with_rate(_("Getting Python: {done} of {total}"), progress)
        case InstallStep.RESOLVING:
            return _with_package(_("Choosing packages"), progress.detail)
        case InstallStep.DOWNLOADING:
            if not progress.total_bytes:
                return _("Getting packages")
            return _with_rate(_("Downloading: {done} of {total}"), progress)
        case InstallStep.UNPACKING:
            return _with_package(_("Unpacking"), progress.detail)
        case InstallStep.WAITING:
            words = _("The packages cannot be reached. Trying again in {seconds} s")
            return words.format(seconds=round(progress.wait_s))
        case InstallStep.CHECKING:
            return _("Checking that vLLM starts")
        case InstallStep.DONE:
            return _("Ready: {path}").format(path=progress.detail)
        case _:
            assert_never(progress.step)


def _with_rate(words: str, progress: InstallProgress) -> str:
    done, total = pair_words(progress.done_bytes, progress.total_bytes)
    parts = [words.format(done=done, total=total)]
    if progress.rate_bytes_s is not None:
        parts.append(rate_words(progress.rate_bytes_s))
    if progress.left_s is not None:
        parts.append(left_words(progress.left_s))
    return " · ".join(parts)


def _with_package(words: str, package: str) -> str:
    return f"{words}: {package}" if package else words


def install_title() -> str:
    """Return the title of the notification while vLLM is installed."""
    return _("Setting up vLLM")


def install_failed_title() -> str:
    """Return the title of the notification when it could not be installed."""
    return _("vLLM could not be set up")


def cancel_label() -> str:
    """Return the label of the button that cancels the installation."""
    return _("Cancel")
