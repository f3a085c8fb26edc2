"""Which parser of vLLM understands the tool calls and the thinking of a family of models.

Without them tool calls of editors and agents fail; a name that a version does not have ends vLLM, and so a family
that is not known gets none. The versions are those whose wheels were seen to have the name (tests/data).
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trayapp.core.situation import Situation

Release = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class _Parser:
    """A name and the first version that was seen to have it."""

    name: str
    since: Release
    until: Release = (1 << 30, 0, 0)  # the first version that was seen without it


_HERMES = _Parser("hermes", (0, 6, 6))
_LLAMA_3 = _Parser("llama3_json", (0, 6, 6))
_LLAMA_4 = _Parser("llama4_pythonic", (0, 9, 2))
_MISTRAL = _Parser("mistral", (0, 6, 6))
_QWEN_CODER = _Parser("qwen3_coder", (0, 10, 2))
_DEEPSEEK_V3 = _Parser("deepseek_v3", (0, 9, 2))
_DEEPSEEK_V31 = _Parser("deepseek_v31", (0, 10, 2))
_DEEPSEEK_V32 = _Parser("deepseek_v32", (0, 13, 0))

_TOOLS_BY_TYPE = {
    "gpt_oss": _Parser("openai", (0, 10, 2)),
    "llama4": _LLAMA_4,
    "llama4_text": _LLAMA_4,
    "granite": _Parser("granite", (0, 6, 6)),
    "granitemoe": _Parser("granite", (0, 6, 6)),
    "granitemoehybrid": _Parser("granite4", (0, 18, 0)),
    "glm4_moe": _Parser("glm45", (0, 10, 2)),
    "kimi_k2": _Parser("kimi_k2", (0, 10, 2)),
    "kimi_linear": _Parser("kimi_k2", (0, 10, 2)),
    "minimax_m2": _Parser("minimax_m2", (0, 11, 2)),
    "jamba": _Parser("jamba", (0, 6, 6)),
    "internlm2": _Parser("internlm", (0, 6, 6)),
    "hunyuan_v1_moe": _Parser("hunyuan_a13b", (0, 10, 2)),
    "seed_oss": _Parser("seed_oss", (0, 10, 2)),
    "step3_text": _Parser("step3", (0, 10, 2)),
    "longcat_flash": _Parser("longcat", (0, 11, 0)),
    "olmo3": _Parser("olmo3", (0, 11, 2)),
    "ernie4_5": _Parser("ernie45", (0, 11, 2)),
    "ernie4_5_moe": _Parser("ernie45", (0, 11, 2)),
    "lfm2": _Parser("lfm2", (0, 21, 0)),
    "lfm2_moe": _Parser("lfm2", (0, 21, 0)),
    "gemma4": _Parser("gemma4", (0, 21, 0)),
    "gemma4_text": _Parser("gemma4", (0, 21, 0)),
    "apertus": _Parser("apertus", (0, 23, 0)),
    "deepseek_v32": _DEEPSEEK_V32,
    "mistral": _MISTRAL,
    "mistral3": _MISTRAL,
    "ministral3": _MISTRAL,
    "mixtral": _MISTRAL,
}
_THINKING_BY_TYPE = {
    "gpt_oss": _Parser("openai_gptoss", (0, 10, 2)),
    "glm4_moe": _Parser("glm45", (0, 10, 2)),
    "minimax_m2": _Parser("minimax_m2", (0, 11, 2)),
    "seed_oss": _Parser("seed_oss", (0, 11, 0)),
    "hunyuan_v1_moe": _Parser("hunyuan_a13b", (0, 10, 2)),
    "step3_text": _Parser("step3", (0, 10, 2)),
    "olmo3": _Parser("olmo3", (0, 11, 2)),
    "gemma4": _Parser("gemma4", (0, 21, 0)),
    "gemma4_text": _Parser("gemma4", (0, 21, 0)),
}
_QWEN_THINKING = _Parser("qwen3", (0, 9, 2))
_R1_THINKING = _Parser("deepseek_r1", (0, 9, 2))  # there before, but behind a flag that has gone since


def parser_arguments(situation: "Situation") -> tuple[str, ...]:
    """Return the flags for tool calls and thinking; () for a family that this version does not understand."""
    extra = situation.settings.extra_arguments
    flags: tuple[str, ...] = ()
    tools = _fitting(_tool_parser(situation), situation)
    if tools and not any(word.startswith(("--tool-call-parser", "--enable-auto-tool")) for word in extra):
        flags += ("--enable-auto-tool-choice", "--tool-call-parser", tools)
    thinking = _fitting(_thinking_parser(situation), situation)
    if thinking and not any(word.startswith("--reasoning-parser") for word in extra):
        flags += ("--reasoning-parser", thinking)
    return flags


def has_parser(situation: "Situation") -> bool:
    """Whether tool calls work, by the plan's flags or the user's own."""
    own = any(word.startswith("--tool-call-parser") for word in situation.settings.extra_arguments)
    return own or bool(_fitting(_tool_parser(situation), situation))


def _fitting(parser: _Parser | None, situation: "Situation") -> str:
    release = situation.install.version.release
    return parser.name if parser is not None and parser.since <= release < parser.until else ""


def _tool_parser(situation: "Situation") -> _Parser | None:
    """Return the parser of a family. The chat template decides where one family writes calls in several ways."""
    model_type, template = situation.facts.model_type, situation.model.chat_template
    by_type = _TOOLS_BY_TYPE.get(model_type)
    if by_type is not None:
        return by_type
    if "<function=" in template and "<tool_call>" in template:
        return _QWEN_CODER
    if "<tool_call>" in template:
        return _HERMES
    if "<｜tool▁calls▁begin｜>" in template:
        # V3 names the kind of each call ("function") before it; V3.1 does not.
        return _DEEPSEEK_V3 if "```json" in template else _DEEPSEEK_V31
    if "<|python_tag|>" in template or "Environment: ipython" in template:
        return _LLAMA_3
    if "[TOOL_CALLS]" in template:
        return _MISTRAL
    return None


def _thinking_parser(situation: "Situation") -> _Parser | None:
    model_type, template = situation.facts.model_type, situation.model.chat_template
    by_type = _THINKING_BY_TYPE.get(model_type)
    if by_type is not None:
        return by_type
    if "<think>" not in template and "</think>" not in template:
        return None
    if "enable_thinking" in template or model_type.startswith("qwen3"):
        # Instruct variants of Qwen3 never think, and their templates do not know the word.
        return _QWEN_THINKING if model_type.startswith("qwen3") else None
    return _R1_THINKING if "<｜Assistant｜>" in template else None
