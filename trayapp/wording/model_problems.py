"""The sentences about finding, downloading and removing models; the others are in problems.py."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def model_problem_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that concerns the Hub and its models."""
    return {**_hub_templates(values), **_content_templates(values)}


def _hub_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.HUB_UNREACHABLE: (
            _("The Hugging Face Hub does not answer"),
            _("{model} could not be read from the Hub."),
            _("Check the network, then go on; what was downloaded is kept."),
        ),
        ProblemKind.HUB_OFFLINE: (
            _("Downloads are switched off"),
            _("HF_HUB_OFFLINE is set, so {model} is not fetched."),
            _("Remove HF_HUB_OFFLINE from the environment, or use a model that is on this computer."),
        ),
        ProblemKind.HUB_TOKEN_REFUSED: (
            _("The Hub does not accept the token"),
            _("The Hub wants a valid token for {model}."),
            _("Make a new token with read access on huggingface.co and enter it."),
        ),
        ProblemKind.MODEL_GATED: (
            _("The model's licence must be accepted first"),
            _("{model} is only for those who accepted its licence on its page, and who show that with a token."),
            _("Open its page, accept the licence, and enter a token with read access."),
        ),
        ProblemKind.HUB_BUSY: (
            _("The Hub asks for a pause"),
            _("The Hub has answered too many requests; it asks to wait {wait_s} seconds.")
            if values.get("wait_s")
            else _("The Hub has answered too many requests."),
            _("Go on later; what was downloaded is kept. A token allows more."),
        ),
        ProblemKind.HUB_FAILED: (
            _("The Hub has a fault"),
            _("The Hub answered {status} when it was asked for {model}."),
            _("Go on later; what was downloaded is kept."),
        ),
        ProblemKind.DOWNLOAD_RUNNING: (
            _("The model is already being downloaded"),
            _("Another download of {model} is at work."),
            _("Wait for it to end."),
        ),
        ProblemKind.FILE_CHECKSUM_WRONG: (
            _("A file arrived damaged"),
            _("{file} of {model} is not what the Hub promised, also at the second try. It was thrown away."),
            _("Try again later; a proxy or the disk may be at fault."),
        ),
    }


def _content_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.MODEL_PICKLED: (
            _("This model can run foreign code"),
            _("{model} has only pickled weights ({file}); loading such a file can run any program hidden in it."),
            _("Take a variant with safetensors files."),
        ),
        ProblemKind.MODEL_WITHOUT_SAFETENSORS: (
            _("The model has no weights that vLLM reads"),
            _("{model} has no safetensors files."),
            _("Take another variant of the model."),
        ),
        ProblemKind.MODEL_CODE_NOT_ALLOWED: (
            _("The model brings its own program code"),
            _("{model} would run Python code of its makers on this computer; nothing was downloaded."),
            _("If you trust them, allow the code of exactly this revision: {revision}."),
        ),
        ProblemKind.MODEL_INDEX_WRONG: (
            _("The model on the Hub is not complete"),
            _("The index of {model} names {file}, which is not there.")
            if values.get("file")
            else _("The index of {model} names no weight files."),
            _("Take another variant, or tell its makers."),
        ),
        ProblemKind.MODEL_CHANGED: (
            _("The model has changed meanwhile"),
            _("{model} was planned as revision {before}, and the Hub now has {now}. Nothing was downloaded."),
            _("Look at it again, then download it."),
        ),
        ProblemKind.MODEL_IN_USE: (
            _("The model is in use"),
            _("{model} runs at the moment and is not removed."),
            _("Stop it first."),
        ),
    }
