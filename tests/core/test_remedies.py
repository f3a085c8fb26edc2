"""Every cause has its way out, the best first, and only what is safe is automatic."""

from types import MappingProxyType

import pytest

from tests.builders import a_gpu, a_limit_key, a_plan
from tests.core import recordings
from tests.core.rebuilt_logs import LOGS
from trayapp.core.attempts import next_attempt
from trayapp.core.diagnosis import Cause, Circumstances, Confidence, Diagnosis, diagnose
from trayapp.core.launch_plan import LaunchPlan, LengthSource, LimitKey
from trayapp.core.learned_limits import LearnedStart
from trayapp.core.machine import Gpu
from trayapp.core.problems import Value
from trayapp.core.remedies import Remedy, RemedyId, remedies_for, with_ollama
from trayapp.core.settings import Settings, check_setting
from trayapp.core.vllm_version import VllmVersion

GIB = 1 << 30


def plan(
    *, on_cpu: bool = False, capability: tuple[int, int] | None = (8, 9), native: int | None = 40960
) -> LaunchPlan:
    return LaunchPlan(
        executable="vllm",
        arguments=("serve",),
        environment=MappingProxyType({}),
        model="/models/x",
        model_name="x",
        host="127.0.0.1",
        port=8000,
        native_context=native,
        max_model_len=None,
        length_source=LengthSource.AUTO,
        vllm_version=VllmVersion((0, 32, 0)),
        on_cpu=on_cpu,
        limit_key=LimitKey("cpu", "x@0123456789ab", "0.32.0", ""),
        gpus=() if on_cpu else (Gpu(0, "GPU-1", "Test", 24 * GIB, 20 * GIB, capability),),
    )


def ways(
    cause: Cause, settings: Settings | None = None, launched: LaunchPlan | None = None, **values: Value
) -> tuple[Remedy, ...]:
    return remedies_for(Diagnosis(cause, Confidence.CERTAIN, values=values), settings or Settings(), launched)


def ids(remedies: tuple[Remedy, ...]) -> list[RemedyId]:
    return [remedy.id for remedy in remedies]


def automatic(remedies: tuple[Remedy, ...]) -> dict[RemedyId, dict[str, object]]:
    return {remedy.id: dict(remedy.changes) for remedy in remedies if remedy.automatic}


def test_every_cause_but_those_without_one_has_a_way_out() -> None:
    without = {Cause.HEALTHY, Cause.UNKNOWN, Cause.ENGINE_DEAD_WRAPPER_ONLY, Cause.ENGINE_DEAD_AT_RUNTIME}
    assert {cause for cause in Cause if not ways(cause)} == without


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("settings", [Settings(), Settings(gpu_memory_utilization=0.5, enable_yarn=True, dtype="half")])
def test_what_a_remedy_changes_are_settings_and_allowed(cause: Cause, settings: Settings) -> None:
    for launched in (None, plan(), plan(on_cpu=True, native=None)):
        for remedy in ways(cause, settings, launched):
            for name, value in remedy.changes.items():
                plain = dict(value) if isinstance(value, MappingProxyType) else value
                assert check_setting(name, plain) is None


def test_the_never_automatic_never_are() -> None:
    dangerous = {
        RemedyId.ALLOW_MODEL_CODE,
        RemedyId.DOWNLOAD_AGAIN,
        RemedyId.END_LEFTOVERS,
        RemedyId.SHOW_GPU_USERS,
        RemedyId.RESTART_WSL,
        RemedyId.RESTART_COMPUTER,
        RemedyId.FREE_DISK,
    }
    offered = [remedy for cause in Cause for remedy in ways(cause)]
    assert all(not remedy.automatic for remedy in offered if remedy.id in dangerous)
    assert all("VLLM_ALLOW_LONG_MAX_MODEL_LEN" not in str(remedy.changes) for remedy in offered)


def test_the_length_that_fits_is_used_in_whole_blocks() -> None:
    found = ways(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, max_model_len=40960, estimated_max_model_len=9225)
    assert found[0] == Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=True, changes={"max_model_len": 9216})


def test_the_real_log_leads_to_the_length_that_fits() -> None:
    recording = recordings.load("kv_cache_too_small")
    diagnosis = diagnose(recording.lines(), Circumstances(exit=recording.exit))
    remedy = next_attempt(remedies_for(diagnosis, Settings(), None), ())
    assert remedy is not None
    assert dict(remedy.changes) == {"max_model_len": 9216}


@pytest.mark.parametrize(
    ("values", "settings"),
    [
        ({"max_model_len": 8192, "estimated_max_model_len": 8500}, Settings()),
        ({"estimated_max_model_len": 8192}, Settings(max_model_len=8192)),
    ],
)
def test_an_estimate_that_was_no_help_is_undercut(values: dict[str, int], settings: Settings) -> None:
    found = ways(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, settings, **values)
    assert automatic(found)[RemedyId.USE_DETECTED_CONTEXT] == {"max_model_len": 7360}


def test_a_length_too_short_to_talk_is_offered_but_not_taken() -> None:
    found = ways(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, estimated_max_model_len=200)
    assert found[0] == Remedy(RemedyId.USE_DETECTED_CONTEXT, automatic=False, changes={"max_model_len": 192})


@pytest.mark.parametrize("values", [{}, {"estimated_max_model_len": 7}, {"estimated_max_model_len": True}])
def test_without_a_length_that_fits_none_is_offered(values: dict[str, Value]) -> None:
    assert RemedyId.USE_DETECTED_CONTEXT not in ids(ways(Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN, **values))


def test_the_8_bit_cache_is_offered_where_the_gpu_can() -> None:
    cause = Cause.KV_CACHE_TOO_SMALL_FOR_MAX_LEN
    assert RemedyId.FP8_KV_CACHE in ids(ways(cause, launched=plan()))
    assert RemedyId.FP8_KV_CACHE not in ids(ways(cause, launched=plan(capability=(8, 6))))
    assert RemedyId.FP8_KV_CACHE not in ids(ways(cause, launched=plan(capability=None)))
    assert RemedyId.FP8_KV_CACHE not in ids(ways(cause, launched=plan(on_cpu=True)))


def test_without_blocks_more_of_the_card_is_taken_and_never_less() -> None:
    low = ways(Cause.NO_MEMORY_FOR_CACHE_BLOCKS, Settings(gpu_memory_utilization=0.5), plan())
    assert low[0].changes == {"gpu_memory_utilization": 0.55}
    assert RemedyId.LOWER_UTILIZATION not in ids(low)
    assert list(automatic(low)) == [RemedyId.EAGER_MODE]
    assert RemedyId.RAISE_UTILIZATION not in ids(
        ways(Cause.NO_MEMORY_FOR_CACHE_BLOCKS, Settings(gpu_memory_utilization=0.5), plan(on_cpu=True))
    )


def test_eager_mode_is_not_offered_twice() -> None:
    assert not automatic(ways(Cause.NO_MEMORY_FOR_CACHE_BLOCKS, Settings(enforce_eager=True)))


@pytest.mark.parametrize(
    ("free_gib", "wanted", "first", "change"),
    [
        (21.5, 0.92, RemedyId.TAKE_WHAT_IS_FREE, 0.87),
        (19.3, 0.9, RemedyId.TAKE_WHAT_IS_FREE, 0.78),
        (16.0, 0.9, RemedyId.SHOW_GPU_USERS, 0.64),
        (1.7, 0.9, RemedyId.SHOW_GPU_USERS, None),
    ],
)
def test_an_occupied_card_is_shared_when_nearly_free_and_else_looked_at(
    free_gib: float, wanted: float, first: RemedyId, change: float | None
) -> None:
    found = ways(
        Cause.FREE_MEMORY_BELOW_UTILIZATION,
        free_bytes=int(free_gib * GIB),
        total_bytes=24 * GIB,
        utilization=wanted,
    )
    assert found[0].id is first
    offered = [remedy.changes.get("gpu_memory_utilization") for remedy in found if remedy.changes]
    assert offered == ([change] if change else [])
    assert bool(automatic(found)) == (first is RemedyId.TAKE_WHAT_IS_FREE)


def test_on_the_processor_programs_are_closed_and_no_gpu_is_looked_at() -> None:
    for cause in (Cause.FREE_MEMORY_BELOW_UTILIZATION, Cause.NO_MEMORY_FOR_CACHE_BLOCKS):
        found = ids(ways(cause, on_cpu=True))
        assert RemedyId.CLOSE_PROGRAMS in found
        assert RemedyId.SHOW_GPU_USERS not in found


def test_a_card_without_figures_is_looked_at() -> None:
    assert ways(Cause.FREE_MEMORY_BELOW_UTILIZATION)[0].id is RemedyId.SHOW_GPU_USERS


def test_weights_that_do_not_fit_get_neither_more_nor_less_of_the_card() -> None:
    found = ways(Cause.CUDA_OOM_LOADING_WEIGHTS, Settings(gpu_memory_utilization=0.5), plan())
    assert not any(remedy.changes for remedy in found)


def test_ollama_is_a_way_out_where_it_is_and_to_be_installed_elsewhere() -> None:
    ways_out = ways(Cause.CUDA_OOM_LOADING_WEIGHTS)
    there, not_there = with_ollama(ways_out, is_there=True), with_ollama(ways_out, is_there=False)
    assert there == ways_out
    assert [remedy.id for remedy in there][-1] is RemedyId.USE_OLLAMA
    assert [remedy.id for remedy in not_there] == [*(remedy.id for remedy in there[:-1]), RemedyId.INSTALL_OLLAMA]
    on_cpu = ways(Cause.NO_MEMORY_FOR_CACHE_BLOCKS, on_cpu=True)
    assert RemedyId.USE_OLLAMA not in {remedy.id for remedy in on_cpu}, "it has no other memory either"


@pytest.mark.parametrize(
    ("others_gib", "which"), [(2.9, RemedyId.LOWER_UTILIZATION), (9.0, RemedyId.TAKE_WHAT_IS_FREE)]
)
def test_less_is_taken_than_was_and_it_counts_whether_the_model_or_other_programs_needed_more(
    others_gib: float, which: RemedyId
) -> None:
    gpu = a_gpu(memory_total_bytes=12 * GIB, memory_free_bytes=9 * GIB)
    launched = a_plan(
        gpus=(gpu,), remembered_as=LearnedStart(a_limit_key(), gpu_memory_utilization=0.7, max_num_seqs=16)
    )
    cause = Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE
    found = automatic(ways(cause, launched=launched, other_process_bytes=int(others_gib * GIB)))
    assert found[which] == {"gpu_memory_utilization": 0.65}
    assert RemedyId.FEWER_SEQUENCES not in found, "64 would be more than the 16 that were too much"


def test_a_warm_up_that_does_not_fit_gets_fewer_sequences_then_less_of_the_card_then_no_graphs() -> None:
    found = ways(Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE, launched=plan(), dummy_requests=1024)
    assert automatic(found) == {
        RemedyId.FEWER_SEQUENCES: {"max_num_seqs": 256},
        RemedyId.LOWER_UTILIZATION: {"gpu_memory_utilization": 0.87},
        RemedyId.EAGER_MODE: {"enforce_eager": True},
    }
    few = Settings(max_num_seqs=16, gpu_memory_utilization=0.3, enforce_eager=True, max_num_batched_tokens=512)
    assert not automatic(ways(Cause.CUDA_OOM_PROFILING_OR_GRAPH_CAPTURE, few))
    assert RemedyId.LOWER_UTILIZATION not in ids(ways(Cause.CUDA_OOM_RUNTIME, launched=plan(on_cpu=True)))


def test_mamba_gets_the_number_of_the_message() -> None:
    assert automatic(ways(Cause.MAMBA_BLOCKS_TOO_FEW, blocks=97))[RemedyId.FEWER_SEQUENCES] == {"max_num_seqs": 97}
    assert RemedyId.FEWER_SEQUENCES not in ids(ways(Cause.MAMBA_BLOCKS_TOO_FEW, blocks=0))


def test_a_race_is_run_again() -> None:
    assert automatic(ways(Cause.MEMORY_PROFILING_RACE)) == {RemedyId.RETRY: {}}


def test_a_card_without_bf16_calculates_in_half() -> None:
    assert automatic(ways(Cause.BF16_UNSUPPORTED)) == {RemedyId.USE_HALF: {"dtype": "half"}}
    assert not automatic(ways(Cause.BF16_UNSUPPORTED, Settings(dtype="half")))
    assert ways(Cause.BF16_UNSUPPORTED, model_type="gemma3")[0].changes == {"dtype": "float32"}


def test_a_contradicting_quantization_is_dropped_wherever_it_stands() -> None:
    settings = Settings(quantization="gptq", extra_arguments=("--quantization", "gptq", "--seed", "1", "-q=x"))
    changes = automatic(ways(Cause.QUANTIZATION_MISMATCH, settings))[RemedyId.DROP_QUANTIZATION]
    assert changes == {"quantization": "auto", "extra_arguments": ("--seed", "1")}
    assert not automatic(ways(Cause.QUANTIZATION_MISMATCH))


def test_an_unknown_flag_can_be_left_out() -> None:
    settings = Settings(extra_arguments=("--swap-space", "4", "--seed", "1"))
    found = ways(Cause.INVALID_CLI_FLAG, settings, argument="--swap-space")
    assert found[0].changes == {"extra_arguments": ("--seed", "1")}
    assert ids(ways(Cause.INVALID_CLI_FLAG, settings, argument="--other")) == [RemedyId.CHANGE_SETTINGS]
    assert ids(ways(Cause.INVALID_CLI_FLAG, settings)) == [RemedyId.CHANGE_SETTINGS]


def test_a_length_above_the_model_goes_back_to_the_model() -> None:
    assert ways(Cause.MAX_LEN_EXCEEDS_MODEL, model_max_len=32768)[0].changes == {"max_model_len": 32768}
    assert ways(Cause.MAX_LEN_EXCEEDS_MODEL, launched=plan())[0].changes == {"max_model_len": 40960}
    stretched = ways(Cause.MAX_LEN_EXCEEDS_MODEL, Settings(enable_yarn=True))
    assert stretched[0].changes == {"enable_yarn": False, "max_model_len": 0}


def test_a_bad_stretch_can_be_taken_back() -> None:
    assert ways(Cause.BAD_ROPE_SCALING, Settings(enable_yarn=True))[0].changes == {"enable_yarn": False}
    assert not any(remedy.changes for remedy in ways(Cause.BAD_ROPE_SCALING))


@pytest.mark.parametrize(("port", "other"), [(8000, 8001), (65535, 8000)])
def test_another_port_is_offered(port: int, other: int) -> None:
    assert ways(Cause.PORT_IN_USE, Settings(port=port))[0].changes == {"port": other}


def test_heads_are_split_into_equal_parts() -> None:
    cause = Cause.TENSOR_PARALLEL_NOT_DIVISIBLE
    assert ways(cause, heads=28, tensor_parallel_size=8)[0].changes == {"tensor_parallel_size": 7}
    assert ways(cause)[0].changes == {"tensor_parallel_size": 1}
    assert ids(ways(cause, Settings(tensor_parallel_size=1))) == [RemedyId.CHANGE_SETTINGS]


@pytest.mark.parametrize(("values", "size"), [({"gpus": 2}, 2), ({"gpus": 0}, 1), ({}, 1)])
def test_no_more_gpus_than_there_are(values: dict[str, Value], size: int) -> None:
    assert ways(Cause.TENSOR_PARALLEL_EXCEEDS_GPUS, **values)[0].changes == {"tensor_parallel_size": size}


def test_a_missing_nvcc_can_be_done_without() -> None:
    settings = Settings(environment=MappingProxyType({"A": "1"}))
    found = ways(Cause.MISSING_COMPILER_FOR_JIT, settings, tool="nvcc")
    assert found[0].changes["environment"] == {"A": "1", "VLLM_USE_FLASHINFER_SAMPLER": "0"}
    assert ids(ways(Cause.MISSING_COMPILER_FOR_JIT, settings, tool="C compiler")) == [RemedyId.INSTALL_COMPILER]


def test_pinned_memory_and_patience_are_variables() -> None:
    assert ways(Cause.WSL_UVA_UNAVAILABLE)[0].changes["environment"] == {"VLLM_WSL2_ENABLE_PIN_MEMORY": "1"}
    assert ways(Cause.STARTUP_TIMEOUT)[0].changes["environment"] == {"VLLM_ENGINE_READY_TIMEOUT_S": "3600"}


def test_the_model_s_own_code_needs_a_word_once() -> None:
    found = ways(Cause.TRUST_REMOTE_CODE_REQUIRED, launched=plan())
    this_one = plan().limit_key.model
    assert found[0] == Remedy(RemedyId.ALLOW_MODEL_CODE, automatic=False, changes={"code_allowed": (this_one,)})
    allowed = Settings(code_allowed=(this_one,))
    assert ids(ways(Cause.TRUST_REMOTE_CODE_REQUIRED, allowed, plan())) == [RemedyId.CHOOSE_MODEL]


def test_a_wrong_access_may_be_tried_without_graphs() -> None:
    assert ways(Cause.ILLEGAL_MEMORY_ACCESS)[0].changes == {"enforce_eager": True}
    assert not automatic(ways(Cause.ILLEGAL_MEMORY_ACCESS))
    assert ids(ways(Cause.ILLEGAL_MEMORY_ACCESS, Settings(enforce_eager=True))) == [RemedyId.UPDATE_VLLM]


@pytest.mark.parametrize("name", LOGS)
def test_a_start_that_goes_on_failing_the_same_way_ends(name: str) -> None:
    diagnosis = diagnose(LOGS[name].text.splitlines(), Circumstances(compute_capability=LOGS[name].capability))
    settings, tried = Settings(), ()
    while (remedy := next_attempt(remedies_for(diagnosis, settings, plan()), tried)) is not None:
        settings, tried = settings.with_changes(remedy.changes), (*tried, remedy)
    assert len(tried) <= 3


def test_a_port_that_the_app_may_choose_is_chosen_anew() -> None:
    taken = Diagnosis(Cause.PORT_IN_USE, Confidence.CERTAIN)
    (remedy,) = remedies_for(taken, Settings(port=0), None)
    assert (remedy.id, remedy.automatic) == (RemedyId.RETRY, True)
