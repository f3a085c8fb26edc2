"""What may not stand among the extra arguments: what contradicts the plan, opens the server, or shows a secret.

vLLM's parser takes a word for an option in more than one spelling: with "=", with "_" for "-", with a key behind a ".",
and cut off anywhere as long as it is clear what is meant. All of them are seen through here.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise


class Why(StrEnum):
    """Why an argument is refused; the sentences are in wording/plan_problems.py."""

    SETTING = "setting"  # there is a setting for it
    OURS = "ours"  # the app decides it
    KEY = "key"  # every user of the computer can read arguments
    CODE = "code"  # it would run whatever code any model brings
    OTHER_CODE = "other_code"  # the model may run its code, and this names another model or revision
    PICKLE = "pickle"  # it would load weights that can run code
    FILE = "file"  # a file could say anything of this
    PROTOCOL = "protocol"  # the app and its clients speak plain HTTP with the server


@dataclass(frozen=True, slots=True)
class Refused:
    """An extra argument that cannot be, why, and the setting to use instead ("" for none)."""

    argument: str
    why: Why
    setting: str = ""


_SETTINGS = {
    "--allowed-origins": "allowed_origins",
    "--host": "host",
    "--port": "port",
    "--max-model-len": "max_model_len",
    "--gpu-memory-utilization": "gpu_memory_utilization",
    "--max-num-seqs": "max_num_seqs",
    "--max-num-batched-tokens": "max_num_batched_tokens",
    "--kv-cache-dtype": "kv_cache_dtype",
    "--dtype": "dtype",
    "--quantization": "quantization",
    "-q": "quantization",
    "--tensor-parallel-size": "tensor_parallel_size",
    "-tp": "tensor_parallel_size",
    "--enforce-eager": "enforce_eager",
    "--model": "model",
    "--served-model-name": "served_model_name",
    "--rope-scaling": "enable_yarn",
}
_OTHERS = {
    "--api-key": Why.KEY,
    "--hf-token": Why.KEY,
    "--trust-remote-code": Why.CODE,
    "--config": Why.FILE,
    "--headless": Why.OURS,
    "--uds": Why.PROTOCOL,
    "--grpc": Why.PROTOCOL,
    "--ssl-keyfile": Why.PROTOCOL,
    "--ssl-certfile": Why.PROTOCOL,
}
_LOAD_FORMAT = "--load-format"
_PICKLED = {"auto", "pt", "npcache", "hf"}
_RESERVED = (*_SETTINGS, *_OTHERS, _LOAD_FORMAT)
_OTHER_CODE = ("--revision", "--code-revision", "--tokenizer", "--tokenizer-revision", "--hf-config-path")
"""What says whose code --trust-remote-code is for; the last one counts, and the user's own come last."""


def find_refused(extra_arguments: tuple[str, ...], *, code_allowed: bool = False) -> Refused | None:
    """Return the first extra argument that cannot be; code_allowed: the person lets this model run code."""
    for argument, following in pairwise((*extra_arguments, "")):
        option, equals, value = argument.partition("=")
        meant = _meant(option)
        if meant in _SETTINGS:
            return Refused(argument, Why.SETTING, _SETTINGS[meant])
        if meant in _OTHERS:
            return Refused(option, _OTHERS[meant])  # without its value: it may be a secret
        load_format = (value if equals else following).lower()  # as vLLM reads it
        if meant == _LOAD_FORMAT and load_format in _PICKLED and not code_allowed:
            return Refused(argument, Why.PICKLE)
        if code_allowed and _meant(option, _OTHER_CODE):
            return Refused(argument, Why.OTHER_CODE)
    return None


def names_load_format(extra_arguments: tuple[str, ...]) -> bool:
    """Whether the extra arguments say in which form the weights are loaded."""
    return any(_meant(argument.partition("=")[0]) == _LOAD_FORMAT for argument in extra_arguments)


def _meant(option: str, reserved: tuple[str, ...] = _RESERVED) -> str:
    """Return which of these options vLLM would take this for, "" for none."""
    if not option.startswith("--"):
        # "-qawq" is "-q awq", and "-t" is "-tp".
        return next(
            (
                name
                for name in reserved
                if not name.startswith("--")
                and (option.startswith(name) if len(name) == 2 else len(option) > 1 and name.startswith(option))
            ),
            "",
        )
    option = option.partition(".")[0].replace("_", "-")
    if option in reserved:
        return option
    return next((name for name in reserved if len(option) > 2 and name.startswith(option)), "")
