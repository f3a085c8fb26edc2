"""Starts of the real vLLM that fail, each as a person could bring it about: by a setting, a model, or the computer."""

import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.recorded.scenarios import SCENARIOS, change_config
from trayapp.core.found_cause import Cause
from trayapp.core.problems import ProblemKind
from trayapp.core.remedy import RemedyId

CACHE = {"VLLM_CPU_KVCACHE_SPACE": "1"}


@dataclass(frozen=True)
class FailingStart:
    """What is wrong, what must be said about it, and what the notification's first button leads to."""

    cause: Cause | None  # None: what is refused cannot be started anyway
    settings: Mapping[str, Any] = field(default_factory=dict)
    damage: Callable[[Path], None] | None = None
    wrapped: str = ""  # shell words in front of vLLM's command, as root; $SCRATCH is a folder of the test
    refused: ProblemKind | None = None  # what the plan says already; "Start anyway" goes on to the cause
    remedy: RemedyId | None = None  # the first button, when it leads to a running model with other settings


def _damage(name: str) -> Callable[[Path], None]:
    damage = SCENARIOS[name].damage
    assert damage is not None
    return damage


def _with_arguments(*arguments: str) -> dict[str, Any]:
    return {"extra_arguments": arguments}


FAILING: Mapping[str, FailingStart] = {
    "length above the model's": FailingStart(
        Cause.MAX_LEN_EXCEEDS_MODEL,
        {"max_model_len": 81_920},
        refused=ProblemKind.CONTEXT_TOO_LONG,
        remedy=RemedyId.USE_MODEL_LIMIT,
    ),
    "unknown flag": FailingStart(
        Cause.INVALID_CLI_FLAG, _with_arguments("--no-such-flag"), remedy=RemedyId.DROP_ARGUMENT
    ),
    "bad value": FailingStart(
        Cause.INVALID_CLI_VALUE,
        _with_arguments("--block-size", "many"),
        remedy=RemedyId.DROP_ARGUMENT,
    ),
    "batch below the requests": FailingStart(
        Cause.INVALID_CLI_VALUE, {"max_num_batched_tokens": 64, "max_num_seqs": 128}
    ),
    "weights cut off": FailingStart(None, damage=_damage("weights_cut_off"), refused=ProblemKind.MODEL_FILE_BAD),
    "weights are a pointer": FailingStart(
        None, damage=_damage("weights_are_a_pointer"), refused=ProblemKind.MODEL_FILE_BAD
    ),
    "weights missing": FailingStart(
        Cause.MODEL_NOT_FOUND, damage=_damage("weights_missing"), refused=ProblemKind.MODEL_INCOMPLETE
    ),
    "tokenizer damaged": FailingStart(Cause.TOKENIZER_ERROR, damage=_damage("tokenizer_damaged")),
    "quantization unknown": FailingStart(Cause.QUANTIZATION_MISMATCH, damage=_damage("quantization_unknown")),
    "architecture unknown": FailingStart(Cause.ARCHITECTURE_UNSUPPORTED, damage=_damage("architecture_unknown")),
    "model type unknown": FailingStart(Cause.TRANSFORMERS_VERSION_TOO_OLD, damage=_damage("model_type_unknown")),
    "rope override bad": FailingStart(
        Cause.BAD_ROPE_SCALING,
        _with_arguments("--hf-overrides", '{"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0}}'),
    ),
    "code required": FailingStart(
        Cause.TRUST_REMOTE_CODE_REQUIRED,
        damage=change_config(model_type="own", auto_map={"AutoConfig": "configuration_own.OwnConfig"}),
    ),
    "shared memory too small": FailingStart(
        Cause.SHM_TOO_SMALL,
        _with_arguments("--pipeline-parallel-size", "2"),
        wrapped="mount -t tmpfs -o size=256k tmpfs /dev/shm",
    ),
    "disk full": FailingStart(
        Cause.DISK_FULL,
        wrapped='mkdir -p "$SCRATCH/full" && mount -t tmpfs -o size=64k tmpfs "$SCRATCH/full"'
        ' && export VLLM_CACHE_ROOT="$SCRATCH/full/vllm" TORCHINDUCTOR_CACHE_DIR="$SCRATCH/full/inductor"',
    ),
    "too little RAM": FailingStart(
        Cause.HOST_RAM_OOM_KILLED, {"environment": {"VLLM_CPU_KVCACHE_SPACE": "10"}}, wrapped="ulimit -d 8000000"
    ),
    "too many files": FailingStart(Cause.TOO_MANY_OPEN_FILES, wrapped="ulimit -n 48"),
}


def model_for(start: FailingStart, model: Path, folder: Path) -> Path:
    """Return a copy of a model with the damage of this start."""
    copy = folder / "model"
    shutil.copytree(model, copy)
    if start.damage is not None:
        start.damage(copy)
    return copy


def command_for(start: FailingStart, vllm: Path, folder: Path) -> Path:
    """Return the vLLM command of this start: an environment of its own where something is done before it runs."""
    if not start.wrapped:
        return vllm
    environment = folder / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "lib").symlink_to(vllm.parents[1] / "lib")
    script = environment / "bin" / "vllm"
    inner = f'export SCRATCH={shlex.quote(str(folder))}; {start.wrapped}; exec {shlex.quote(str(vllm))} "$@"'
    script.write_text(f'#!/bin/sh\nexec unshare --mount sh -c {shlex.quote(inner)} sh "$@"\n')
    script.chmod(0o755)
    return script
