"""The sentences about models and their memory; the others are in problems.py."""

from typing import TYPE_CHECKING

from trayapp.core.problems import ProblemKind
from trayapp.wording.translation import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def plan_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    """Return title, detail and remedy of every kind that concerns a model or its memory."""
    return {**_model_templates(values), **_memory_templates(values), **_argument_templates(values)}


def _model_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.NO_MODEL_CHOSEN: (
            _("No model is chosen"),
            _("The app does not know which model to start."),
            _("Choose a model in the settings: a folder, or the name of a downloaded model."),
        ),
        ProblemKind.MODEL_NOT_FOUND: (
            _("The model was not found"),
            _("{model} is neither a folder nor a model in the Hugging Face cache of this computer."),
            _("Check the name, or download the model first."),
        ),
        ProblemKind.MODEL_NOT_ON_HUB: (
            _("The model cannot be read from the Hub"),
            _hub_reason(str(values.get("reason", ""))),
            _("Check the name and the network, or download the model first."),
        ),
        ProblemKind.MODEL_FILE_BAD: (
            _("A file of the model cannot be used"),
            _("{path}: {key} {reason}."),
            _("Download the model again, or choose another one."),
        ),
        ProblemKind.MODEL_ONLY_GGUF: (
            _("This is a GGUF model"),
            _("{path} is in the format of llama.cpp, which newer versions of vLLM no longer read."),
            _("Run it with Ollama, or take the same model in safetensors form (AWQ, GPTQ or FP8)."),
        ),
        ProblemKind.MODEL_INCOMPLETE: (
            _("The model is not complete"),
            _("{files} weight files of {model} are missing.")
            if values.get("files")
            else _("{model} has no weight files."),
            _("Download the model again; what is there is kept."),
        ),
        ProblemKind.WEIGHTS_ESTIMATED: (
            _("The size of the weights is estimated"),
            _("No weight file is here; {weights_bytes} are computed from the config."),
            _("Download the model for an exact plan."),
        ),
        ProblemKind.CONTEXT_GUESSED: (
            _("The model does not say how long its context may be"),
            _("Its config has none of the usual keys, so vLLM assumes {native_context} tokens."),
            _("If you know better, set the context length."),
        ),
        ProblemKind.CONTEXT_TOO_LONG: (
            _("The context is longer than the model can take"),
            _("{asked} tokens are asked for; this model goes up to {longest}."),
            _("Ask for a context of {longest} or less, or stretch the model with YaRN."),
        ),
        ProblemKind.YARN_NOT_POSSIBLE: (
            _("This model cannot be stretched with YaRN"),
            _yarn_reason(str(values.get("reason", ""))),
            _("Switch YaRN off."),
        ),
        ProblemKind.YARN_BUYS_NOTHING: (
            _("YaRN buys nothing here"),
            _(
                "The memory ends at {planned} tokens, before the model's own {native_context};"
                " stretching it would only cost quality."
            ),
            _("Switch YaRN off."),
        ),
        ProblemKind.NO_TOOL_PARSER: (
            _("Tool calls are not set up"),
            _("It is not known how models of the family {model_type} write tool calls, so editors cannot use tools.")
            if values.get("template", True)
            else _("The model has no chat template here, and only that tells how it writes tool calls."),
            _("Add --enable-auto-tool-choice and --tool-call-parser to the options if the model's page names one."),
        ),
    }


def _hub_reason(reason: str) -> str:
    match reason:
        case "gated":
            return _(
                "{model} is only for those who accepted its licence on its page and are logged in (hf auth login)."
            )
        case "unknown":
            return _("{model} is not on this computer, and the Hugging Face Hub knows no such model.")
        case _:
            return _("{model} is not on this computer, and the Hugging Face Hub does not answer.")


def _yarn_reason(reason: str) -> str:
    match reason:
        case "longrope":
            return _("It has a long context of its own kind (longrope).")
        case "already_scaled":
            return _("Its config already stretches it.")
        case "version":
            return _("This version of vLLM cannot stretch models of this kind.")
        case _:
            return _("It has no rotary positions to stretch.")


def _memory_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.MEMORY_DOES_NOT_FIT: (
            _("The model does not fit"),
            _("About {needed_bytes} are needed, and vLLM can have {free_bytes}."),
            "{ways}",
        ),
        ProblemKind.CONTEXT_REDUCED: (
            _("Only a shorter context fits"),
            _("{wanted} tokens are wanted; {planned} are planned, since the memory holds no more for sure."),
            "{ways}",
        ),
        ProblemKind.UTILIZATION_TOO_HIGH: (
            _("More of the GPU is asked for than is free"),
            _("A share of {asked} is {needed_bytes}, and {free_bytes} are free; vLLM would not start."),
            _("Set the share of the memory to {possible} or less, or to 0 to let the app choose."),
        ),
        ProblemKind.MEMORY_RAM_LOW: (
            _("Little memory is free"),
            _("{needed_bytes} of the computer's memory are needed, and {free_bytes} are free."),
            _("Close other programs, or take a smaller model."),
        ),
        ProblemKind.UNIFIED_MEMORY: (
            _("The GPU shares the computer's memory"),
            _("On {gpu} other programs take from the same memory, so what fits can only be told as a wide range."),
            _("Close what you do not need before the start; the settings say how much is kept free for the others."),
        ),
        ProblemKind.ROUGH_ESTIMATE: (
            _("The plan is a wide range"),
            _("How much memory pictures take differs from model to model; the first start measures it.")
            if values.get("reason") == "images"
            else _("What {count} GPUs need to talk to each other differs a lot; the first start measures it."),
            "",
        ),
        ProblemKind.CPU_IS_SLOW: (
            _("The model runs on the processor"),
            _("That works without a GPU, but expect a few words a second with models of 7 billion weights and more."),
            _("Take a small model (up to about 4 billion weights), or use Ollama or a server in the network."),
        ),
        ProblemKind.GPU_IN_USE: (
            _("Other programs use the GPU"),
            _("{users} hold {used_bytes} on {gpu}."),
            _("Close them for a longer context."),
        ),
        ProblemKind.IMAGES_LIMITED: (
            _("One image a prompt, no video"),
            _("vLLM keeps memory for the largest prompt that it allows; without a limit that is gigabytes."),
            _("Set --limit-mm-per-prompt in the options for vLLM to allow more."),
        ),
    }


def _argument_templates(values: "Mapping[str, Value]") -> "Mapping[ProblemKind, tuple[str, str, str]]":
    return {
        ProblemKind.GPU_NOT_SUPPORTED: (
            _("This GPU cannot run vLLM"),
            (
                _("{gpu} ({generation}, compute capability {compute_capability}) is too old for vLLM {version}.")
                if values.get("last_version")
                else _(
                    "{gpu} ({generation}, compute capability {compute_capability}) is too old for any version of vLLM."
                )
            )
            if not values.get("first_version")
            else _("{gpu} ({generation}, compute capability {compute_capability}) is too new for vLLM {version}."),
            _("Install vLLM {first_version} or newer.")
            if values.get("first_version")
            else _("Install vLLM {last_version} or older, or use Ollama.")
            if values.get("last_version")
            else _("Use Ollama, which still supports it, or a server in the network."),
        ),
        ProblemKind.QUANTIZATION_IGNORED: (
            _("The setting quantization is not used"),
            _("The model says itself how it is stored ({found}); {asked} would contradict it."),
            _("Set quantization to auto."),
        ),
        ProblemKind.QUANTIZATION_NOT_SUPPORTED: (
            _("This GPU cannot compute with these weights"),
            _("{method} needs compute capability {least} with vLLM {version}; {gpu} has {compute_capability}."),
            _("Take a 4-bit variant of the model (AWQ or GPTQ), or use Ollama."),
        ),
        ProblemKind.QUANTIZATION_NEEDS_PLUGIN: (
            _("vLLM needs an extension for this model"),
            _("{method} is no longer part of vLLM {version}."),
            _("Install {plugin} into vLLM's environment, or take an AWQ, GPTQ or FP8 variant of the model."),
        ),
        ProblemKind.FP8_CACHE_NOT_SUPPORTED: (
            _("This GPU cannot keep the context in 8 bits"),
            _("{gpu} has compute capability {compute_capability}; an FP8 cache needs 8.9, with some kernels 8.0."),
            _("Set the format of the context to auto."),
        ),
        ProblemKind.DTYPE_NOT_SUPPORTED: (
            _("This GPU cannot compute with {dtype}"),
            _("{gpu} has no {dtype}."),
            _("Set dtype to auto."),
        ),
        ProblemKind.DTYPE_CHANGED: (
            _("The model runs with {dtype}"),
            _("{gpu} has no bfloat16, which the model was made with."),
            "",
        ),
        ProblemKind.TENSOR_PARALLEL_NOT_POSSIBLE: (
            _("The model cannot be split over {asked} GPUs"),
            _("It has {heads} attention heads; GPUs of this computer that can run it: {gpus}."),
            _("Set the number of GPUs to one of: {possible}."),
        ),
    }
