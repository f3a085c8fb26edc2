"""Rules for the model: what its files say, and what this vLLM can make of it."""

import re

from trayapp.core.causes.cause import Cause
from trayapp.core.causes.rule import Rank, Rule, Scene

_UNSUPPORTED = re.compile(r"Model architectures \[(.*?)\] (?:are not supported|failed)")


def _unsupported_or_broken(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return a broken installation where the architecture is among those that vLLM says it supports."""
    text = scene.around(line, before=40, after=6)
    found = _UNSUPPORTED.search(text)
    names = re.findall(r"'(\w+)'", found[1]) if found else []
    listed = text[found.end() :] if found else ""
    if "Error in inspecting model architecture" in text or any(f"'{name}'" in listed for name in names):
        return Cause.TORCH_ABI_MISMATCH, True
    return Cause.ARCHITECTURE_UNSUPPORTED, True


def _on_windows(scene: Scene, line: int) -> tuple[Cause, bool]:
    """Return the platform where paths with a drive letter stand around a broken import."""
    if re.search(r'File "[A-Z]:\\', scene.around(line, before=10, after=60)):
        return Cause.PLATFORM_UNSUPPORTED_WINDOWS_NATIVE, True
    return Cause.TORCH_ABI_MISMATCH, True


RULES = (
    Rule(
        Cause.MAX_LEN_EXCEEDS_MODEL,
        ("is greater than the derived max_model_len", "is larger than the derived max_model_len"),
        figures=(
            r"max_model_len \((?P<max_model_len>\d+)\)",
            r"derived max_model_len \((?:\w+=)?(?P<model_max_len>\d+)",
        ),
    ),
    Rule(
        Cause.QUANTIZATION_MISMATCH,
        ("Quantization method specified in the model config",),
        figures=(r"model config \((?P<model_method>[^)]*)\)", r"`?quantization`? argument \((?P<method>[^)]*)\)"),
    ),
    Rule(
        Cause.QUANTIZATION_MISMATCH,
        ("Unknown quantization method", "Unsupported quantization method"),
        figures=(r"quantization method:? ?(?P<method>[\w-]+)",),
    ),
    Rule(
        Cause.QUANTIZATION_MISMATCH,
        ("is deprecated and will be removed in future versions of vLLM. To bypass",),
    ),
    Rule(
        Cause.QUANTIZATION_CONFIG_MISSING,
        ("Cannot find the config file for",),
        figures=(r"Cannot find the config file for (?P<method>\w+)",),
    ),
    Rule(
        Cause.MARLIN_OR_GROUP_SIZE_SHAPE,
        (
            "is not divisible by min_thread",
            "is not divisible by  min_thread",
            "not aligned with the quantized weight shape",
            "is not divisible by weight quantization block",
            "is not divisible by group_size",
            "is not divisible by self.quant_config.group_size",
        ),
    ),
    Rule(
        Cause.TENSOR_PARALLEL_NOT_DIVISIBLE,
        ("must be divisible by tensor parallel size", "be divisible by the tensor parallel size"),
        figures=(
            r"attention heads \((?P<heads>\d+)\)",
            r"parallel size \((?P<tensor_parallel_size>\d+)\)",
        ),
    ),
    Rule(
        Cause.TENSOR_PARALLEL_NOT_DIVISIBLE,
        (" is not divisible by ",),
        also=r"ensure_divisibility|tensor_parallel|tp_size",
        near=(8, 0),
        rank=Rank.VAGUE,
        figures=(r"\b(?P<heads>\d{1,9}) is not divisible by (?P<tensor_parallel_size>\d+)",),
    ),
    Rule(
        Cause.BAD_ROPE_SCALING,
        (
            'assert "factor" in rope_scaling',
            "rope_scaling must be a dictionary",
            "`rope_scaling` must be a dictionary",
            "Unknown RoPE scaling type",
            "rope_scaling' ",
            "rope_scaling should",
            "Missing required keys in `rope_",
        ),
        unless=r"Unrecognized keys",
    ),
    Rule(
        Cause.BAD_ROPE_SCALING,
        ("KeyError: 'factor'", "KeyError: 'rope_type'", "KeyError: 'type'", "KeyError: 'original_max_position"),
        also=r"rope|rotary",
        near=(30, 0),
    ),
    Rule(
        Cause.ARCHITECTURE_UNSUPPORTED,
        ("are not supported for now", "failed to be inspected"),
        decide=_unsupported_or_broken,
        figures=(r"Model architectures \['(?P<architecture>\w+)'",),
        figures_near=(0, 2),
    ),
    Rule(
        Cause.ARCHITECTURE_UNSUPPORTED,
        (
            "has no vLLM implementation",
            "was supported in vLLM until v",
            "is not supported in-tree anymore",
            "Should have a `model_type` key",
        ),
        figures=(r"\b(?P<architecture>\w{1,100}) (?:has no vLLM impl|was supported in vLLM|is not supported in-tree)",),
    ),
    Rule(Cause.TORCH_ABI_MISMATCH, ("Error in inspecting model architecture",), rank=Rank.VAGUE, decide=_on_windows),
    Rule(
        Cause.TRANSFORMERS_VERSION_TOO_OLD,
        ("but Transformers does not recognize this architecture",),
        figures=(r"model type `(?P<model_type>[^`]+)`",),
    ),
    Rule(
        Cause.TRANSFORMERS_VERSION_TOO_NEW,
        ("has no attribute all_special_tokens_extended", "has no attribute 'all_special_tokens_extended'"),
    ),
    Rule(
        Cause.TOKENIZER_ERROR,
        (
            "does not exist or is not currently imported",
            "untagged enum ModelWrapper",
            "Couldn't instantiate the backend tokenizer",
            "Can't load tokenizer for",
            "Failed to load the tokenizer",
            "did not match any variant of untagged enum",
            "Unable to load vocabulary from file",
        ),
        figures=(r"Tokenizer class (?P<tokenizer>\w+)",),
    ),
    # Without its files the tokenizer is an empty one, which turns every text into nothing.
    Rule(
        Cause.TOKENIZER_ERROR,
        ("IndexError: list index out of range",),
        also=r"_label_ids|tokenizer",
        near=(12, 0),
        rank=Rank.VAGUE,
    ),
    Rule(
        Cause.TRUST_REMOTE_CODE_REQUIRED,
        (
            "contains custom code which must be executed",
            "requires you to execute the configuration file",
            "requires you to execute the tokenizer file",
            "Please pass the argument `trust_remote_code=True`",
        ),
        figures=(r"repository (?:for )?(?P<model>\S+) contains custom code",),
    ),
    Rule(
        Cause.TRUST_REMOTE_CODE_REQUIRED,
        ("EOFError: EOF when reading a line", "Do you wish to run the custom code"),
        also=r"remote_code|custom code",
        near=(40, 10),
    ),
    Rule(
        Cause.TRUST_REMOTE_CODE_REQUIRED,
        ("If the model is a custom model not yet available",),
        rank=Rank.AFTERMATH,
    ),
    Rule(
        Cause.CHAT_TEMPLATE_MISSING,
        (
            "default chat template is no longer allowed",
            "a chat template is required",
            "tokenizer.chat_template is not set",
            "does not have a chat template",
        ),
        rank=Rank.REQUEST,
        any_level=True,
    ),
    Rule(
        Cause.CORRUPT_OR_INCOMPLETE_SAFETENSORS,
        (
            "Error while deserializing header",
            "MetadataIncompleteBuffer",
            "HeaderTooLarge",
            "HeaderTooSmall",
            "InvalidHeaderDeserialization",
            "SafetensorError",
            "invalid load key",
            "PytorchStreamReader failed",
        ),
        figures=(r"(?<![\w.-])(?P<file>[\w.-]{1,200}\.safetensors)",),
        figures_near=(12, 4),
    ),
)
