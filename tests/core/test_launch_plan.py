"""The whole command: context length, share of the GPU, flags and environment."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.builders import (
    a_cpu_install,
    a_gpu,
    a_machine,
    a_machine_without_gpu,
    a_model,
    a_plan,
    an_install,
    another_gpu,
    some_settings,
)
from tests.core.model_configs import QWEN3_8B, QWEN3_8B_AWQ, QWEN3_VL_4B_FP8, QWEN25_7B, card, found, report_for
from trayapp.core.found_model import FoundModel
from trayapp.core.launch_plan import LaunchPlan, LengthSource, learned_start, plan_launch
from trayapp.core.learned_limits import LearnedLimits, LearnedStart
from trayapp.core.machine import GpuUser, Machine, VllmInstall
from trayapp.core.problems import Problem, ProblemKind, Refusal
from trayapp.core.units import GIB


def outcome(
    machine: Machine | None = None,
    install: VllmInstall | None = None,
    model: FoundModel | None = None,
    learned: LearnedLimits | None = None,
    **settings: Any,
) -> LaunchPlan | Refusal:
    how = {
        name: settings.pop(name)
        for name in ("detected_max_model_len", "use_auto_length", "search_path", "anyway")
        if name in settings
    }
    return plan_launch(
        some_settings(**settings),
        machine or a_machine(),
        install or an_install(),
        model or a_model(),
        learned or LearnedLimits(),
        **how,
    )


def planned(*args: Any, **keywords: Any) -> LaunchPlan:
    plan = outcome(*args, **keywords)
    assert isinstance(plan, LaunchPlan), plan
    return plan


def refused(*args: Any, **keywords: Any) -> Refusal:
    refusal = outcome(*args, **keywords)
    assert isinstance(refusal, Refusal)
    return refusal


def value_of(plan: LaunchPlan, flag: str) -> str | None:
    return plan.arguments[plan.arguments.index(flag) + 1] if flag in plan.arguments else None


def kinds(problems: tuple[Problem, ...]) -> list[ProblemKind]:
    return [problem.kind for problem in problems]


# The context length


def test_a_new_vllm_finds_the_length_itself() -> None:
    plan = planned()
    assert (plan.max_model_len, plan.length_source) == (None, LengthSource.AUTO)
    assert value_of(plan, "--max-model-len") == "auto"


def test_an_old_vllm_tries_the_native_length_first() -> None:
    plan = planned(install=an_install("0.13.0"))
    assert (plan.max_model_len, plan.length_source) == (40_960, LengthSource.NATIVE)
    assert planned(use_auto_length=False).length_source is LengthSource.NATIVE


def test_the_users_length_comes_before_everything_else() -> None:
    plan = planned(max_model_len=8192, detected_max_model_len=9216)
    assert (plan.max_model_len, plan.length_source) == (8192, LengthSource.USER)


def test_a_detected_length_is_used_in_whole_blocks() -> None:
    plan = planned(detected_max_model_len=9_220)
    assert (plan.max_model_len, plan.length_source) == (9_216, LengthSource.DETECTED)
    assert planned(detected_max_model_len=7).max_model_len == 16
    assert planned(detected_max_model_len=99_999).max_model_len == 40_960


def learned_from(plan: LaunchPlan, max_model_len: int, **figures: int) -> LearnedLimits:
    return LearnedLimits().with_start(learned_start(plan, max_model_len, figures))


def test_a_learned_limit_is_asked_for_less_2_percent_and_every_start_after_it_is_the_same() -> None:
    learned = learned_from(planned(), 26_608)
    second = planned(learned=learned)
    assert (second.max_model_len, second.length_source) == (26_064, LengthSource.LEARNED)
    learned = learned.with_start(learned_start(second, 26_064, {}))
    assert planned(learned=learned).max_model_len == 26_064


def test_a_model_whose_own_length_was_reached_needs_no_head_room() -> None:
    plan = planned(learned=learned_from(planned(), 40_960))
    assert (plan.max_model_len, plan.length_source) == (40_960, LengthSource.LEARNED)


@pytest.mark.parametrize(
    "other",
    [
        {"machine": a_machine(another_gpu())},
        {"install": an_install("0.33.0")},
        {"model": a_model(revision="another")},
        {"max_num_seqs": 64},
        {"kv_cache_dtype": "fp8"},
        {"gpu_memory_utilization": 0.5},
        {"extra_arguments": ("--swap-space", "0")},
        {"enable_yarn": True},
    ],
)
def test_a_limit_holds_for_one_card_model_version_and_flags_only(other: dict[str, Any]) -> None:
    assert planned(learned=learned_from(planned(), 26_608), **other).length_source is LengthSource.AUTO


def test_coming_back_to_the_old_card_finds_its_limit_again() -> None:
    learned = learned_from(planned(), 26_608)
    other = a_machine(another_gpu())
    learned = learned.with_start(learned_start(planned(machine=other), 36_000, {}))
    assert planned(learned=learned).max_model_len == 26_064
    assert planned(machine=other, learned=learned).max_model_len == 35_280


def test_with_less_free_memory_than_then_less_is_asked_for() -> None:
    model = a_model(config=QWEN3_8B_AWQ, weights_bytes=int(5.7 * GIB))
    first = planned(model=model)
    learned = learned_from(first, 26_608, available_kv_bytes=int(3.66 * GIB))
    assert planned(model=model, learned=learned).max_model_len == 26_064
    busy = a_machine(a_gpu(memory_free_bytes=10 * GIB))
    plan = planned(machine=busy, model=model, learned=learned)
    assert plan.length_source is LengthSource.LEARNED
    assert plan.max_model_len is not None
    assert plan.max_model_len < 24_000


def test_what_a_start_teaches() -> None:
    plan = planned()
    start = learned_start(plan, 26_608, {"available_kv_bytes": 7})
    assert start.max_model_len == 26_608
    assert start.key == plan.limit_key
    assert start.gpu_memory_utilization == 0.89
    assert start.max_num_seqs == 16
    user = planned(max_model_len=8192)
    assert learned_start(user, 8192, {}).max_model_len == 0, "that it works is no limit"
    assert learned_start(a_plan(), 100, {}) == LearnedStart(a_plan().limit_key, max_model_len=100, figures={})


def test_a_stretched_model_may_be_as_long_as_yarn_makes_it() -> None:
    plan = planned(enable_yarn=True, yarn_factor=2.0, install=an_install("0.13.0"))
    assert plan.max_model_len == 81_920
    assert plan.native_context == 40_960
    assert "--hf-overrides" in plan.arguments
    assert planned(enable_yarn=True, max_model_len=60_000).max_model_len == 60_000
    assert planned(enable_yarn=True).max_model_len is None


def test_a_length_that_the_model_cannot_is_refused_with_what_it_can() -> None:
    refusal = refused(max_model_len=50_000)
    assert kinds(refusal.problems) == [ProblemKind.CONTEXT_TOO_LONG]
    assert refusal.problems[0].values["longest"] == 40_960
    allowed = {"VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1"}
    assert planned(max_model_len=50_000, environment=allowed).max_model_len == 50_000


# The share of the GPU


@pytest.mark.parametrize(
    ("total", "free", "version", "share"),
    [
        (11.6, 11.1, "0.32.0", 0.90),
        (23.6, 23.1, "0.32.0", 0.92),
        (23.6, 23.1, "0.18.0", 0.90),
        (23.6, 12.4, "0.32.0", 0.50),
        (100.0, 60.6, "0.32.0", 0.60),
    ],
)
def test_the_share_is_what_is_free_less_a_reserve_rounded_down(
    total: float, free: float, version: str, share: float
) -> None:
    report = report_for(QWEN25_7B, 1.0, card(total, free), version=version, memory_reserve_bytes=int(0.6 * GIB))
    assert report.launch is not None
    assert value_of(report.launch, "--gpu-memory-utilization") == f"{share:g}"


def test_an_explicit_share_is_passed_and_no_reserve_taken_off() -> None:
    plan = planned(gpu_memory_utilization=0.8)
    assert value_of(plan, "--gpu-memory-utilization") == "0.8"
    assert plan.memory is not None
    assert plan.memory.reserve_bytes == 0


def test_more_than_is_free_is_refused_with_what_is_possible() -> None:
    refusal = refused(machine=a_machine(card(23.6, 20.0)), gpu_memory_utilization=0.95)
    assert refusal.may_start_anyway
    assert refusal.problems[0].kind is ProblemKind.UTILIZATION_TOO_HIGH
    assert refusal.problems[0].values["possible"] == 0.83


def test_a_full_gpu_is_refused_and_can_be_tried_anyway() -> None:
    full = a_machine(a_gpu(memory_free_bytes=GIB // 2))
    refusal = refused(machine=full)
    assert refusal.may_start_anyway
    assert refusal.problems[0].kind is ProblemKind.MEMORY_DOES_NOT_FIT
    assert "free_memory" in str(refusal.problems[0].values["ways"])
    assert planned(machine=full, anyway=True).arguments


def test_an_asked_length_far_beyond_the_memory_is_refused() -> None:
    model = a_model(config=QWEN3_8B_AWQ, weights_bytes=int(5.7 * GIB))
    refusal = refused(model=model, max_model_len=40_960, machine=a_machine(card(8.0, 7.7)))
    assert kinds(refusal.problems) == [ProblemKind.CONTEXT_REDUCED]
    assert "shorter_context" in str(refusal.problems[0].values["ways"])


# Which GPUs


def test_the_gpu_with_most_free_memory_is_taken_and_named_to_cuda() -> None:
    small, large = a_gpu(index=0), another_gpu(index=1)
    plan = planned(machine=a_machine(small, large))
    assert plan.gpus == (large,)
    assert plan.environment["CUDA_VISIBLE_DEVICES"] == "1"
    assert plan.environment["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"


def test_the_gpu_of_the_settings_is_kept_unless_it_cannot_run_vllm() -> None:
    small, large = a_gpu(index=0), another_gpu(index=1)
    assert planned(machine=a_machine(small, large), gpu_uuid=small.uuid).gpus == (small,)
    old = replace(small, compute_capability=(6, 1))
    assert planned(machine=a_machine(old, large), gpu_uuid=small.uuid).gpus == (large,)


def test_a_single_gpu_is_not_named() -> None:
    assert "CUDA_VISIBLE_DEVICES" not in planned().environment


def test_several_gpus_share_a_model_when_told() -> None:
    two = a_machine(another_gpu(index=0), another_gpu(index=1, uuid="GPU-b"))
    plan = planned(machine=two, tensor_parallel_size=2)
    assert value_of(plan, "--tensor-parallel-size") == "2"
    assert plan.limit_key.gpu == f"{another_gpu().uuid}+GPU-b"
    assert "CUDA_VISIBLE_DEVICES" not in plan.environment
    assert plan.memory is not None
    assert plan.memory.weights_bytes == a_model().weights_bytes // 2  # type: ignore[operator]


@pytest.mark.parametrize(("ranks", "gpus"), [(2, 1), (3, 3)])
def test_a_model_that_cannot_be_split_so_says_how_it_can(ranks: int, gpus: int) -> None:
    machine = a_machine(*(a_gpu(index=index, uuid=f"GPU-{index}") for index in range(gpus)))
    refusal = refused(machine=machine, tensor_parallel_size=ranks)
    assert kinds(refusal.problems) == [ProblemKind.TENSOR_PARALLEL_NOT_POSSIBLE]
    assert refusal.problems[0].values["possible"] == ("1" if gpus == 1 else "1, 2")


def test_without_a_gpu_the_probes_reason_is_passed_on() -> None:
    mismatch = Problem(ProblemKind.GPU_DRIVER_MISMATCH)
    assert refused(machine=a_machine_without_gpu(gpu_problem=mismatch)).problems == (mismatch,)
    refusal = refused(machine=a_machine_without_gpu())
    assert kinds(refusal.problems) == [ProblemKind.NO_GPU]
    assert not refusal.may_start_anyway


# The command line


def test_the_command_serves_the_model_here_and_nowhere_else() -> None:
    plan = planned()
    assert plan.arguments[:2] == ("serve", "/models/Qwen3-0.6B")
    assert value_of(plan, "--host") == "127.0.0.1"
    assert value_of(plan, "--port") == "8000"
    assert value_of(plan, "--served-model-name") == "Qwen3-0.6B"
    assert value_of(plan, "--max-num-seqs") == "16"
    assert "--disable-uvicorn-access-log" in plan.arguments
    assert "--disable-uvicorn-access-log" not in planned(install=an_install("0.7.3")).arguments


def test_what_the_settings_say_becomes_a_flag() -> None:
    plan = planned(
        max_num_seqs=3,
        max_num_batched_tokens=1024,
        kv_cache_dtype="fp8",
        dtype="float16",
        quantization="fp8",
        enforce_eager=True,
        extra_arguments=("--seed", "7"),
    )
    flags = ("--max-num-seqs", "--max-num-batched-tokens", "--kv-cache-dtype", "--dtype", "--quantization", "--seed")
    assert [value_of(plan, flag) for flag in flags] == ["3", "1024", "fp8", "float16", "fp8", "7"]
    assert "--enforce-eager" in plan.arguments
    assert plan.arguments[-2:] == ("--seed", "7"), "what the user adds comes last, so that it wins"


@pytest.mark.parametrize("asked", ["auto", "awq_marlin", "none"])
def test_a_checkpoint_that_names_its_method_gets_no_flag(asked: str) -> None:
    plan = planned(model=a_model(config=QWEN3_8B_AWQ, weights_bytes=5 * GIB), quantization=asked)
    assert "--quantization" not in plan.arguments
    assert (ProblemKind.QUANTIZATION_IGNORED in kinds(plan.warnings)) is (asked == "awq_marlin")


def test_a_method_known_by_name_only_gets_the_flag_of_its_version() -> None:
    model = a_model(name="Qwen3-8B-AWQ", weights_bytes=5 * GIB)
    assert value_of(planned(model=model, install=an_install("0.11.0")), "--quantization") == "awq_marlin"
    assert value_of(planned(model=model, quantization="none"), "--quantization") is None


@pytest.mark.parametrize(
    ("argument", "setting"),
    [
        ("--port", "port"),
        ("--port=9000", "port"),
        ("--max_model_len", "max_model_len"),
        ("-tp", "tensor_parallel_size"),
        ("--served-model-name", ""),
    ],
)
def test_an_extra_argument_that_contradicts_the_plan_is_refused(argument: str, setting: str) -> None:
    refusal = refused(extra_arguments=("--seed", "7", argument))
    assert kinds(refusal.problems) == [ProblemKind.ARGUMENT_NOT_ALLOWED]
    assert refusal.problems[0].values == {"argument": argument, "setting": setting, "reason": ""}


def test_one_image_a_prompt_unless_the_user_says_otherwise() -> None:
    model = a_model(config=QWEN3_VL_4B_FP8, weights_bytes=4 * GIB)
    machine = a_machine(another_gpu())
    plan = planned(machine=machine, model=model)
    assert json.loads(value_of(plan, "--limit-mm-per-prompt") or "") == {"image": 1, "video": 0}
    assert ProblemKind.IMAGES_LIMITED in kinds(plan.warnings)
    own = planned(machine=machine, model=model, extra_arguments=("--language-model-only",))
    assert "--limit-mm-per-prompt" not in own.arguments
    old = planned(machine=machine, model=model, install=an_install("0.8.5"))
    assert "--limit-mm-per-prompt" not in old.arguments


# The environment


def test_the_environment_is_quiet_and_tells_nobody() -> None:
    environment = planned().environment
    assert environment["VLLM_NO_USAGE_STATS"] == "1"
    assert environment["HF_HUB_DISABLE_TELEMETRY"] == "1"
    assert environment["HF_HUB_OFFLINE"] == "1"
    assert environment["VLLM_LOGGING_COLOR"] == "0"
    assert environment["VLLM_DISABLE_LOG_LOGO"] == "1"


def test_names_that_an_old_version_does_not_know_are_left_out() -> None:
    assert "VLLM_LOGGING_COLOR" not in planned(install=an_install("0.11.2")).environment
    assert "VLLM_DISABLE_LOG_LOGO" not in planned(install=an_install("0.14.0")).environment


def test_a_model_that_is_not_complete_may_use_the_network() -> None:
    assert "HF_HUB_OFFLINE" not in planned(model=a_model(source="org/it", complete=False)).environment


def test_a_folder_without_its_weights_is_refused_unless_none_are_wanted() -> None:
    empty = a_model(complete=False, weights_bytes=None)
    assert kinds(refused(model=empty).problems) == [ProblemKind.MODEL_INCOMPLETE]
    assert planned(model=empty, anyway=True).arguments
    assert planned(model=empty, extra_arguments=("--load-format", "dummy")).arguments


def test_compilers_beside_the_executable_are_found() -> None:
    assert planned(search_path="/usr/bin").environment["PATH"] == "/opt/vllm/bin:/usr/bin"
    assert planned().environment["PATH"].startswith("/opt/vllm/bin:/usr/")
    assert "PATH" not in planned(install=an_install(executable="vllm")).environment


def test_the_users_environment_wins() -> None:
    plan = planned(environment={"PYTHONUNBUFFERED": "0", "MINE": "1"})
    assert (plan.environment["PYTHONUNBUFFERED"], plan.environment["MINE"]) == ("0", "1")


# The processor


def test_a_cpu_build_gets_ram_instead_of_a_share() -> None:
    plan = planned(machine=a_machine_without_gpu(), install=a_cpu_install())
    assert plan.on_cpu
    assert plan.limit_key.gpu == "cpu"
    assert "--gpu-memory-utilization" not in plan.arguments
    assert 1 <= int(plan.environment["VLLM_CPU_KVCACHE_SPACE"]) <= 20
    assert "CUDA_DEVICE_ORDER" not in plan.environment
    assert ProblemKind.CPU_IS_SLOW in kinds(plan.warnings)


def test_no_more_ram_is_taken_than_a_few_contexts_need() -> None:
    rich = a_machine_without_gpu(memory_total_bytes=512 * GIB, memory_available_bytes=500 * GIB)
    plan = planned(machine=rich, install=a_cpu_install())
    assert int(plan.environment["VLLM_CPU_KVCACHE_SPACE"]) == 18  # four times 40,960 tokens of 112 KiB, rounded up


def test_the_users_own_space_or_share_is_left_alone() -> None:
    machine = a_machine_without_gpu()
    own = planned(machine=machine, install=a_cpu_install(), environment={"VLLM_CPU_KVCACHE_SPACE": "2"})
    assert own.environment["VLLM_CPU_KVCACHE_SPACE"] == "2"
    assert own.memory is not None
    assert own.memory.kv_cache.low == 2 * GIB
    share = planned(machine=machine, install=a_cpu_install(), gpu_memory_utilization=0.5)
    assert "VLLM_CPU_KVCACHE_SPACE" not in share.environment
    assert value_of(share, "--gpu-memory-utilization") == "0.5"


def test_without_any_space_a_cpu_build_asks_for_nearly_all_ram() -> None:
    zero = {"VLLM_CPU_KVCACHE_SPACE": "0"}
    refusal = refused(machine=a_machine_without_gpu(), install=a_cpu_install(), environment=zero)
    assert kinds(refusal.problems) == [ProblemKind.MEMORY_RAM_LOW]


def test_too_little_ram_is_refused() -> None:
    tight = a_machine_without_gpu(memory_total_bytes=4 * GIB, memory_available_bytes=3 * GIB)
    refusal = refused(machine=tight, install=a_cpu_install())
    assert kinds(refusal.problems) == [ProblemKind.MEMORY_RAM_LOW]
    assert refusal.may_start_anyway
    share = refused(machine=tight, install=a_cpu_install(), gpu_memory_utilization=0.9)
    assert kinds(share.problems) == [ProblemKind.MEMORY_RAM_LOW]


# Problems and warnings


def test_a_bad_config_is_a_refusal() -> None:
    assert kinds(refused(model=a_model(config={})).problems) == [ProblemKind.MODEL_FILE_BAD]


def test_a_model_that_cannot_be_stretched_is_a_refusal() -> None:
    scaled = dict(a_model().config) | {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}
    refusal = refused(model=a_model(config=scaled), enable_yarn=True)
    assert kinds(refusal.problems) == [ProblemKind.YARN_NOT_POSSIBLE]


def test_yarn_that_buys_nothing_is_told() -> None:
    model = a_model(config=QWEN3_8B, weights_bytes=int(15.3 * GIB))
    plan = planned(machine=a_machine(card(20.0, 19.5)), model=model, enable_yarn=True)
    assert ProblemKind.YARN_BUYS_NOTHING in kinds(plan.warnings)
    large = planned(machine=a_machine(card(79.0, 78.0)), model=model, enable_yarn=True)
    assert ProblemKind.YARN_BUYS_NOTHING not in kinds(large.warnings)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (a_model(weights_bytes=None), ProblemKind.WEIGHTS_ESTIMATED),
        (a_model(config={**QWEN25_7B, "max_position_embeddings": None}), ProblemKind.CONTEXT_GUESSED),
        (a_model(config={**QWEN25_7B, "auto_map": {"AutoModel": "x.Y"}}), ProblemKind.MODEL_NEEDS_CODE),
        (a_model(), ProblemKind.NO_TOOL_PARSER),
        (a_model(source="org/it", complete=False, missing_files=2), ProblemKind.MODEL_INCOMPLETE),
    ],
)
def test_what_a_person_should_know(model: FoundModel, kind: ProblemKind) -> None:
    assert kind in kinds(planned(model=model).warnings)


def test_other_users_of_the_gpu_are_named_when_they_hold_much() -> None:
    users = (GpuUser(1, "ollama", 3 * GIB), GpuUser(2, "Xorg", 50 << 20), GpuUser(3, "hidden", None))
    plan = planned(machine=a_machine(a_gpu(users=users)))
    told = next(problem for problem in plan.warnings if problem.kind is ProblemKind.GPU_IN_USE)
    assert (told.values["users"], told.values["used_bytes"]) == ("ollama", 3 * GIB)


def test_a_gpu_with_the_computers_own_memory_is_told() -> None:
    plan = planned(machine=a_machine(card(119.0, 100.0, "12.1", "NVIDIA GB10")))
    assert ProblemKind.UNIFIED_MEMORY in kinds(plan.warnings)


def test_float16_instead_of_bfloat16_is_told() -> None:
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5", "Tesla T4")))
    told = next(problem for problem in plan.warnings if problem.kind is ProblemKind.DTYPE_CHANGED)
    assert told.values["dtype"] == "float16"
    gemma = a_model(config={**QWEN25_7B, "model_type": "gemma2"})
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5")), model=gemma)
    assert next(p for p in plan.warnings if p.kind is ProblemKind.DTYPE_CHANGED).values["dtype"] == "float32"
    half = a_model(config={**QWEN25_7B, "torch_dtype": "float16"})
    plan = planned(machine=a_machine(card(15.0, 14.5, "7.5")), model=half)
    assert ProblemKind.DTYPE_CHANGED not in kinds(plan.warnings)


def test_bfloat16_asked_of_turing_is_refused() -> None:
    refusal = refused(machine=a_machine(card(15.0, 14.5, "7.5")), dtype="bfloat16")
    assert kinds(refusal.problems) == [ProblemKind.DTYPE_NOT_SUPPORTED]


@pytest.mark.parametrize(
    ("method", "version", "plugin"),
    [("bitsandbytes", "0.28.0", "vllm-bnb-plugin"), ("bitsandbytes", "0.25.0", ""), ("awq", "0.33.0", "")],
)
def test_methods_that_have_left_vllm_need_an_extension(method: str, version: str, plugin: str) -> None:
    config = {**QWEN25_7B, "quantization_config": {"quant_method": method}}
    report = report_for(config, 5.0, card(23.6), version=version)
    assert [problem.values.get("plugin", "") for problem in report.problems] == ([plugin] if plugin else [])


def test_gguf_needs_an_extension_from_0_25_on() -> None:
    model = found(QWEN25_7B, 5.0, weight_format="gguf")
    report = report_for(QWEN25_7B, 5.0, card(23.6), version="0.25.0", model=model)
    assert report.problems[0].values["plugin"] == "vllm-gguf-plugin"
    assert report.verdict == "unsupported"


def test_a_method_that_the_gpu_cannot_compute_is_unsupported() -> None:
    config = {**QWEN25_7B, "quantization_config": {"quant_method": "mxfp4"}}
    report = report_for(config, 5.0, card(15.0, 14.5, "7.5"))
    assert kinds(report.problems) == [ProblemKind.QUANTIZATION_NOT_SUPPORTED]
    assert report.verdict == "unsupported"
