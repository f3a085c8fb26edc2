"""What can be wrong with a server elsewhere or with Ollama, in words: one sentence for each, and the way out."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping


def backend_templates() -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that is about where the model runs."""
    return {
        ProblemKind.REMOTE_NAME_UNKNOWN: (
            _("{server}: no computer has this name"),
            _("The name {host} stands for no address ({reason})."),
            _("Check the spelling, and whether this computer is in the right network."),
        ),
        ProblemKind.REMOTE_PORT_CLOSED: (
            _("{server} does not answer"),
            _("Nothing takes a connection at {host}, port {port} ({reason})."),
            _("Start the server there, or correct the port in its address."),
        ),
        ProblemKind.REMOTE_PORT_SILENT: (
            _("{server} does not answer"),
            _("{host} did not take a connection at port {port} within {seconds} seconds."),
            _("Check that the computer is on, and that no firewall stands between."),
        ),
        ProblemKind.REMOTE_NOT_TRUSTED: (
            _("{server} cannot be trusted"),
            _("The certificate of {host} was not accepted: {reason}."),
            _("If the server has a certificate authority of its own, name its file; do not go on without."),
        ),
        ProblemKind.REMOTE_NO_TLS: (
            _("{server} does not speak TLS"),
            _("No protected connection to {host}, port {port}, came about ({reason})."),
            _("Use http:// if the server has no certificate, or correct the port."),
        ),
        ProblemKind.REMOTE_IS_OPEN: (
            _("{server}: everybody on the way can read along"),
            _("{host} is another computer, and with http:// the key and every word travel unprotected."),
            _("Use https://, or connect anyway if you trust the whole network between."),
        ),
        ProblemKind.CA_FILE_BAD: (
            _("{server}: the certificate authority cannot be read"),
            _("{path} is no file with a certificate in PEM form ({reason})."),
            _("Name another file, or none to trust what the system trusts."),
        ),
        ProblemKind.REMOTE_KEY_BAD: (
            _("{server}: the key cannot be sent"),
            _("It has a line break in it, or a character that no key can have."),
            _("Enter the key again."),
        ),
        ProblemKind.REMOTE_KEY_REFUSED: (
            _("{server} does not accept the key"),
            _("It answered {status}: it wants a key, and another one than it was given."),
            _("Enter the key again."),
        ),
        ProblemKind.REMOTE_NO_MODELS_PAGE: (
            _("{server} does not speak OpenAI's interface here"),
            _("It answered {status} to the question for its models."),
            _("Correct the path in its address; the part before /v1 is what counts."),
        ),
        ProblemKind.REMOTE_BUSY: (
            _("{server} has too much to do"),
            _("It answered {status}: too many requests."),
            _("Try again in a while."),
        ),
        ProblemKind.REMOTE_LOADING: (
            _("{server} is not ready yet"),
            _("It answered {status}: it may still be loading its model."),
            _("Try again in a minute."),
        ),
        ProblemKind.REMOTE_ANSWERS_BADLY: (
            _("{server} gives an answer that makes no sense"),
            _("Its answer to the question for its models (status {status}) is not what OpenAI's interface says."),
            _("Check the address: another program may answer there."),
        ),
        ProblemKind.REMOTE_MODEL_UNKNOWN: (
            _("{server} does not serve {model}"),
            _("It serves: {served}."),
            _("Choose one of these, or start {model} there."),
        ),
        ProblemKind.REMOTE_SERVES_NOTHING: (
            _("{server} serves no model"),
            _("It answers, and its list of models is empty."),
            _("Start a model there."),
        ),
        ProblemKind.REMOTE_REDIRECTS: (
            _("{server} sends us elsewhere"),
            _("It answers with a redirect to {to}, and the key is not carried to another place."),
            _("If that is right, use it as the address."),
        ),
        ProblemKind.REMOTE_SILENT: (
            _("{server} is silent"),
            _("It took the question and did not answer within {seconds} seconds."),
            _("Look at the server: it may hang."),
        ),
        ProblemKind.REMOTE_BROKE_OFF: (
            _("{server} broke off in the middle"),
            _("The connection ended before the answer did ({reason})."),
            _("Try again; if it stays so, look at the server's log."),
        ),
        ProblemKind.ADDRESS_BAD: (
            _("{server}: this is no address"),
            _("{url} is not of the form https://host:port or http://host:port."),
            _("Correct it."),
        ),
        ProblemKind.REMOTE_NOT_CHOSEN: (
            _("No server elsewhere is chosen"),
            _("The model is to run on a server elsewhere, and none is named."),
            _("Add one with: vllm-tray remote add NAME URL"),
        ),
        ProblemKind.REMOTE_UNKNOWN: (
            _("There is no server {server}"),
            _("Known servers: {known}."),
            _("Choose one of these, or add it with: vllm-tray remote add NAME URL"),
        ),
        ProblemKind.OLLAMA_NOT_FOUND: (
            _("Ollama was not found"),
            _("Nothing answers at {url}, and there is no program called ollama."),
            _("Install it from https://ollama.com/download, or run the model somewhere else."),
        ),
        ProblemKind.OLLAMA_SERVICE_STOPPED: (
            _("Ollama's service does not run"),
            _("The system looks after Ollama here, and it does not answer."),
            _("Start it with: sudo systemctl start ollama"),
        ),
        ProblemKind.OLLAMA_REFUSES: (
            _("Ollama wants a key"),
            _("{host}, port {port}, answered {status}: what stands before Ollama lets nobody in without one."),
            _("Let OLLAMA_HOST name an Ollama that needs none, or add this one as a server elsewhere, with its key."),
        ),
        ProblemKind.OLLAMA_ANSWERS_BADLY: (
            _("Another program answers where Ollama should be"),
            _("What {host}, port {port}, answers (status {status}) is not what Ollama says."),
            _("Correct OLLAMA_HOST, or end that program."),
        ),
        ProblemKind.OLLAMA_NO_MODEL: (
            _("No model for Ollama is chosen"),
            _("Ollama has on the disk: {known}."),
            _("Choose one with: vllm-tray start --backend ollama --model NAME"),
        ),
        ProblemKind.OLLAMA_MODEL_MISSING: (
            _("Ollama does not have {model}"),
            _("This model is not on the disk."),
            _("Download it with: vllm-tray ollama pull {model}"),
        ),
        ProblemKind.OLLAMA_CANNOT_LOAD: (
            _("Ollama cannot load {model}"),
            _("It says: {reason}."),
            _("Choose a smaller model or a shorter context."),
        ),
        ProblemKind.OLLAMA_PULL_FAILED: (
            _("{model} could not be downloaded"),
            _("Ollama says: {reason}."),
            _("Try again: it goes on where it ended."),
        ),
        ProblemKind.OLLAMA_HOLDS_GPU: (
            _("Ollama holds {models} on the GPU"),
            _("{used_bytes} of the GPU's memory are with it; the model to be started has only the rest."),
            _("Unload it, or start anyway."),
        ),
        ProblemKind.REMOTE_NAME_BAD: (
            _("This is no name for a server"),
            _("A name is one line of up to 64 characters, without blanks at its ends."),
            _("Take another one."),
        ),
        ProblemKind.REMOTE_THERE_ALREADY: (
            _("There is a server {server} already"),
            _("Two servers cannot have the same name."),
            _("Take another name, or remove it first with: vllm-tray remote remove NAME"),
        ),
    }
