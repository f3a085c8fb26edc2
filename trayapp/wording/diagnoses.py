"""Every cause of an end in words: a title for a notification, and an explanation for who never heard of a KV cache.

Causes that lie in the GPU or its memory are in gpu_diagnoses.py. A test counts that no cause is missing.
"""

from typing import TYPE_CHECKING

from trayapp.core.found_cause import Cause, Confidence, Diagnosis
from trayapp.core.log_events import Phase
from trayapp.wording.gpu_diagnoses import cpu_diagnoses, gpu_diagnoses
from trayapp.wording.phases import waiting_words
from trayapp.wording.translation import _
from trayapp.wording.units import bytes_words, number_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.problems import Value


def diagnosis_words(diagnosis: Diagnosis) -> tuple[str, str]:
    """Return the title and the explanation of a diagnosis."""
    words = gpu_diagnoses() | _diagnoses()
    if diagnosis.values.get("on_cpu") is True:
        words |= cpu_diagnoses()
    title, explanation, with_figures = words[diagnosis.cause]
    parts = [explanation, _filled(with_figures, diagnosis.values)]
    if diagnosis.cause is Cause.UNKNOWN and diagnosis.evidence:
        parts.append(_("The last error in the log: {error}").format(error=diagnosis.evidence[0].text))
    if diagnosis.cause is Cause.PORT_IN_USE:
        parts.append(_filled(_("It is used by {user}."), diagnosis.values))
    phase = diagnosis.values.get("phase")
    if phase in set(Phase):
        parts.append(waiting_words(Phase(phase)))
    return title, " ".join(part for part in parts if part)


def confidence_words(confidence: Confidence) -> str:
    """Return how sure a diagnosis is, as half a sentence."""
    match confidence:
        case Confidence.CERTAIN:
            return _("the log says so")
        case Confidence.LIKELY:
            return _("probably")
        case Confidence.UNKNOWN:
            return _("not known")


def _filled(template: str, values: "Mapping[str, Value]") -> str:
    """Return the sentence with its values, or nothing where the log did not give all of them."""
    shown = {name: _value_words(name, value) for name, value in values.items()}
    try:
        return template.format_map(shown)
    except KeyError:
        return ""


def _value_words(name: str, value: "Value") -> str:
    if name.endswith("_bytes") and isinstance(value, int):
        return bytes_words(value)
    if name.endswith("max_model_len") and isinstance(value, int):
        return number_words(value)
    if name.endswith("utilization") and isinstance(value, float):
        return number_words(value, 2)
    return str(value)


def _diagnoses() -> "dict[Cause, tuple[str, str, str]]":
    """Return title, explanation, and a sentence with figures for every cause outside the GPU.

    A function, so that the language in use when it is asked counts.
    """
    return {
        Cause.HEALTHY: (_("Nothing is wrong"), _("The log shows a good start or a stop that was asked for."), ""),
        Cause.UNKNOWN: (
            _("vLLM ended and the reason is not known"),
            _("The log names no cause that this app knows."),
            "",
        ),
        Cause.ENGINE_DEAD_WRAPPER_ONLY: (
            _("The reason is not in this part of the log"),
            _("vLLM only says that its engine failed. The cause stands further up, before these lines."),
            "",
        ),
        Cause.MAX_LEN_EXCEEDS_MODEL: (
            _("Longer than the model can read"),
            _("The context length that was asked for is above what the model was made for."),
            _("Asked for were {max_model_len} tokens."),
        ),
        Cause.QUANTIZATION_MISMATCH: (
            _("Wrong compression setting for this model"),
            _("The setting for how the weights are compressed (quantization) does not match the model or this vLLM."),
            _("The model says {model_method}, the setting says {method}."),
        ),
        Cause.QUANTIZATION_CONFIG_MISSING: (
            _("This model is not compressed that way"),
            _("A kind of compression (quantization) was asked for that the model's files do not have."),
            _("It was {method}."),
        ),
        Cause.MARLIN_OR_GROUP_SIZE_SHAPE: (
            _("The model cannot be split over these GPUs"),
            _("Its compressed weights cannot be cut into that many equal parts (tensor parallel size)."),
            "",
        ),
        Cause.TENSOR_PARALLEL_NOT_DIVISIBLE: (
            _("The model cannot be split over this many GPUs"),
            _("The number of GPUs (tensor parallel size) must divide the model's attention heads."),
            _("{heads} heads do not go into {tensor_parallel_size} equal parts."),
        ),
        Cause.BAD_ROPE_SCALING: (
            _("The setting for a longer context is not valid"),
            _("What is said about stretching the context (RoPE scaling) does not fit the model or this vLLM."),
            "",
        ),
        Cause.ARCHITECTURE_UNSUPPORTED: (
            _("This vLLM does not know this kind of model"),
            _("The model needs another version of vLLM, or vLLM does not support it."),
            _("The model is a {architecture}."),
        ),
        Cause.TRANSFORMERS_VERSION_TOO_OLD: (
            _("The model is newer than this vLLM"),
            _("A part of the installation (transformers) does not know the model yet. A newer vLLM may."),
            _("Its type is {model_type}."),
        ),
        Cause.TRANSFORMERS_VERSION_TOO_NEW: (
            _("Parts of the installation do not fit together"),
            _("A library (transformers) is newer than this vLLM can work with."),
            "",
        ),
        Cause.TOKENIZER_ERROR: (
            _("The model's dictionary cannot be read"),
            _("The files that cut text into pieces (tokenizer) are missing, damaged, or of a kind that is not known."),
            "",
        ),
        Cause.TRUST_REMOTE_CODE_REQUIRED: (
            _("The model brings a program of its own"),
            _("It only runs when code from its publisher may run on this computer, with all your rights."),
            "",
        ),
        Cause.CHAT_TEMPLATE_MISSING: (
            _("This model cannot chat"),
            _("It has no pattern for conversations (chat template); base models lack one. Take the instruct variant."),
            "",
        ),
        Cause.CORRUPT_OR_INCOMPLETE_SAFETENSORS: (
            _("A file of the model is damaged"),
            _("The weights are cut off or are not weights at all, as after an interrupted download."),
            _("The file is {file}."),
        ),
        Cause.MODEL_NOT_FOUND: (
            _("The model was not found"),
            _("There is no model of this name or in this folder. Private models look the same without a token."),
            _("Asked for was {model}."),
        ),
        Cause.GATED_OR_UNAUTHORIZED: (
            _("The model's licence must be accepted first"),
            _("Its publisher gives it to people who accepted the licence and show a token for it."),
            _("The model is {model}."),
        ),
        Cause.NO_NETWORK_OR_OFFLINE: (
            _("The model's files could not be fetched"),
            _("They are not on this computer, and huggingface.co was not reached or offline mode is on."),
            "",
        ),
        Cause.INVALID_CLI_FLAG: (
            _("vLLM does not know a setting"),
            _("An extra argument does not exist in this version of vLLM, or is misspelt."),
            _("It is {argument}."),
        ),
        Cause.INVALID_CLI_VALUE: (
            _("vLLM does not accept the value of a setting"),
            _("One of the arguments has a value that this version of vLLM refuses."),
            _("The argument is {argument}."),
        ),
        Cause.PORT_IN_USE: (
            _("The port is taken"),
            _("Another program, perhaps another vLLM, already listens there."),
            _("The port is {port}."),
        ),
        Cause.OWN_MODULE_NOT_FOUND: (
            _("The script that starts vLLM leaves out a part of the app"),
            _(
                "The chosen vLLM is a script that keeps Python from the app's folder, or runs it in a container. What "
                "keeps foreign web pages out of the server is not found there. Choose the vllm program itself in the "
                "settings under Advanced. With TRAY_ALLOWED_HOSTS=* under Environment there, the script starts without "
                "this protection."
            ),
            "",
        ),
        Cause.TORCH_ABI_MISMATCH: (
            _("The installation of vLLM is broken"),
            _("Its parts were not made for each other, or one is missing. Installing it anew helps."),
            "",
        ),
        Cause.MISSING_COMPILER_FOR_JIT: (
            _("A compiler is missing"),
            _("vLLM translates a part of itself for this computer and lacks a tool for that."),
            _("Missing is {tool}."),
        ),
        Cause.PLATFORM_UNSUPPORTED_WINDOWS_NATIVE: (
            _("vLLM does not run on Windows itself"),
            _("It needs Linux; on Windows that is WSL 2."),
            "",
        ),
        Cause.HOST_RAM_OOM_KILLED: (
            _("This computer ran out of memory"),
            _("The system ended vLLM because the computer's own memory (RAM, not the GPU's) was used up."),
            "",
        ),
        Cause.SHM_TOO_SMALL: (
            _("The memory between processes is too small"),
            _("vLLM's processes talk over /dev/shm (shared memory), and that is full or very small here."),
            _("{needed_bytes} are needed, {free_bytes} are free."),
        ),
        Cause.DISK_FULL: (
            _("The disk is full"),
            _("vLLM could not write a file it needs: a download or something compiled."),
            "",
        ),
        Cause.TOO_MANY_OPEN_FILES: (
            _("Too many open files"),
            _("The system's limit of open files for one program was reached."),
            "",
        ),
        Cause.STARTUP_TIMEOUT: (
            _("The start took longer than vLLM waits"),
            _("A slow disk or the first translation for this GPU can take that long; it is not broken."),
            _("It waited {waited_s} seconds."),
        ),
        Cause.STARTUP_HANG: (
            _("The start does not go on"),
            _("For minutes vLLM has not moved on."),
            _("Nothing was heard of it for {silent_minutes} minutes."),
        ),
        Cause.ENGINE_DEAD_AT_RUNTIME: (
            _("vLLM's engine ended by itself"),
            _("The process that holds the model is gone and left no reason: it was ended from outside or it crashed."),
            "",
        ),
    }
