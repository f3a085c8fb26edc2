"""The sentences about who gets in: keys, the network, code that comes with a model. The others are in problems.py."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def secret_words(name: str) -> str:
    """Return what a secret of desktop/secrets.py is called; any other name stays as it is."""
    if name.startswith("remote server "):
        return _("key of {server}").format(server=name.removeprefix("remote server "))
    return {"server key": _("server key"), "hugging face token": _("Hugging Face token")}.get(name, name)


def safety_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that concerns who gets in."""
    return {
        ProblemKind.OPEN_WITHOUT_KEY: (
            _("No key for the network"),
            _("With {host} other computers could use the model, and there is no key that they would have to know."),
            _("Set a key for the server in the settings, or go back to the host 127.0.0.1."),
        ),
        ProblemKind.SERVER_OPEN: (
            _("Other computers can reach the server"),
            open_words(),
            _("Only open it in a network that you trust, or go back to the host 127.0.0.1."),
        ),
        ProblemKind.VARIABLE_NOT_ALLOWED: (
            _("{name} cannot be used in the network"),
            _("It adds functions to the server that no key guards, and with {host} other computers could use them."),
            _('Remove {name} from "environment", or go back to the host 127.0.0.1.'),
        ),
        ProblemKind.SERVER_KEY_MISSING: (
            _("The server's key cannot be read"),
            _("The settings want a key for the server, and the desktop's keyring has none or is locked."),
            _("Unlock the keyring and start again, or set a new key in the settings, or remove it there."),
        ),
        ProblemKind.SECRET_NOT_KEPT: (
            _("The keyring still has the {name}"),
            _("The {name} could not be deleted from the desktop's keyring: {reason}."),
            _("Delete it in the desktop's program for passwords and keys; the app's entries are called vllm-tray."),
        )
        if values.get("forgetting")
        else (
            _("The {name} is not kept"),
            _("This desktop has no keyring that takes it ({reason}). It is used until the app ends."),
            _("Unlock or install a keyring (gnome-keyring, KWallet) to have it kept."),
        ),
        ProblemKind.PICKLED_WEIGHTS: (
            _("The weights of {model} could run code"),
            _("They are pickled (.bin), a form that can carry programs, and are not loaded without your word."),
            _("Take a variant in safetensors form; or, if you trust its makers, add {code} to code_allowed."),
        ),
        ProblemKind.MODEL_NEEDS_CODE: (
            _("The model brings its own program code"),
            _("config.json of {model} refers to Python code (auto_map); vLLM runs it only when it is told to."),
            _("If vLLM asks for it and you trust the model's makers, allow it with the button that is then offered."),
        ),
        ProblemKind.ARGUMENT_NOT_ALLOWED: (
            _("{argument} cannot be among the extra arguments"),
            _argument_reason(str(values.get("reason", ""))),
            _argument_remedy(values),
        ),
    }


def open_words() -> str:
    """Return what a key does not guard in a server that is open to the network."""
    return _(
        "The key guards the model's answers (/v1). vLLM answers everybody who reaches it about its health, its figures"
        " (/metrics), its version and how texts are split (/tokenize); what is sent is not encrypted."
    )


def _argument_reason(reason: str) -> str:
    match reason:
        case "key":
            return _("Every user of this computer can read the arguments of a program, and with them the secret.")
        case "code":
            return _("It would run the code of any model; here that is allowed model by model.")
        case "other_code":
            return _("This model may run its own code; with this option the code of another one could run, too.")
        case "pickle":
            return _("It would load weights that can run code when they are read.")
        case "file":
            return _("Such a file could change everything that the app decides, without being looked at.")
        case "protocol":
            return _("The app and the programs that use the model speak plain HTTP with the server.")
        case _:
            return _("The app sets it itself, and two of them would contradict each other.")


def _argument_remedy(values: "Mapping[str, Value]") -> str:
    if values.get("setting"):
        return _("Use the setting {setting} instead.")
    match values.get("reason"):
        case "key":
            return _("Remove it from the options; the settings keep keys and tokens in the desktop's keyring.")
        case "code" | "pickle":
            return _("Remove it from the options; if you trust the model's makers, add {code} to code_allowed.")
        case _:
            return _("Remove it from the options for vLLM.")
