"""An installation of vLLM in words: how far it is."""

from typing import assert_never

from trayapp.core.runtime_choice import Build, RuntimeChoice, Why
from trayapp.core.runtime_list import Runtime
from trayapp.core.runtimes import InstallProgress, InstallStep
from trayapp.core.units import MIB
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, left_words, pair_words, rate_words

_WORTH_A_WORD_BYTES = 100 * MIB


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
        case InstallStep.TESTING:
            words = _("Trying it out with the built-in model")
            return f"{words}: {progress.detail}" if progress.detail else words
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


def choice_words(choice: RuntimeChoice) -> str:
    """Return which vLLM suits this computer and why, in a few sentences."""
    which = _("vLLM {version} for the GPU.") if choice.build is Build.CUDA else _("vLLM {version} for the processor.")
    words = [which, _reason(choice.why)]
    if choice.build is Build.CPU:
        words.append(cpu_speed_words())
    return " ".join(words).format(version=choice.version, **choice.values)


def _reason(why: Why) -> str:
    match why:
        case Why.NEWEST:
            return _("The {gpu} (compute capability {compute_capability}) and its driver {driver} run the newest one.")
        case Why.DRIVER_OLD:
            return _(
                "The driver {driver} runs programs up to CUDA {cuda}, and this is the last version for it. With the"
                " driver {needed_driver} or later a newer vLLM runs."
            )
        case Why.GPU_OLD:
            return _(
                "It is the last version that has code for the {gpu} ({generation}, compute capability"
                " {compute_capability})."
            )
        case Why.GPU_TOO_OLD:
            return _(
                "No vLLM has code for the {gpu} ({generation}, compute capability {compute_capability}; 7.0 is the"
                " least). Ollama runs on it."
            )
        case Why.DRIVER_TOO_OLD:
            return _(
                "The driver {driver} is too old for every vLLM. With {needed_driver} or later the {gpu} can be used:"
                " update the driver first."
            )
        case Why.DRIVER_SICK:
            return _("The NVIDIA driver does not answer, so that a GPU cannot be used now; vllm-tray doctor says more.")
        case Why.NO_GPU:
            return _("This computer has no NVIDIA GPU that could be used.")
        case _:
            assert_never(why)


def cpu_speed_words() -> str:
    """Return what may be expected of the build for the processor."""
    return _(
        "It is slow: a few words a second with models of 7 billion weights and more; take a small one (up to about 4"
        " billion weights)."
    )


def current_words(runtime: Runtime | None) -> str:
    """Return which vLLM starts use now."""
    if runtime is None:
        return _("In use: none")
    return _("In use: {version} ({name})").format(version=runtime.install.version, name=runtime.name)


def previous_words(runtime: Runtime) -> str:
    """Return what `runtime use --back` would lead to."""
    return _("Before it: {version} ({name})").format(version=runtime.install.version, name=runtime.name)


def update_words(build: Build, version: str, download_bytes: int | None) -> str:
    """Return the newer version that can be had ("" for none) and how much it would download."""
    if not version:
        return _("There is no newer one.")
    command = f"vllm-tray runtime install {build.value} --version {version}"
    if download_bytes is None:
        return _("New: {version}. This gets it: {command}").format(version=version, command=command)
    size = bytes_words(download_bytes)
    words = _("New: {version}, {size} to download. This gets it: {command}")
    return words.format(version=version, size=size, command=command)


def room_words(folder: str, needed_bytes: int, free_bytes: int) -> str:
    """Return where an installation goes, what it needs there, and what is free."""
    words = _("Into {folder}: it needs about {needed} there; {free} are free.")
    return words.format(folder=folder, needed=bytes_words(needed_bytes), free=bytes_words(free_bytes))


def cancelled_install_words() -> str:
    """Return what is said when an installation was stopped."""
    return _("Cancelled. What was downloaded whole is kept for the next time.")


def tested_words() -> str:
    """Return that the new vLLM proved itself."""
    return _("It passed its test, and is used from the next start on.")


def in_use_words(version: str, executable: str) -> str:
    """Return that a vLLM was chosen."""
    return _("From the next start on vLLM {version} is used: {path}").format(version=version, path=executable)


def automatic_words() -> str:
    """Return that the app finds its vLLM itself again."""
    return _("From the next start on the app takes its own newest vLLM, or else the one on PATH.")


def list_marks(*, chosen: bool, previous: bool, untested: bool) -> str:
    """Return what stands behind a vLLM in the list: "in use", "used before", "not tested yet"."""
    marks = ((chosen, _("in use")), (previous, _("used before")), (untested, _("not tested yet")))
    return ", ".join(words for holds, words in marks if holds)


def freed_runtime_words(name: str, freed_bytes: int, shared_bytes: int) -> str:
    """Return what removing an environment freed; what it shared with uv's cache stays on the disk."""
    words = _("{name} is removed; {size} are free again.").format(name=name, size=bytes_words(freed_bytes))
    if shared_bytes < _WORTH_A_WORD_BYTES:
        return words
    rest = _("{size} of it lie in uv's cache, too, for the next installation: uv cache clean frees them.")
    return f"{words} {rest.format(size=bytes_words(shared_bytes))}"
