"""The words of the page with the installations of vLLM, and of the offer to install one."""

from typing import TYPE_CHECKING

from trayapp.core.runtime_rows import OWN
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from trayapp.core.runtime_rows import Offer, RuntimeRow


def page_title() -> str:
    """Return the title of the page."""
    return _("vLLM")


def here_heading() -> str:
    """Return the heading over the installations."""
    return _("vLLM on this computer")


def news_heading() -> str:
    """Return the heading over what could be installed."""
    return _("To install")


def column_labels() -> list[str]:
    """Return the labels of the columns."""
    return [_("Version"), _("Build"), _("From"), _("Size"), _("State")]


def build_words(*, on_cpu: bool) -> str:
    """Return what a build computes on."""
    return _("for the processor") if on_cpu else _("for the NVIDIA GPU")


def kind_words(kind: str) -> str:
    """Return where an installation comes from."""
    known = {
        OWN: _("vLLM Tray"),
        "path": _("the command vllm"),
        "venv": _("a Python environment"),
        "conda": _("a conda environment"),
        "pipx": _("pipx"),
        "uv": _("uv tool"),
    }
    return known.get(kind, kind)


def state_words(row: "RuntimeRow") -> str:
    """Return what an installation is to the app."""
    if row.chosen:
        return _("in use")
    if row.previous:
        return _("used before")
    if row.kind == OWN and not row.verified:
        return _("not tested yet")
    return ""


def row_words(row: "RuntimeRow") -> tuple[str, ...]:
    """Return an installation as the columns show it."""
    size = bytes_words(row.size_bytes) if row.size_bytes is not None else ""
    return row.release, build_words(on_cpu=row.on_cpu), kind_words(row.kind), size, state_words(row)


def name_words(version: str, *, on_cpu: bool) -> str:
    """Return a vLLM in a sentence, such as "vLLM 0.32.0 for the processor"."""
    return _("vLLM {version} {build}").format(version=version, build=build_words(on_cpu=on_cpu))


def recommended_words(offer: "Offer") -> str:
    """Return what suits this computer, and why."""
    return _("For this computer: {reason}").format(reason=offer.reason)


def looking_words() -> str:
    """Return what is said while the installations are looked for."""
    return _("Looking for installations…")


def none_words() -> str:
    """Return what is said where there is no vLLM."""
    return _("There is no vLLM on this computer yet.")


def row_detail(row: "RuntimeRow", kept: str) -> str:
    """Return what stands below the list for the marked one; kept says why it cannot be removed, "" if it can."""
    return f"{row.executable}\n{kept}".strip()


def kept_because_used() -> str:
    """Return why the installation in use cannot be removed."""
    return _("It is in use: use another one first, then it can be removed.")


def kept_because_running() -> str:
    """Return why the installation that runs now cannot be removed."""
    return _("The model runs on it: stop the model first, then it can be removed.")


def kept_because_foreign() -> str:
    """Return why the installation of somebody else is not removed."""
    return _("vLLM Tray has not installed it, and does not remove it.")


def use_label() -> str:
    """Return the label of the button that takes an installation into use."""
    return _("&Use")


def back_label(row: "RuntimeRow | None") -> str:
    """Return the label of the button that goes back to the vLLM used before, with its name."""
    if row is None:
        return _("&Go back")
    return _("&Go back to {name}").format(name=name_words(row.release, on_cpu=row.on_cpu))


def remove_label() -> str:
    """Return the label of the button that removes an installation."""
    return _("R&emove")


def remove_again_label(size_bytes: int | None) -> str:
    """Return the label of that button when it was pressed once."""
    if size_bytes is None:
        return _("R&eally remove it")
    return _("R&eally remove {size}").format(size=bytes_words(size_bytes))


def look_label() -> str:
    """Return the label of the button that asks for updates."""
    return _("&Look for updates")


def asking_words() -> str:
    """Return what is said while the package index is asked."""
    return _("Asking PyPI what is new…")


def offer_words(offer: "Offer", needed_bytes: int, place: str, *, is_new: bool) -> str:
    """Return what an installation would bring, how large it is, and where it goes."""
    name = name_words(offer.version, on_cpu=offer.on_cpu)
    head = _("New: {name}.").format(name=name) if is_new else f"{name}."
    brings = (_("It brings {changes}.").format(changes=", ".join(offer.new)),) if offer.new else ()
    return " ".join((head, *brings, size_words(offer, needed_bytes, place)))


def first_offer_words(offer: "Offer", reason: str, needed_bytes: int, place: str) -> str:
    """Return which vLLM would be set up on a computer that has none, why this one, how large it is, and where to."""
    return f"{reason} {size_words(offer, needed_bytes, place)}"


def size_words(offer: "Offer", needed_bytes: int, place: str) -> str:
    """Return what an installation downloads, and what it takes on the disk."""
    disk = bytes_words(needed_bytes)
    if offer.download_bytes is None:
        return _("It needs about {disk} on the disk, in {place}.").format(disk=disk, place=place)
    if not offer.download_bytes:
        return _("Nothing is left to download; it needs about {disk} on the disk, in {place}.").format(
            disk=disk, place=place
        )
    size = bytes_words(offer.download_bytes)
    return _("It downloads {size} and needs about {disk} on the disk, in {place}.").format(
        size=size, disk=disk, place=place
    )


def stays_words(version: str) -> str:
    """Return what holds until the new one is proven."""
    return _("vLLM {version} stays in use until the new one has been tried out, and remains for going back.").format(
        version=version
    )


def not_asked_words() -> str:
    """Return what is said before anybody has asked for updates."""
    return _("Nothing is looked for by itself: a click asks PyPI whether there is something newer for this computer.")


def up_to_date_words() -> str:
    """Return that nothing is new."""
    return _("There is nothing newer for this computer.")


def install_label(offer: "Offer | None") -> str:
    """Return the label of the button that installs what is offered."""
    if offer is None:
        return _("&Install")
    return _("&Install {version}").format(version=offer.version)


def cancel_label() -> str:
    """Return the label of the button that ends an installation."""
    return _("Ca&ncel")


def restart_label() -> str:
    """Return the label of the button that starts the model anew."""
    return _("Restart the m&odel now")


def from_next_start_words(version: str) -> str:
    """Return that a running model goes on with the vLLM it has."""
    return _("The model that runs goes on with vLLM {version}; the change counts from its next start.").format(
        version=version
    )


def freed_words(version: str, size_bytes: int) -> str:
    """Return what a removal has freed."""
    return _("vLLM {version} was removed: {size} are free again.").format(version=version, size=bytes_words(size_bytes))


def beginning_words() -> str:
    """Return what is said before an installation has said anything."""
    return _("Beginning…")


def installed_title() -> str:
    """Return the title of the notification when an installation is done."""
    return _("vLLM is set up")


def installed_words() -> str:
    """Return that an installation is done."""
    return _("The new vLLM is installed, tried out and in use.")


def cancelled_words() -> str:
    """Return that an installation was cancelled."""
    return _("Cancelled. What was downloaded whole is kept for the next time.")


def failed_words(reason: str, version: str) -> str:
    """Return why an installation failed; version is the vLLM that stays in use, "" for none."""
    stays = _("vLLM {version} stays in use.").format(version=version) if version else ""
    return _("It was not installed: {reason} {stays}").format(reason=reason, stays=stays).strip()


def no_answer_words() -> str:
    """Return that a command ended without a word."""
    return _("It ended without an answer; the log of the app may say why.")


def progress_name() -> str:
    """Return what a screen reader says for the bar."""
    return _("Installation")
