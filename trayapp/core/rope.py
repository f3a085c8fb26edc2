"""YaRN: whether a model can be stretched, and the arguments that each version of vLLM wants for it.

The forms were read in vLLM's config/model.py: an object inside an override replaces the config's own as a whole, so
every rope key of the model is copied into it (without its rope_theta the model would write nonsense, silently).
"""

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trayapp.core.problems import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trayapp.core.model_facts import ModelFacts
    from trayapp.core.vllm_version import VllmVersion

_UNSCALED = {"", "default", "mrope"}
_BY_LAYER = "full_attention"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A model stretched by YaRN: its length then, and the arguments that make vLLM do it."""

    max_model_len: int
    arguments: tuple[str, ...]


def plan_stretch(facts: "ModelFacts", version: "VllmVersion", factor: float) -> Stretch | Problem:
    """Return how to stretch a model by a factor above 1, or why it cannot be."""
    rope: Mapping[str, object] = facts.rope
    by_layer = rope.get(_BY_LAYER)
    own = by_layer if isinstance(by_layer, dict) else rope
    kind = str(own.get("rope_type", own.get("type", "")))
    if kind not in _UNSCALED:
        return Problem(
            ProblemKind.YARN_NOT_POSSIBLE, {"reason": "longrope" if kind == "longrope" else "already_scaled"}
        )
    if facts.length_is_guessed or not _has_rope(facts):
        return Problem(ProblemKind.YARN_NOT_POSSIBLE, {"reason": "no_rope"})
    if facts.nested and not version.at_least(0, 11, 1):
        # An override of these versions replaces the whole text_config, and the model would be another one.
        return Problem(ProblemKind.YARN_NOT_POSSIBLE, {"reason": "version"})
    length = math.floor(facts.native_context * factor)
    # "mrope" in configs of transformers 4 says how positions are laid out; what that needs stays in mrope_section.
    scaled = {key: value for key, value in own.items() if key != "type"} | {
        "rope_type": "yarn",
        "factor": factor,
        "original_max_position_embeddings": facts.native_context,
    }
    parameters: dict[str, object] = {**rope, _BY_LAYER: scaled} if isinstance(by_layer, dict) else scaled
    if not version.at_least(0, 12, 0):
        # transformers 4 keeps these two beside the object, where they stay as they are.
        parameters = {key: value for key, value in scaled.items() if key not in {"rope_theta", "partial_rotary_factor"}}
    if not version.at_least(0, 11, 1):
        return Stretch(length, ("--rope-scaling", _json(parameters)))
    override: dict[str, object] = {("rope_parameters" if version.at_least(0, 12, 0) else "rope_scaling"): parameters}
    if version.at_least(0, 30, 0) or facts.nested or "gemma3" in facts.model_type:
        # From 0.30 on YaRN no longer lengthens what vLLM derives; before that the key changes nothing.
        override["max_position_embeddings"] = length
    if facts.nested:
        for name in reversed(facts.nested.split(".")):
            override = {name: override}
    return Stretch(length, ("--hf-overrides", _json(override)))


def _has_rope(facts: "ModelFacts") -> bool:
    return bool(facts.rope) or facts.text.get("max_position_embeddings") is not None


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))
