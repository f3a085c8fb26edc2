"""What is recorded: each scenario by name, with the cause that a diagnosis must find in it. See record.py."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path


class Then(Enum):
    """What happens to the server once it is ready (or earlier)."""

    WAIT = auto()  # it ends by itself
    TERMINATE = auto()
    TERMINATE_EARLY = auto()  # while it loads
    CHAT_AND_TERMINATE = auto()
    KILL_ENGINE = auto()
    KILL_WORKER = auto()


@dataclass(frozen=True)
class Scenario:
    """One launch of the real vLLM and what is wrong with it."""

    cause: str
    arguments: tuple[str, ...] = ()
    model: str = "tiny"
    model_id: str = ""  # given to vLLM instead of the folder
    then: Then = Then.WAIT
    environment: Mapping[str, str | None] = field(default_factory=dict)
    damage: Callable[[Path], None] | None = None  # applied to a copy of the model
    port_taken: bool = False
    wrapped_in: tuple[str, ...] = ()  # a program that starts vLLM
    shell_before: str = ""  # run in a mount namespace of its own, as root


def change_config(**changes: object) -> Callable[[Path], None]:
    """Return a damage that sets these keys of config.json (None removes one)."""

    def damage(folder: Path) -> None:
        path = folder / "config.json"
        config = {**json.loads(path.read_text()), **changes}
        path.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))

    return damage


def cut_weights(folder: Path) -> None:
    """Keep the first half of the weights, as an interrupted download does."""
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def pointer_instead_of_weights(folder: Path) -> None:
    """Leave what git leaves without LFS: a small text."""
    (folder / "model.safetensors").write_text(
        "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 5000000\n"
    )


def remove(*names: str) -> Callable[[Path], None]:
    """Return a damage that removes these files."""

    def damage(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return damage


def damage_tokenizer(folder: Path) -> None:
    """Leave a tokenizer of a kind that nobody knows, as a newer library would have written it."""
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    tokenizer["model"] = {"type": "NoSuchModel"}
    path.write_text(json.dumps(tokenizer))


def no_chat_template(folder: Path) -> None:
    """Remove the chat template, wherever it stands."""
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    config.pop("chat_template", None)
    path.write_text(json.dumps(config))


_AWQ = {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"}

SCENARIOS: Mapping[str, Scenario] = {
    "healthy_start_and_stop": Scenario("healthy", then=Then.CHAT_AND_TERMINATE),
    "healthy_auto_length": Scenario("healthy", ("--max-model-len", "auto"), "wide", then=Then.TERMINATE),
    "kv_cache_too_small": Scenario("kv_cache_too_small_for_max_len", ("--max-model-len", "40960"), "wide"),
    "engine_killed_while_serving": Scenario("engine_dead_at_runtime", then=Then.KILL_ENGINE),
    "port_taken": Scenario("port_in_use", port_taken=True),
    "stopped_while_loading": Scenario("healthy", then=Then.TERMINATE_EARLY),
    "length_above_model": Scenario("max_len_exceeds_model", ("--max-model-len", "81920")),
    "unknown_flag": Scenario("invalid_cli_flag", ("--no-such-flag",)),
    "own_module_not_found": Scenario("own_module_not_found", ("--middleware", "vllm_tray_own_names.OwnNames")),
    "bad_choice": Scenario("invalid_cli_value", ("--dtype", "float7")),
    "bad_value": Scenario("invalid_cli_value", ("--max-num-seqs", "many")),
    "tool_parser_missing": Scenario("invalid_cli_value", ("--enable-auto-tool-choice",)),
    "batch_below_sequences": Scenario("invalid_cli_value", ("--max-num-batched-tokens", "64", "--max-num-seqs", "128")),
    "model_folder_missing": Scenario("model_not_found", model_id="/home/user/models/none"),
    "model_id_bad": Scenario("model_not_found", model_id="no such model"),
    "model_not_cached_offline": Scenario("no_network_or_offline", model_id="example-org/example-model"),
    "network_unreachable": Scenario(
        "no_network_or_offline",
        model_id="example-org/example-model",
        environment={"HF_HUB_OFFLINE": None, "HF_ENDPOINT": "http://127.0.0.1:9"},
    ),
    "weights_cut_off": Scenario("corrupt_or_incomplete_safetensors", damage=cut_weights),
    "weights_are_a_pointer": Scenario("corrupt_or_incomplete_safetensors", damage=pointer_instead_of_weights),
    "weights_missing": Scenario("model_not_found", damage=remove("model.safetensors")),
    "tokenizer_missing": Scenario("tokenizer_error", damage=remove("tokenizer.json", "tokenizer_config.json")),
    "tokenizer_damaged": Scenario("tokenizer_error", damage=damage_tokenizer),
    # 0.32 says it to the client only, with HTTP 400: for its log all is well.
    "chat_template_missing": Scenario("healthy", damage=no_chat_template, then=Then.CHAT_AND_TERMINATE),
    "quantization_not_in_model": Scenario("quantization_config_missing", ("--quantization", "awq_marlin")),
    "quantization_contradicts": Scenario(
        "quantization_mismatch", ("--quantization", "fp8"), damage=change_config(quantization_config=_AWQ)
    ),
    "quantization_unknown": Scenario(
        "quantization_mismatch", damage=change_config(quantization_config={"quant_method": "nosuch"})
    ),
    "architecture_unknown": Scenario(
        "architecture_unsupported", damage=change_config(architectures=["NoSuchForCausalLM"])
    ),
    "model_type_unknown": Scenario("transformers_version_too_old", damage=change_config(model_type="qwen99")),
    "rope_override_bad": Scenario(
        "bad_rope_scaling", ("--hf-overrides", '{"rope_parameters": {"rope_type": "yarn", "rope_theta": 10000.0}}')
    ),
    "rope_type_unknown": Scenario(
        "bad_rope_scaling", ("--hf-overrides", '{"rope_parameters": {"rope_type": "spiral", "factor": 2.0}}')
    ),
    "code_required": Scenario(
        "trust_remote_code_required",
        damage=change_config(model_type="own", auto_map={"AutoConfig": "configuration_own.OwnConfig"}),
    ),
    "heads_not_divisible": Scenario("tensor_parallel_not_divisible", ("--tensor-parallel-size", "3")),
    "worker_killed_while_serving": Scenario("engine_dead_at_runtime", then=Then.KILL_WORKER),
    # A cause that nobody has named yet: it must stay unknown, and its message must be shown.
    "workers_cannot_be_bound": Scenario("unknown", ("--tensor-parallel-size", "2")),
    "shm_too_small": Scenario(
        "shm_too_small",
        ("--tensor-parallel-size", "2"),
        shell_before="mount -t tmpfs -o size=256k tmpfs /dev/shm",
    ),
    "disk_full": Scenario(
        "disk_full",
        environment={"VLLM_CACHE_ROOT": "$SCRATCH/full/vllm", "TORCHINDUCTOR_CACHE_DIR": "$SCRATCH/full/inductor"},
        shell_before='mkdir -p "$SCRATCH/full" && mount -t tmpfs -o size=64k tmpfs "$SCRATCH/full"',
    ),
    "ram_limit": Scenario(
        "host_ram_oom_killed",
        environment={"VLLM_CPU_KVCACHE_SPACE": "10"},
        wrapped_in=("prlimit", "--data=8000000000"),
    ),
    "too_many_files": Scenario("too_many_open_files", wrapped_in=("prlimit", "--nofile=48:48")),
    "memory_below_utilization": Scenario(
        "free_memory_below_utilization",
        ("--gpu-memory-utilization", "0.999"),
        environment={"VLLM_CPU_KVCACHE_SPACE": None},
    ),
}
