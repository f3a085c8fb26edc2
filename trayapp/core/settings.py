"""What the user chose, as one value, and what each setting allows. No files in here: storage reads and writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from trayapp.core.backend import Backend
from trayapp.core.problems import Problem, ProblemKind
from trayapp.core.redaction import HIDDEN, redact

if TYPE_CHECKING:
    from collections.abc import Callable

SELFTEST_MODEL = "selftest"
"""The name under which `model` means the tiny model that comes with the app."""


PER_MODEL = (
    *("max_model_len", "enable_yarn", "yarn_factor", "max_num_seqs", "max_num_batched_tokens"),
    *("gpu_memory_utilization", "memory_reserve_bytes", "kv_cache_dtype", "dtype", "quantization"),
    *("tensor_parallel_size", "enforce_eager", "extra_arguments", "served_model_name"),
)
"""What a model may have of its own, in `models`."""

MOST_RECENT = 5
_MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with their defaults; a 0 or an empty text means that the app decides."""

    model: str = ""
    vllm_executable: str = ""
    vllm_previous: str = ""  # the one that ran before vllm_executable was changed by the app
    host: str = "127.0.0.1"
    port: int = 8000
    max_model_len: int = 0
    gpu_memory_utilization: float = 0.0
    memory_reserve_bytes: int = 644_245_094  # 0.6 GiB for the desktop
    max_num_seqs: int = 0
    max_num_batched_tokens: int = 0
    kv_cache_dtype: str = "auto"
    dtype: str = "auto"
    quantization: str = "auto"
    tensor_parallel_size: int = 0
    enforce_eager: bool = False
    enable_yarn: bool = False
    yarn_factor: float = 2.0
    gpu_uuid: str = ""
    allowed_origins: tuple[str, ...] = ()
    use_server_key: bool = False
    extra_arguments: tuple[str, ...] = ()
    environment: "Mapping[str, str]" = field(default_factory=lambda: MappingProxyType({}))
    start_on_login: bool = False
    start_model_on_launch: bool = False
    model_set_aside: bool = False  # stopped to free the GPU, to be brought back
    backend: str = "vllm"
    remote_server: str = ""
    remote_servers: tuple["Mapping[str, str]", ...] = ()
    ollama_model: str = ""
    one_address_port: int = 0
    gpu_name: str = ""
    autostart_entry_made: bool = False
    model_folders: tuple[str, ...] = ()
    code_allowed: tuple[str, ...] = ()  # "model@revision" that may run code of its own
    served_model_name: str = ""
    models: "Mapping[str, Mapping[str, object]]" = field(default_factory=lambda: MappingProxyType({}))
    recent_models: tuple[str, ...] = ()
    language: str = ""

    def for_model(self) -> "Settings":
        """Return the settings of the chosen model: what is its own counts instead of what all models share."""
        own = self.models.get(self.model, {})
        return self.with_changes({name: value for name, value in own.items() if name in PER_MODEL})

    def with_changes(self, changes: "Mapping[str, object]") -> "Settings":
        """Return these settings with some of them changed; the values must have passed check_setting."""
        return replace(self, **changes)  # type: ignore[arg-type]


def recent_models(settings: Settings, model: str) -> tuple[str, ...]:
    """Return the last models of this computer's vLLM once this one is chosen, the newest first."""
    known = (model, settings.model, *settings.recent_models)
    return tuple(dict.fromkeys(each for each in known if each))[:MOST_RECENT]


@dataclass(frozen=True, slots=True)
class _Rule:
    allowed: str
    accepts: "Callable[[object], bool]"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(low: int, high: int, *, or_zero: str = "") -> _Rule:
    allowed = f"a whole number from {low} to {high}" + (f", or 0 ({or_zero})" if or_zero else "")
    return _Rule(allowed, lambda v: _is_whole(v) and (low <= int(str(v)) <= high or (bool(or_zero) and v == 0)))


def _share(low: float, high: float, *, or_zero: str = "") -> _Rule:
    allowed = f"a number from {low} to {high}" + (f", or 0 ({or_zero})" if or_zero else "")

    def accepts(value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return low <= value <= high or (bool(or_zero) and value == 0)

    return _Rule(allowed, accepts)


def _text_without_line_ends(value: object) -> bool:
    # No half of a surrogate pair either: it comes from a name that is no UTF-8, and cannot be written to the file.
    return isinstance(value, str) and not re.search(r"[\x00-\x1f\ud800-\udfff]", value)


_ORIGIN = re.compile(r"\*|[a-z][a-z0-9+.-]*://[^\s/]+")


def _can_be_passed(text: object) -> bool:
    """Whether a program can be given this; the system ends a text at a zero byte, and knows no half characters."""
    return isinstance(text, str) and not re.search(r"[\x00\ud800-\udfff]", text)


def _is_server_list(value: object) -> bool:
    from trayapp.core.remote_server import is_server_list  # most people have none, and every start comes by here

    return is_server_list(value)


_TEXT = _Rule("a text on one line", _text_without_line_ends)
_SWITCH = _Rule("true or false", lambda value: isinstance(value, bool))
_KV_CACHE_DTYPES = ("auto", "bfloat16", "float16", "fp8", "fp8_e4m3", "fp8_e5m2")
_DTYPES = ("auto", "half", "float16", "bfloat16", "float", "float32")


def _one_of(names: tuple[str, ...]) -> _Rule:
    return _Rule("one of " + ", ".join(names), lambda value: value in names)


_RULES: "Mapping[str, _Rule]" = {
    "model": _TEXT,
    "vllm_executable": _TEXT,
    "vllm_previous": _TEXT,
    "host": _Rule("a host name or an address", lambda v: isinstance(v, str) and bool(re.fullmatch(r"[\w.:-]+", v))),
    "port": _whole(1, 65535, or_zero="the app takes a free one"),
    "max_model_len": _whole(16, 1 << 26, or_zero="automatic"),
    "gpu_memory_utilization": _share(0.05, 0.99, or_zero="automatic"),
    "memory_reserve_bytes": _whole(0, 1 << 36),
    "max_num_seqs": _whole(1, 4096, or_zero="automatic"),
    "max_num_batched_tokens": _whole(16, 1 << 20, or_zero="automatic"),
    "kv_cache_dtype": _one_of(_KV_CACHE_DTYPES),
    "dtype": _one_of(_DTYPES),
    "quantization": _Rule("auto, none or the name of a method", lambda v: _text_without_line_ends(v) and v != ""),
    "tensor_parallel_size": _whole(1, 64, or_zero="automatic"),
    "enforce_eager": _SWITCH,
    "enable_yarn": _SWITCH,
    "yarn_factor": _share(1.0, 8.0),
    "gpu_uuid": _TEXT,
    "allowed_origins": _Rule(
        "a list of origins such as http://localhost:3000",
        lambda v: isinstance(v, list | tuple) and all(isinstance(item, str) and _ORIGIN.fullmatch(item) for item in v),
    ),
    "use_server_key": _SWITCH,
    "extra_arguments": _Rule("a list of texts", lambda v: isinstance(v, list | tuple) and all(map(_can_be_passed, v))),
    "environment": _Rule(
        "an object of texts",
        lambda v: (
            isinstance(v, Mapping)  # as JSON has it, and as Settings keeps it
            and all(re.fullmatch(r"[^=]+", k) and _can_be_passed(k) and _can_be_passed(x) for k, x in v.items())
        ),
    ),
    "start_on_login": _SWITCH,
    "start_model_on_launch": _SWITCH,
    "model_set_aside": _SWITCH,
    "backend": _one_of(tuple(Backend)),
    "remote_server": _TEXT,
    "remote_servers": _Rule(
        'a list of objects with "name" and "url" (http or https), and "ca_file" and "model" where they are needed',
        lambda value: value in ([], ()) or _is_server_list(value),
    ),
    "ollama_model": _TEXT,
    "one_address_port": _whole(1024, 65535, or_zero="off"),
    "gpu_name": _TEXT,
    "autostart_entry_made": _SWITCH,
    "model_folders": _Rule("a list of folders", lambda v: isinstance(v, list | tuple) and all(map(_can_be_passed, v))),
    "code_allowed": _Rule(
        "a list of model@revision",
        lambda v: (
            isinstance(v, list | tuple)
            and all(_text_without_line_ends(item) and re.fullmatch(r".+@[0-9a-f]{12,64}", item) for item in v)
        ),
    ),
    "served_model_name": _Rule(
        "a name of plain letters (a to z), digits and signs without blanks, or empty",
        lambda v: isinstance(v, str) and bool(re.fullmatch(r"[!-~]*", v)),
    ),
    "models": _Rule(
        "an object with an object of settings for each model",
        lambda v: isinstance(v, dict | MappingProxyType) and all(isinstance(own, Mapping) for own in v.values()),
    ),
    "recent_models": _Rule(
        "a list of models", lambda v: isinstance(v, list | tuple) and all(map(_text_without_line_ends, v))
    ),
    "language": _Rule(
        'a language such as "en" or "de", or empty (the system\'s)',
        lambda v: isinstance(v, str) and bool(re.fullmatch(r"([a-z]{2,3}(_[A-Z]{2})?)?", v)),
    ),
}


_LISTS = {"extra_arguments", "allowed_origins", "remote_servers", "model_folders", "code_allowed", "recent_models"}


def setting_names() -> tuple[str, ...]:
    """Return the name of every setting, in the order of Settings."""
    return tuple(item.name for item in fields(Settings))


def check_setting(name: str, value: object) -> Problem | None:
    """Return the problem with a value for a setting (it names key, value and what is allowed), or None."""
    rule = _RULES[name]
    if rule.accepts(value):
        return None
    values = {"key": name, "value": _shown(name, value), "allowed": rule.allowed}
    return Problem(ProblemKind.SETTING_NOT_ALLOWED, values)


def _shown(name: str, value: object) -> str:
    """Return a bad value for people: no more of it than they need, and no token that stands beside what is wrong."""
    if name == "environment" and isinstance(value, Mapping):
        value = {key: HIDDEN if _can_be_passed(each) else each for key, each in value.items()}
    elif name == "extra_arguments" and isinstance(value, list | tuple):
        value = [each for each in value if not _can_be_passed(each)]
    text = redact(repr(value))
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"


def read_settings(values: "Mapping[str, object]") -> tuple[Settings, tuple[Problem, ...]]:
    """Return settings from decoded JSON: each bad value is replaced by its default and gives a problem.

    Keys that this version does not know are passed over; storage keeps them in the file.
    """
    problems: list[Problem] = []
    good: dict[str, object] = {}
    for name in setting_names():
        if name not in values:
            continue
        problem = check_setting(name, values[name])
        if problem is not None:
            problems.append(problem)
        else:
            good[name] = as_kept(name, values[name])
    models = good.get("models")
    if isinstance(models, Mapping):
        good["models"], bad = _read_models(models)
        problems += bad
    return Settings().with_changes(good), tuple(problems)


def as_kept(name: str, value: object) -> object:
    """Return a value that passed check_setting in the form that Settings has."""
    if name in _LISTS and isinstance(value, list | tuple):
        return tuple(value)
    if name == "environment" and isinstance(value, Mapping):
        return MappingProxyType(dict(value))
    if name in {"gpu_memory_utilization", "yarn_factor"} and isinstance(value, int | float):
        return float(value)
    return value


def _read_models(models: "Mapping[str, Mapping[str, object]]") -> "tuple[Mapping[str, object], list[Problem]]":
    """Return each model's own settings without the bad ones; keys that are unknown here are passed on."""
    problems: list[Problem] = []
    kept: dict[str, Mapping[str, object]] = {}
    for model, own in models.items():
        good: dict[str, object] = {}
        for name, value in own.items():
            problem = check_setting(name, value) if name in PER_MODEL else None
            if problem is None:
                good[name] = as_kept(name, value)
            else:
                problems.append(replace(problem, values={**problem.values, "key": f"models: {model}: {name}"}))
        kept[model] = MappingProxyType(good)
    return MappingProxyType(kept), problems
