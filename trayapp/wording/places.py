"""Where the model runs, in words: the window's labels and the rows of the menu."""

from typing import TYPE_CHECKING, assert_never

from trayapp.core.backend import Backend
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words

if TYPE_CHECKING:
    from trayapp.core.ollama import OllamaModel


def backend_words(backend: Backend) -> str:
    """Return the name of a place for people."""
    match backend:
        case Backend.VLLM:
            return _("vLLM on this computer")
        case Backend.OLLAMA:
            return _("Ollama on this computer")
        case Backend.REMOTE:
            return _("A server elsewhere")
        case _:
            assert_never(backend)


def backend_help(backend: Backend) -> str:
    """Return when to take a place."""
    match backend:
        case Backend.VLLM:
            return _("The fastest, on an NVIDIA card from 2018 or later, for models that fit into its memory.")
        case Backend.OLLAMA:
            return _("For older cards, and for models that are too large: part of them runs on the processor, slowly.")
        case Backend.REMOTE:
            return _("For a computer that has the card. This one only connects.")
        case _:
            assert_never(backend)


def menu_title(place: str) -> str:
    """Return the label of the submenu, with the place of now."""
    return _("Where it runs: {place}").format(place=place)


def set_up_places_label() -> str:
    """Return the label of the row that opens the window."""
    return _("Set up…")


def window_title() -> str:
    """Return the title of the window."""
    return _("Where the model runs · vLLM Tray")


def page_title() -> str:
    """Return the title of the page among other settings."""
    return _("Where it runs")


def use_label() -> str:
    """Return the label of the button that switches."""
    return _("Use &this")


def ollama_model_label() -> str:
    """Return the label of the list of Ollama's models."""
    return _("&Model")


def pull_label() -> str:
    """Return the label of the button that downloads a model."""
    return _("&Download")


def cancel_label() -> str:
    """Return the label of the button that ends a download."""
    return _("Cancel download")


def ollama_model_words(model: "OllamaModel") -> str:
    """Return a model of Ollama in one row."""
    parts = [bytes_words(model.size_bytes) if model.size_bytes else "", model.parameters, model.quantization]
    return " · ".join(part for part in parts if part)


def pulled_words(status: str, done_bytes: int, total_bytes: int) -> str:
    """Return how far a download is; status is what Ollama says of it."""
    step = pull_step_words(status)
    if not total_bytes:
        return step
    done, total = bytes_words(done_bytes), bytes_words(total_bytes)
    return _("{status}: {done} of {total}").format(status=step, done=done, total=total)


def pull_step_words(status: str) -> str:
    """Return a step of a download by Ollama in words; one that is not known here stays as Ollama calls it."""
    known = {
        "pulling manifest": _("Asking what belongs to the model"),
        "verifying sha256 digest": _("Checking what was downloaded"),
        "writing manifest": _("Finishing"),
        "removing unused layers": _("Removing what is no longer used"),
        "success": _("Done"),
    }
    downloads = status.startswith("pulling ") and status not in known  # it names a file by its digest
    return _("Downloading") if downloads else known.get(status, status)


def pull_done_words(model: str) -> str:
    """Return that a download is complete."""
    return _("{model} is there.").format(model=model)


def pull_ended_words() -> str:
    """Return that a download ended before it was complete."""
    return _("The download ended. Begun again, it goes on where it was.")


def asking_words() -> str:
    """Return that an answer is being waited for."""
    return _("Asking…")


def server_label() -> str:
    """Return the label of the list of servers."""
    return _("&Server")


def new_server_words() -> str:
    """Return the entry under which a new server is described."""
    return _("New server…")


def name_label() -> str:
    """Return the label of the field for a name."""
    return _("&Name")


def address_label() -> str:
    """Return the label of the field for an address."""
    return _("&Address")


def key_label() -> str:
    """Return the label of the field for a key."""
    return _("&Key")


def key_hint() -> str:
    """Return what stands in the empty field for a key."""
    return _("none, or as kept in the keyring")


def authority_label() -> str:
    """Return the label of the field for a certificate authority."""
    return _("Certificate a&uthority")


def authority_hint() -> str:
    """Return what stands in the empty field for a certificate authority."""
    return _("as the system trusts; or a file in PEM form")


def keep_label() -> str:
    """Return the label of the button that keeps a server."""
    return _("Sa&ve")


def remove_label() -> str:
    """Return the label of the button that forgets a server."""
    return _("&Remove")


def check_label() -> str:
    """Return the label of the button that looks at a server."""
    return _("&Check")
