"""Code that comes with a model: Python files in its repository, and pickled weights, which can run code as well.

Neither runs without the person's word for this very model and revision: an entry MODEL@REVISION in code_allowed.
"""

from typing import TYPE_CHECKING

from trayapp.core.extra_arguments import names_load_format
from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from trayapp.core.found_model import FoundModel
    from trayapp.core.settings import Settings


def code_of(model: "FoundModel") -> str:
    """Return how the code of this model and revision is named in the settings."""
    return f"{model.source}@{model.revision}"


def is_code_allowed(settings: "Settings", model: "FoundModel") -> bool:
    """Whether the person lets this model, in this revision, run code."""
    return code_of(model) in settings.code_allowed


def pickle_problem(settings: "Settings", model: "FoundModel") -> Problem | None:
    """Return the problem of weights that are pickled, unless they are allowed."""
    if model.weight_format != "bin" or is_code_allowed(settings, model):
        return None
    return Problem(ProblemKind.PICKLED_WEIGHTS, {"model": model.name, "code": code_of(model)})


def weights_arguments(settings: "Settings", model: "FoundModel", quantization_method: str) -> tuple[str, ...]:
    """Return the arguments that say what of the model may be loaded and run."""
    words: tuple[str, ...] = ()
    if is_code_allowed(settings, model):
        words += ("--trust-remote-code",)
        if model.source != model.folder:  # an id: what it means tomorrow was not allowed
            words += ("--revision", model.revision)
    if (
        model.weight_format in {"safetensors", ""}
        and not model.consolidated  # vLLM has a form of its own for these; they are safetensors, too
        and quantization_method != "bitsandbytes"  # likewise
        and not names_load_format(settings.extra_arguments)
    ):
        words += ("--load-format", "safetensors")
    return words
